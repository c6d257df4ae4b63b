import hashlib
import re
import secrets
from datetime import timedelta

from odoo import api, fields, models

from ... import database
from ...fields import BigInteger

HOURS_PARAMETER = "telegram_base.link_hours"
DEFAULT_HOURS = 48
PAPER_DAYS_PARAMETER = "telegram_base.link_paper_days"
DEFAULT_PAPER_DAYS = 7

#: Letters of tokens on paper, without those that are easily confused.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_PAPER = re.compile(r"^[%s]{4}(?:-[%s]{4}){3}$" % (_LETTERS, _LETTERS))


class TelegramLink(models.Model):
    """A token by which one person links a Telegram account, once. Only its hash is stored: a reader
    of the table or of a backup cannot link themselves as somebody else."""

    _name = "telegram.link"
    _description = "Telegram: one-time link of a person"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    token_hash = fields.Char(required=True)
    purpose = fields.Selection(
        [("screen", "Shown"), ("email", "Sent by e-mail"), ("paper", "Printed")],
        required=True,
        default="screen",
    )
    expires_at = fields.Datetime(required=True, default=lambda self: self._default_expires_at())
    superseded_at = fields.Datetime()
    opened_by = BigInteger("Opened last by", group_operator=False)
    used_at = fields.Datetime()
    used_by = BigInteger("Used by", group_operator=False)
    keeps_others = fields.Boolean(
        help="The account is linked in addition to those linked before, not in their place."
    )

    _sql_constraints = [
        ("token_unique", "UNIQUE (token_hash)", "This token exists already."),
    ]

    @api.model
    def _default_expires_at(self, purpose="screen"):
        """Return when a new link of this purpose expires (naive UTC)."""
        if purpose == "paper":
            valid = timedelta(days=self._setting(PAPER_DAYS_PARAMETER, DEFAULT_PAPER_DAYS))
        else:
            valid = timedelta(hours=self._setting(HOURS_PARAMETER, DEFAULT_HOURS))
        return fields.Datetime.now() + valid

    @api.model
    def _setting(self, parameter, default):
        try:
            value = int(self.env["ir.config_parameter"].sudo().get_param(parameter))
        except (TypeError, ValueError):
            value = default
        return value if value > 0 else default

    @api.model
    def _new_token(
        self, partner, expires_at=None, keeps_others=False, purpose="screen", supersede=False
    ):
        """Make a token for `partner` and return it; it is shown nowhere else.

        expires_at: naive UTC, by default set by the purpose. keeps_others: the account that uses it
        is an additional one; else it replaces the others. A token on paper is short enough to be
        typed. supersede: the person's other unused links no longer work.
        """
        if supersede:
            self._supersede(partner)
        if purpose == "paper":
            letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
            token = "-".join(letters[at : at + 4] for at in range(0, 16, 4))
        else:
            token = secrets.token_urlsafe(24)  # 32 characters that t.me accepts
        self.sudo().create(
            {
                "partner_id": partner.id,
                "token_hash": self._hash(token),
                "keeps_others": keeps_others,
                "purpose": purpose,
                "expires_at": expires_at or self._default_expires_at(purpose),
            }
        )
        return token

    @api.model
    def _supersede(self, partners):
        """Disable the unused links of these people."""
        old = self.sudo().search(
            [
                ("partner_id", "in", partners.ids),
                ("used_at", "=", False),
                ("superseded_at", "=", False),
            ]
        )
        old.write({"superseded_at": fields.Datetime.now()})

    @api.model
    def _typed(self, text):
        """Return the token of paper that somebody typed; False if it is none."""
        letters = re.sub(r"[\s\-–—.]", "", text or "").lower()
        token = "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
        return token if _PAPER.match(token) else False

    @api.model
    def _without_token(self, text):
        """Return a message to the bot with `…` in place of a token."""
        words = (text or "").split()
        if len(words) > 1 and words[0].lower().split("@")[0] == "/start":
            return "%s …" % words[0]
        return "…" if self._typed(text) else text

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find(self, token):
        """Return the link of this token, empty without one."""
        token = self._typed(token) or token
        return self.sudo().search([("token_hash", "=", self._hash(token))])

    def _standing(self):
        """Return `fresh`, `used`, `superseded` or `expired`."""
        self.ensure_one()
        if self.used_at:
            return "used"
        if self.superseded_at:
            return "superseded"
        return "fresh" if self.expires_at > fields.Datetime.now() else "expired"

    def _use(self, tg_user_id):
        """Use the link up. Returns False if another transaction has used it first, or it no longer
        works."""
        self.ensure_one()
        self.flush()
        self.env.cr.execute(
            """
            UPDATE telegram_link SET used_at = {now}, used_by = %s
            WHERE id = %s AND used_at IS NULL AND superseded_at IS NULL AND expires_at > {now}
            """.format(now=database.NOW),
            [tg_user_id, self.id],
        )
        self.invalidate_cache(["used_at", "used_by"])
        return self.env.cr.rowcount == 1
