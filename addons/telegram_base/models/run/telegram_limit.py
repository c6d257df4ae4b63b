from odoo import _, api, fields, models
from odoo.tools import format_datetime

from ... import database


class TelegramLimit(models.Model):
    """A rest that Telegram demands of an account. Appended by the gateway and never deleted, since
    the next rest is longer if it comes soon after."""

    _name = "telegram.limit"
    _description = "Telegram: pause of an account"
    _inherit = "telegram.pool.mixin"
    _order = "id desc"
    _rec_name = "code"

    account_id = fields.Many2one(
        "telegram.account", "Account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("direct_add", "Adding people directly"),
            ("cold", "Adding people directly, and messages to people who did not write first"),
            ("groups", "Making groups"),
            ("method", "One kind of request"),
        ],
        "What rests",
        required=True,
        readonly=True,
    )
    method = fields.Char("Request", readonly=True, help="Telegram's name of what rests.")
    code = fields.Char(required=True, readonly=True)
    since = fields.Datetime(required=True, readonly=True)
    until = fields.Datetime("Until", required=True, readonly=True)
    level = fields.Integer(required=True, default=0, readonly=True, group_operator=False)
    reason_text = fields.Char("Because", compute="_compute_reason_text")

    def init(self):
        super().init()
        database.set_defaults(self.env.cr, self._table, {"level": "0"})
        database.grant(self.env.cr, self._table, "SELECT, INSERT")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        words = self.env["telegram.words"]
        for limit in self:
            limit.reason_text = words._error(limit.code)

    @api.model
    def _in_force(self, accounts):
        """Return {account id: the rest of that account that lasts longest from now}; rests of one
        kind of request are shown by “Health”."""
        domain = [("account_id", "in", accounts.ids), ("until", ">", fields.Datetime.now())]
        rows = self.sudo().search(domain + [("kind", "!=", "method")], order="until")
        return {row.account_id.id: row for row in rows}

    def _sentence(self):
        """Return a sentence: what rests, why and until when, in the context's language and the
        user's time zone."""
        self.ensure_one()
        zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
        until = format_datetime(self.env, self.until, tz=zone, dt_format="short")
        if self.kind == "cold":
            return (
                _(
                    "Telegram has limited this account because of too many invitations: until %s "
                    "it adds nobody to a group directly. Everything goes on by link."
                )
                % until
            )
        if self.kind == "groups":
            return (
                _(
                    "Telegram has restricted this account: it is not asked to make a group before "
                    "%s. Everything else goes on."
                )
                % until
            )
        return _(
            "Until %s this account adds nobody to a group directly: Telegram asks for a pause."
        ) % (until)
