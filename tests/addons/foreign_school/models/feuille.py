"""Another way to keep a sheet: lines that are generated as “present”, with yes or no for a status,
and lead to their lesson through a sheet."""

from odoo import fields, models


class Feuille(models.Model):
    _name = "fs.feuille"
    _description = "Feuille"

    seance_id = fields.Many2one("fs.seance", required=True, ondelete="cascade")
    ligne_ids = fields.One2many("fs.ligne", "feuille_id")


class Ligne(models.Model):
    _name = "fs.ligne"
    _description = "Ligne"

    feuille_id = fields.Many2one("fs.feuille", required=True, ondelete="cascade")
    personne_id = fields.Many2one("fs.personne", required=True, ondelete="restrict")
    present = fields.Boolean(default=True)
    vu = fields.Boolean(help="Somebody has answered.")
