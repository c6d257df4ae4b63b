from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    telegram_mail = fields.Boolean(
        "E-mails about Telegram",
        default=True,
        help="Who has not linked Telegram gets their personal link by e-mail, and is reminded "
        "twice.",
    )
