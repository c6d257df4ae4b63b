"""What this school holds on people, for their export and their erasure."""

from odoo import api, models

from odoo.addons.telegram_base.privacy.holding import NAMELESS, Holding


class PersonalData(models.AbstractModel):
    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        return super()._personal_data() + [
            Holding("fs.course", "Cours donnés", ("professeur_id",), ("intitule",), NAMELESS),
            Holding(
                "fs.inscription",
                "Inscriptions",
                ("user_id",),
                ("course_id", "etat", "motif"),
                NAMELESS,
                blanked=("motif",),
                why="Le nombre des inscrits reste.",
            ),
            Holding(
                "fs.pointage",
                "Pointages",
                ("user_id",),
                ("seance_id", "resultat", "minutes", "entree", "sortie"),
                NAMELESS,
                blanked=("entree", "sortie"),
                why="Les minutes restent.",
            ),
        ]

    @api.model
    def _personal_obstacles(self, person):
        found = super()._personal_obstacles(person)
        inscriptions = self.env["fs.inscription"].search(
            [("user_id", "in", person.users.ids), ("etat", "=", "valide")]
        )
        if inscriptions:
            courses = ", ".join(inscriptions.mapped("course_id.intitule"))
            found.append("Annulez d'abord les inscriptions : %s." % courses)
        return found
