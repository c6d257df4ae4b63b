from odoo import api, fields, models

from ...fields import BigInteger


class TelegramCall(models.Model):
    """A call that ran in a group, opened by anybody. Made from facts."""

    _name = "telegram.call"
    _description = "Telegram call"
    _order = "opened_at desc, id desc"
    _rec_name = "opened_at"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", required=True, readonly=True, ondelete="restrict"
    )
    tg_call_id = BigInteger("Telegram id", required=True, readonly=True, group_operator=False)
    open_key = fields.Char(
        readonly=True, index=True, help="The command that opened it; empty: a person did."
    )
    opened_at = fields.Datetime("Opened", required=True, readonly=True)
    closed_at = fields.Datetime("Closed", readonly=True)
    is_closed_by_us = fields.Boolean("Closed by us", readonly=True)
    forgotten_at = fields.Datetime(
        "Forgotten on",
        readonly=True,
        help="What was seen in the call is no longer kept: see the settings.",
    )
    presence_ids = fields.One2many("telegram.presence", "call_id", "Presence", readonly=True)

    _sql_constraints = [
        ("chat_call_unique", "UNIQUE (chat_id, tg_call_id)", "This call is known already."),
    ]

    @api.model
    def _opened(self, chat, tg_call_id, at, open_key=None):
        """Return the call, made if it is new. at: naive UTC datetime."""
        call = self.search([("chat_id", "=", chat.id), ("tg_call_id", "=", tg_call_id)])
        if not call:
            return self.create(
                {
                    "chat_id": chat.id,
                    "tg_call_id": tg_call_id,
                    "opened_at": at,
                    "open_key": open_key,
                }
            )
        vals = {}
        if open_key and not call.open_key:
            vals["open_key"] = open_key
        if at < call.opened_at:
            vals["opened_at"] = at
        if vals:
            call.write(vals)
        return call

    @api.model
    def _overlapping(self, chat, start, stop):
        """Return the calls of `chat` that ran at some time in [start, stop] (naive UTC), oldest
        first. An open call counts as running until now."""
        domain = [("chat_id", "=", chat.id), ("opened_at", "<=", stop)]
        if start <= fields.Datetime.now():
            domain += ["|", ("closed_at", "=", False)]
        domain += [("closed_at", ">=", start)]
        return self.sudo().search(domain, order="opened_at, id")

    @api.model
    def _opened_for(self, prefix):
        """Return the calls that were opened by a command whose key begins with `prefix`, oldest
        first."""
        pattern = prefix.replace("_", r"\_") + "%"
        return self.sudo().search([("open_key", "=like", pattern)], order="opened_at, id")
