from odoo import api, fields, models

from ... import database
from ...fields import BigInteger


class TelegramAccount(models.Model):
    """A bot or user account that the gateway logged in. Written by the gateway alone."""

    _name = "telegram.account"
    _description = "Telegram account"
    _inherit = "telegram.pool.mixin"
    _order = "kind, id"

    kind = fields.Selection(
        [("bot", "Bot"), ("user", "User account")], required=True, readonly=True
    )
    tg_user_id = BigInteger("Telegram id", required=True, readonly=True, group_operator=False)
    name = fields.Char(readonly=True)
    username = fields.Char(readonly=True)
    phone = fields.Char(readonly=True)
    state = fields.Selection(
        [("connected", "Connected"), ("disconnected", "Disconnected"), ("lost", "Lost")],
        readonly=True,
    )
    state_at = fields.Datetime("Since", readonly=True)
    error_code = fields.Char(readonly=True)
    frozen_since = fields.Datetime("Frozen since", readonly=True)
    frozen_until = fields.Datetime(
        "Deleted on",
        readonly=True,
        help="When Telegram deletes the frozen account, unless an appeal was granted before.",
    )
    appeal_url = fields.Char("How to appeal", readonly=True)
    fresh_until = fields.Datetime(
        "Appoints no administrators before",
        readonly=True,
        help="The login is too young for it, or it was just made an administrator itself.",
    )
    is_premium = fields.Boolean("Telegram Premium", readonly=True)
    groups_a_day = fields.Integer(
        "Groups a day", readonly=True, help="How many groups the gateway makes within 24 hours."
    )
    direct_adds_a_day = fields.Integer(
        "Direct adds a day",
        readonly=True,
        help="How many people the account adds to groups directly within 24 hours.",
    )
    lookups_a_day = fields.Integer(
        "Look-ups a day",
        readonly=True,
        help="How many telephone numbers the gateway looks up within 24 hours.",
    )
    state_text = fields.Char("In words", compute="_compute_state_text")
    limit_ids = fields.One2many("telegram.limit", "account_id", "Pauses", readonly=True)
    limit_text = fields.Char("Pause", compute="_compute_limit_text")

    def init(self):
        super().init()
        cr, table = self.env.cr, self._table
        database.create_index(
            cr, "telegram_account_unique", table, "pool, kind, tg_user_id", unique=True
        )
        database.grant(cr, table, database.ALL)

    @api.depends("state", "error_code", "frozen_since")
    @api.depends_context("lang")
    def _compute_state_text(self):
        words = self.env["telegram.words"]
        for account in self:
            is_frozen = account.frozen_since and account.state != "lost"
            state = "frozen" if is_frozen else account.state
            account.state_text = words._account(state, account.error_code)

    @api.depends("limit_ids.until")
    @api.depends_context("lang", "tz")
    def _compute_limit_text(self):
        limits = self.env["telegram.limit"]._in_force(self)
        for account in self:
            limit = limits.get(account.id)
            account.limit_text = limit._sentence() if limit else False

    def name_get(self):
        return [(a.id, a.name or a.username or str(a.tg_user_id)) for a in self]

    @api.model
    def _cannot_call(self, pool):
        """True if the pool's user account, which opens the calls, is frozen or lost: it cannot open
        one before somebody has done something."""
        domain = [("kind", "=", "user"), ("pool_name", "=", pool)]
        accounts = self.sudo().search(domain, order="id desc")
        current = accounts.filtered(lambda account: account.error_code != "replaced") or accounts
        account = current[:1]
        return bool(account.frozen_since) or account.state == "lost"

    @api.model
    def _on_standing(self, pool):
        """Hook for modules whose calls the account opens: a pool's account was frozen, or is no
        more."""

    @api.model
    def _bot_username(self, pool="main"):
        """Return the username of the pool's bot (pool None: of any) without the @; False before the
        gateway's first login."""
        domain = [("kind", "=", "bot"), ("username", "!=", False)]
        if pool:
            domain.append(("pool_name", "=", pool))
        bot = self.sudo().search(domain, order="id desc", limit=1)
        return bot.username.lstrip("@") if bot else False
