from odoo import fields, models

from ... import database
from ...fields import BigInteger


class TelegramSpend(models.Model):
    """A use of an account's budget: a person added to a group directly, a telephone number looked
    up. The gateway writes it before it acts, so that a crash wastes budget and never exceeds it;
    rows are kept, since nobody is tried twice in the same group."""

    _name = "telegram.spend"
    _description = "Telegram: use of an account's budget"
    _order = "id desc"
    _rec_name = "kind"

    account_id = fields.Many2one(
        "telegram.account", "Account", required=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [("direct_add", "Added directly"), ("phone_lookup", "Telephone number looked up")],
        "What",
        required=True,
        readonly=True,
    )
    at = fields.Datetime("When", required=True, readonly=True)
    chat_id = fields.Many2one(
        "telegram.chat", "Group", readonly=True, index=True, ondelete="cascade"
    )
    tg_user_id = BigInteger("Telegram id", readonly=True, group_operator=False)
    outcome = fields.Char(readonly=True)

    def init(self):
        cr, table = self.env.cr, self._table
        database.grant(cr, table, "SELECT, INSERT", {"UPDATE": ["outcome", "tg_user_id"]})
        database.create_index(cr, "telegram_spend_recent", table, "account_id, kind, at")
