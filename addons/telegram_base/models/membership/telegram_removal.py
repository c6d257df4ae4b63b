from odoo import _, api, fields, models

from ... import database
from ...fields import BigInteger


class TelegramRemoval(models.Model):
    """A removal or ban by the gateway, and the evidence for it: a copy of the row that demanded it,
    since rows change. The gateway appends it after each removal. When a person is erased the row
    stays without them; the gateway deletes rows when it is told to (`telegram.retention`)."""

    _name = "telegram.removal"
    _description = "Telegram: removal"
    _order = "id desc"
    _rec_name = "name"

    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Person", readonly=True, ondelete="set null")
    tg_user_id = BigInteger("Telegram id", readonly=True, group_operator=False)
    name = fields.Char("Name on Telegram", readonly=True)
    kind = fields.Selection([("remove", "Removed"), ("ban", "Banned")], "What", readonly=True)
    at = fields.Datetime("When", readonly=True)
    evidence = fields.Selection(
        [
            ("roster", "Roster"),
            ("guest", "Somebody's decision"),
            ("old_identity", "The person has another Telegram account now"),
            ("erased", "The person's data was erased"),
        ],
        readonly=True,
    )
    reason = fields.Char("Code", readonly=True)
    decided_at = fields.Datetime("Decided on", readonly=True)
    decided_uid = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")
    reason_text = fields.Char("Because", compute="_compute_reason_text")

    def init(self):
        database.grant(
            self.env.cr,
            self._table,
            "SELECT, INSERT, DELETE",
            {"UPDATE": ["partner_id", "tg_user_id", "name", "reason"]},
        )

    @api.depends("evidence", "reason")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        words = self.env["telegram.words"]
        for row in self:
            if row.evidence == "guest" and row.reason:
                row.reason_text = words._reason(row.reason)
            elif row.evidence == "guest":
                row.reason_text = _("Somebody decided it for this account")
            elif row.evidence == "old_identity":
                row.reason_text = _("The person has another Telegram account now")
            elif row.evidence == "erased":
                row.reason_text = _("The person's data was erased")
            else:
                row.reason_text = words._reason(row.reason)
