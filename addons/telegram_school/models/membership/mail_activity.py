from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    telegram_kind = fields.Char(
        "Asked by Telegram",
        readonly=True,
        help="Of what a class's group asks about there is one activity of a kind for a person.",
    )
