from odoo import models


class Seance(models.Model):
    _inherit = "fs.seance"

    _telegram_sheet_field = False
