"""A school as somebody else built it: other names, people who are neither contacts nor users,
durations in hours, its own words for presence. It knows nothing of Telegram."""

from odoo import fields, models


class Personne(models.Model):
    _name = "fs.personne"
    _description = "Personne"
    _rec_name = "nom"

    nom = fields.Char(required=True)
    email = fields.Char()
    mobile = fields.Char()
    active = fields.Boolean(default=True)
    contact_id = fields.Many2one("res.partner")


class Course(models.Model):
    _name = "fs.course"
    _description = "Course"
    _rec_name = "intitule"

    intitule = fields.Char(required=True)
    langue = fields.Char(default="fr_FR")
    professeur_id = fields.Many2one("fs.personne")
    inscription_ids = fields.One2many("fs.inscription", "course_id")


class Inscription(models.Model):
    _name = "fs.inscription"
    _description = "Inscription"

    course_id = fields.Many2one("fs.course", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", required=True, ondelete="restrict")
    etat = fields.Selection(
        [("valide", "Valide"), ("annulee", "Annulée"), ("exclu", "Exclu")], default="valide"
    )
    motif = fields.Char()


class Seance(models.Model):
    _name = "fs.seance"
    _description = "Séance"
    _rec_name = "sujet"

    course_id = fields.Many2one("fs.course", required=True, ondelete="cascade")
    sujet = fields.Char()
    debut = fields.Datetime(required=True)
    heures = fields.Float(default=1.0)
    annulee = fields.Boolean()
    pointage_ids = fields.One2many("fs.pointage", "seance_id")
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

    seance_id = fields.Many2one("fs.seance", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", required=True, ondelete="restrict")
    resultat = fields.Char()
    justifie = fields.Boolean()
    minutes = fields.Float()
    entree = fields.Datetime()
    sortie = fields.Datetime()
