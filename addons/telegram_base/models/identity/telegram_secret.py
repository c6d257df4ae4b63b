import base64
import json
from datetime import timedelta

from nacl.public import PublicKey, SealedBox

from odoo import api, fields, models

from ... import database

#: Longest time that a sealed answer waits for the gateway.
LIFETIME = timedelta(minutes=5)


class TelegramSecret(models.Model):
    """Text that somebody typed for the gateway, sealed so that only the gateway can read it. The
    gateway deletes it when it reads it; text that is not read within minutes is deleted unread."""

    _name = "telegram.secret"
    _description = "Telegram: sealed answer for the gateway"

    command_id = fields.Many2one("telegram.outbox", required=True, index=True, ondelete="cascade")
    sealed = fields.Text(required=True)
    expires_at = fields.Datetime(required=True, index=True)

    def init(self):
        database.grant(self.env.cr, self._table, "SELECT, DELETE")

    @api.model
    def _seal(self, process, answers):
        """Return the answers, a dict of texts, sealed for that process, as base64. Nothing is
        stored."""
        key = PublicKey(base64.b64decode(process.public_key))
        sealed = SealedBox(key).encrypt(json.dumps(answers).encode())
        return base64.b64encode(sealed).decode()

    @api.model
    def _put(self, command_id, sealed):
        """Store a sealed text beside its command."""
        self.create(
            {
                "command_id": command_id,
                "sealed": sealed,
                "expires_at": fields.Datetime.now() + LIFETIME,
            }
        )

    @api.model
    def _cron_forget(self):
        """Delete secrets that nobody read in time, even while no gateway runs."""
        self.search([("expires_at", "<", fields.Datetime.now())]).unlink()
