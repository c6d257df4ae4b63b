"""Another way to keep a sheet, for tests: lines that are generated as “present”, have yes or no as
status, and lead to their lesson through a sheet."""

from odoo import api, fields, models


class Feuille(models.Model):
    _name = "fs.feuille"
    _description = "Feuille"

    seance_id = fields.Many2one("fs.seance", required=True, ondelete="cascade")
    ligne_ids = fields.One2many("fs.ligne", "feuille_id")


class Ligne(models.Model):
    _name = "fs.ligne"
    _inherit = "telegram.attendance.mixin"
    _description = "Ligne"

    feuille_id = fields.Many2one("fs.feuille", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", required=True, ondelete="restrict")
    present = fields.Boolean(default=True)
    vu = fields.Boolean(help="Somebody has answered.")

    _telegram_lesson_field = "feuille_id.seance_id"
    _telegram_person_field = "personne_id"
    _telegram_columns = {"status": "present"}

    def _telegram_is_untouched(self):
        return not self.vu

    @api.model
    def _telegram_values(self, lesson, line):
        if line["status"] == "unknown":
            return {}
        return {"present": line["status"] not in ("absent", "excused")}
