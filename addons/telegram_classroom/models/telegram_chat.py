from odoo import fields, models


class TelegramChat(models.Model):
    _inherit = "telegram.chat"

    # Whom the school knows and who comes into a classroom's group is enrolled, unless it says else.
    join_policy = fields.Selection(default="enrol")
