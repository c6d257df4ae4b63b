from odoo import fields, models

from ... import database
from ...fields import BigInteger


class TelegramSessionKnown(models.Model):
    """A person or group that a login can address on Telegram: encrypted like the login, together
    with whose row it is. Written and read by the gateway alone."""

    _name = "telegram.session.known"
    _description = "Telegram: whom a login knows"

    session_id = fields.Many2one("telegram.session", required=True, ondelete="cascade")
    number = BigInteger(required=True, group_operator=False)
    data = fields.Binary(attachment=False)

    _sql_constraints = [
        ("session_number_unique", "UNIQUE (session_id, number)", "One row each."),
    ]

    def init(self):
        database.grant(self.env.cr, self._table, database.ALL)
