from odoo import api, fields, models

from .members_rights import MembersRights

#: Errors after which the group will not come back.
_LOST = ("CHANNEL_PRIVATE", "CHANNEL_INVALID", "account_removed")


class TelegramChatSeenMixin(models.AbstractModel):
    """The state of a group on Telegram, as the gateway saw it last, and who is in it.

    The model has `chat_state_ids`, `member_ids`, `roster_ids` and `is_reviewed`.
    """

    _name = "telegram.chat.seen.mixin"
    _description = "Telegram: how a group stands"

    is_review_due = fields.Boolean(compute="_compute_state")
    is_lost = fields.Boolean(compute="_compute_state")
    in_count = fields.Integer("In the group", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    decide_count = fields.Integer("To decide", compute="_compute_counts")
    unseen_names = fields.Char("Not looked at yet", compute="_compute_counts")
    held_count = fields.Integer("Removals to be confirmed", compute="_compute_held_count")
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("creating", "Being created"),
            ("ready", "Ready"),
            ("broken", "Broken"),
            ("deleted", "Deleted on Telegram"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    state_text = fields.Char("State in words", compute="_compute_state")
    invite_link = fields.Char(compute="_compute_state")
    has_running_call = fields.Boolean("Call running", compute="_compute_state")
    is_open = fields.Boolean(compute="_compute_openness")
    openness = fields.Char("Members and newcomers", compute="_compute_openness")

    @api.depends(
        "is_reviewed",
        "chat_state_ids.listed_at",
        "chat_state_ids.state",
        "chat_state_ids.error_code",
        "chat_state_ids.waits_until",
        "chat_state_ids.invite_link",
        "chat_state_ids.tg_call_id",
    )
    @api.depends_context("lang")
    def _compute_state(self):
        words = self.env["telegram.words"]
        for chat in self:
            row = chat.sudo().chat_state_ids[:1]
            chat.state = row.state or "waiting"
            chat.state_text = words._chat(row.state, row.error_code, row.waits_until)
            chat.is_lost = row.state == "broken" and row.error_code in _LOST
            chat.invite_link = row.invite_link
            chat.has_running_call = bool(row.tg_call_id)
            # `listed_at`: the gateway has read who is in it
            chat.is_review_due = bool(
                not chat.is_reviewed and row.state == "ready" and row.listed_at
            )

    def _search_state(self, operator, value):
        values = value if isinstance(value, (list, tuple)) else [value]
        states = self.env["telegram.chat.state"].sudo().search([("state", "!=", False)])
        matching = states.filtered(lambda row: row.state in values).mapped("chat_id").ids
        if "waiting" in values:
            others = [("id", "not in", states.mapped("chat_id").ids)]
            matching += self.with_context(active_test=False).search(others).ids
        return [("id", "not in" if operator in ("!=", "not in") else "in", matching)]

    @api.depends("chat_state_ids.default_rights", "chat_state_ids.history")
    @api.depends_context("lang")
    def _compute_openness(self):
        for chat in self:
            row = chat.sudo().chat_state_ids[:1]
            chat.is_open = bool(row._members_may())
            chat.openness = MembersRights(self.env, row).text()

    @api.depends("member_ids.state", "roster_ids.status")
    def _compute_counts(self):
        for chat in self:
            standings = chat.member_ids.mapped("standing")
            chat.in_count = standings.count("in")
            chat.waiting_count = standings.count("waiting")
            chat.decide_count = standings.count("decide")
            wanted = chat.roster_ids.filtered(lambda row: row.status == "in").mapped("partner_id")
            unseen = wanted - chat.member_ids.mapped("partner_id")
            chat.unseen_names = ", ".join(unseen.sorted("name").mapped("display_name")) or False

    @api.depends("member_ids.state")
    def _compute_held_count(self):
        for chat in self:
            chat.held_count = len(chat._held_members())

    def _held_members(self):
        """Rows of `telegram.member` whose removal waits for a person's confirmation."""
        return (
            self.env["telegram.member"]
            .sudo()
            .search([("chat_id", "in", self.ids), ("state", "=", "held")])
        )
