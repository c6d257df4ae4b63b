from odoo import fields, models

from ... import database


class TelegramIntent(models.Model):
    """Work that the gateway began, and must verify on Telegram before it begins it again. Written
    and read by the gateway alone."""

    _name = "telegram.intent"
    _description = "Telegram: begun and to be verified"
    _rec_name = "key"

    key = fields.Char(required=True)
    kind = fields.Char(required=True)
    chat_id = fields.Many2one("telegram.chat", index=True, ondelete="cascade")
    payload = fields.Text(required=True, default="{}")
    state = fields.Char(required=True, default="begun")
    begun_at = fields.Datetime(required=True, default=fields.Datetime.now)
    done_at = fields.Datetime()

    _sql_constraints = [
        ("key_unique", "UNIQUE (key)", "This was begun already."),
    ]

    def init(self):
        database.set_defaults(
            self.env.cr,
            self._table,
            {"payload": "'{}'", "state": "'begun'", "begun_at": database.NOW},
        )
        # the gateway counts rows by the prefix of their keys
        database.create_index(
            self.env.cr, "telegram_intent_key_begins", self._table, 'key COLLATE "C"'
        )
        database.grant(self.env.cr, self._table, database.ALL)
