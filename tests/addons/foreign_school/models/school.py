"""A school as somebody else built it: other names, people who are neither contacts nor users,
durations in hours, its own words for presence. It knows nothing of Telegram."""

from odoo import fields, models


class Personne(models.Model):
    _name = "fs.personne"
    _description = "Personne"
    _rec_name = "nom"

    nom = fields.Char("Nom", required=True)
    email = fields.Char("Courriel")
    mobile = fields.Char("Téléphone")
    active = fields.Boolean("Actif", default=True)
    contact_id = fields.Many2one("res.partner", "Contact")


class Course(models.Model):
    _name = "fs.course"
    _description = "Cours"
    _rec_name = "intitule"

    intitule = fields.Char("Intitulé", required=True)
    langue = fields.Char("Langue", default="fr_FR")
    professeur_id = fields.Many2one("fs.personne", "Professeur")
    inscription_ids = fields.One2many("fs.inscription", "course_id", "Inscriptions")
    seance_ids = fields.One2many("fs.seance", "course_id", "Séances")


class Inscription(models.Model):
    _name = "fs.inscription"
    _description = "Inscription"

    course_id = fields.Many2one("fs.course", "Cours", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", "Personne", required=True, ondelete="restrict")
    etat = fields.Selection(
        [("valide", "Valide"), ("annulee", "Annulée"), ("exclu", "Exclu")],
        "État",
        default="valide",
    )
    motif = fields.Char("Motif")


class Seance(models.Model):
    _name = "fs.seance"
    _description = "Séance"
    _rec_name = "sujet"

    course_id = fields.Many2one("fs.course", "Cours", required=True, ondelete="cascade")
    sujet = fields.Char("Sujet")
    debut = fields.Datetime("Début", required=True)
    heures = fields.Float("Heures", default=1.0)
    annulee = fields.Boolean("Annulée")
    pointage_ids = fields.One2many("fs.pointage", "seance_id", "Pointages")
    feuille_ids = fields.One2many("fs.feuille", "seance_id")


class Facture(models.Model):
    """An invoice: no adapter declares what becomes of it when its contact is erased."""

    _name = "fs.facture"
    _description = "Facture"
    _rec_name = "numero"

    numero = fields.Char(required=True)
    client_id = fields.Many2one("res.partner", required=True)
    payee = fields.Boolean()
    adresse_id = fields.Many2one("res.partner", ondelete="restrict")


class Pointage(models.Model):
    _name = "fs.pointage"
    _description = "Pointage"

    seance_id = fields.Many2one("fs.seance", "Séance", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", "Personne", required=True, ondelete="restrict")
    resultat = fields.Char("Résultat")
    justifie = fields.Boolean("Justifié")
    minutes = fields.Float("Minutes")
    entree = fields.Datetime("Entrée")
    sortie = fields.Datetime("Sortie")
