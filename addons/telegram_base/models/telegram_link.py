import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models

from .. import database
from ..fields import BigInteger

HOURS_PARAMETER = "telegram_base.link_hours"
DEFAULT_HOURS = 48


class TelegramLink(models.Model):
    """A token by which one person, once, links a Telegram account. Only its hash is kept: who
    reads the table or a backup cannot link themselves as somebody else."""

    _name = "telegram.link"
    _description = "Telegram: one-time link of a person"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    token_hash = fields.Char(required=True)
    expires_at = fields.Datetime(required=True, default=lambda self: self._default_expires_at())
    used_at = fields.Datetime()
    used_by = BigInteger("Used by", group_operator=False)

    _sql_constraints = [
        ("token_unique", "UNIQUE (token_hash)", "This token exists already."),
    ]

    @api.model
    def _default_expires_at(self):
        raw = self.env["ir.config_parameter"].sudo().get_param(HOURS_PARAMETER)
        try:
            hours = int(raw)
        except (TypeError, ValueError):
            hours = DEFAULT_HOURS
        return fields.Datetime.now() + timedelta(hours=hours if hours > 0 else DEFAULT_HOURS)

    @api.model
    def _new_token(self, partner):
        """Make a token for `partner` and return it; it is shown nowhere else."""
        token = secrets.token_urlsafe(24)  # 32 characters of those that t.me lets through
        self.sudo().create({"partner_id": partner.id, "token_hash": self._hash(token)})
        return token

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find(self, token):
        """The link of this token, empty if there is none."""
        return self.sudo().search([("token_hash", "=", self._hash(token))])

    def _use(self, tg_user_id):
        """Use the link up. Returns False if somebody else was quicker or it has expired."""
        self.ensure_one()
        self.flush()
        self.env.cr.execute(
            """
            UPDATE telegram_link SET used_at = {now}, used_by = %s
            WHERE id = %s AND used_at IS NULL AND expires_at > {now}
            """.format(now=database.NOW),
            [tg_user_id, self.id],
        )
        self.invalidate_cache(["used_at", "used_by"])
        return self.env.cr.rowcount == 1

    @api.model
    def _cron_clean(self):
        """Forget tokens that have been useless for a month."""
        self.search([("expires_at", "<", fields.Datetime.now() - timedelta(days=30))]).unlink()
