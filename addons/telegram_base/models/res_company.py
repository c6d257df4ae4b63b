from odoo import fields, models

from .membership.policies import HISTORIES, STRANGERS
from .membership.staggering import staggered


class ResCompany(models.Model):
    """The school's choices for all of its groups."""

    _inherit = "res.company"

    telegram_mail = fields.Boolean(
        "E-mails about Telegram",
        default=True,
        help="Who has not linked Telegram gets their personal link by e-mail, and is reminded "
        "twice.",
    )
    telegram_strangers = fields.Selection(
        STRANGERS, "Unknown person comes in", required=True, default="out"
    )
    telegram_history = fields.Selection(HISTORIES, "Newcomers", required=True, default="visible")

    def write(self, vals):
        before = {company: company.telegram_history for company in self}
        result = super().write(vals)
        changed = self.filtered(lambda company: company.telegram_history != before[company])
        if changed:
            chats = self.env["telegram.chat"].sudo()
            following = chats.search(
                [("company_id", "in", changed.ids), ("history_policy", "=", "school")], order="id"
            )
            for chat, due_at in staggered(following):
                chat._reconcile(due_at=due_at)
        return result
