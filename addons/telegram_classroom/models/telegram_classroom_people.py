from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..rules.admission import REFUSED

_GROUPS = "telegram_base.group_user"


class TelegramClassroomMixin(models.AbstractModel):
    """Who is in the group of a classroom, who is not, why, and what one can do: for its form.

    All of it is read anew, since the gateway writes it. An adapter whose teachers may see it
    repeats the fields with their groups; see `classroom_telegram`.
    """

    _inherit = "telegram.classroom.mixin"

    telegram_state_text = fields.Char("Group", compute="_compute_telegram_group")
    telegram_invite_link = fields.Char("Link", compute="_compute_telegram_group")
    telegram_member_ids = fields.Many2many(
        "telegram.member", string="People", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_in_count = fields.Integer(
        "In the group", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_waiting_count = fields.Integer(
        "Waiting", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_decide_count = fields.Integer(
        "To decide", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_held_count = fields.Integer(
        "Removals to be confirmed", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_gone_count = fields.Integer(
        "Went at once", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_unseen_names = fields.Char(
        "Not looked at yet", compute="_compute_telegram_people", groups=_GROUPS
    )

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_group(self):
        chats = self.sudo().mapped("telegram_chat_id")
        chats.invalidate_cache(["state", "state_text", "invite_link"], chats.ids)
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_state_text = chat.state_text
            record.telegram_invite_link = chat.invite_link

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_people(self):
        chats = self.sudo().mapped("telegram_chat_id")
        chats.invalidate_cache(["member_ids", "roster_ids", "in_count"], chats.ids)
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_member_ids = chat.member_ids._in_order()
            record.telegram_in_count = chat.in_count
            record.telegram_waiting_count = chat.waiting_count
            record.telegram_decide_count = chat.decide_count
            record.telegram_held_count = chat.held_count
            gone = chat.roster_ids.filtered(lambda row: row.question == "gone")
            record.telegram_gone_count = len(gone)
            record.telegram_unseen_names = chat.unseen_names

    def _telegram_on_decided(self, chat, partner, is_enrolled):
        went = self._telegram_went_rows(chat, partner)
        if went:
            (self._telegram_put_back if is_enrolled else self._telegram_meant)(chat, went)
            return True
        if is_enrolled and not partner.active:
            raise UserError(
                _("The contact of %s is archived: restore it, then enrol them.")
                % partner.display_name
            )
        if is_enrolled:
            if self._telegram_enrol(partner, self.env["telegram.inbox"]) is False:
                return False
            self._telegram_sync()
            self._telegram_log(
                _("%s was in the Telegram group, or waited before it, and was enrolled.")
                % partner.display_name
            )
        else:
            self._telegram_sync(self._telegram_extra(partner, "out", REFUSED))
        return True

    def action_telegram_ask_removals(self):
        """Button: ask whether the people shown as held are to be removed, with how many and whom."""
        return self._telegram_decidable().action_ask_removals()

    def action_telegram_allow_removals(self):
        """The people shown as held may be removed, they and no others."""
        return self._telegram_decidable().action_allow_removals()

    def _telegram_decidable(self):
        """The chats of these records, for a decision about their people. Raises AccessError for who
        may not decide about them."""
        chats = self.sudo().mapped("telegram_chat_id")
        chats.mapped("member_ids").with_user(self.env.user)._check_may_decide()
        return chats
