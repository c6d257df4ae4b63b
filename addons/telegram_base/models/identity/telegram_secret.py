import base64
import json
from datetime import timedelta

from nacl.public import PublicKey, SealedBox

from odoo import api, fields, models

from ... import database

#: How long a sealed answer waits for the gateway.
LIFETIME = timedelta(minutes=5)


class TelegramSecret(models.Model):
    """Something typed for the gateway, sealed so that only the gateway can read it. The gateway
    deletes it when it reads it; what is not read within minutes is deleted unread."""

    _name = "telegram.secret"
    _description = "Telegram: sealed answer for the gateway"

    command_id = fields.Many2one("telegram.outbox", required=True, index=True, ondelete="cascade")
    sealed = fields.Text(required=True)
    expires_at = fields.Datetime(required=True, index=True)

    def init(self):
        database.grant(self.env.cr, self._table, "SELECT, DELETE")

    @api.model
    def _seal(self, process, answers):
        """Seal the answers for that process: a dict of texts → base64. Nothing of them is kept."""
        key = PublicKey(base64.b64decode(process.public_key))
        sealed = SealedBox(key).encrypt(json.dumps(answers).encode())
        return base64.b64encode(sealed).decode()

    @api.model
    def _put(self, command_id, sealed):
        """Lay a sealed text beside its command."""
        self.create(
            {
                "command_id": command_id,
                "sealed": sealed,
                "expires_at": fields.Datetime.now() + LIFETIME,
            }
        )

    @api.model
    def _cron_forget(self):
        """Delete what nobody read in time, also while no gateway runs."""
        self.search([("expires_at", "<", fields.Datetime.now())]).unlink()
