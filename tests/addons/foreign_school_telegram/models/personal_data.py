"""This school's data about people, for their export and their erasure."""

from odoo import api, models

from odoo.addons.telegram_base.privacy.holding import NAMELESS, Holding
from odoo.addons.telegram_base.privacy.rows import write_columns


class PersonalData(models.AbstractModel):
    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        return super()._personal_data() + [
            Holding(
                "fs.personne",
                "Personnes",
                ("id",),
                ("nom", "email", "mobile"),
                NAMELESS,
                blanked=("email", "mobile"),
                clean=lambda person, rows: write_columns(rows, {"nom": person.label}),
                why="Le nombre des inscrits reste.",
            ),
            Holding("fs.course", "Cours donnés", ("professeur_id",), ("intitule",), NAMELESS),
            Holding(
                "fs.inscription",
                "Inscriptions",
                ("personne_id",),
                ("course_id", "etat", "motif"),
                NAMELESS,
                blanked=("motif",),
                why="Le nombre des inscrits reste.",
            ),
            Holding(
                "fs.pointage",
                "Pointages",
                ("personne_id",),
                ("seance_id", "resultat", "minutes", "entree", "sortie"),
                NAMELESS,
                blanked=("entree", "sortie"),
                why="Les minutes restent.",
            ),
        ]

    @api.model
    def _personal_obstacles(self, person):
        sentences = super()._personal_obstacles(person)
        mine = self._personal_ids(person, "fs.personne")
        inscriptions = self.env["fs.inscription"].search(
            [("personne_id", "in", mine), ("etat", "=", "valide")]
        )
        if inscriptions:
            courses = ", ".join(inscriptions.mapped("course_id.intitule"))
            sentences.append("Annulez d'abord les inscriptions : %s." % courses)
        return sentences
