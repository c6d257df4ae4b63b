from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...models.run.rights import check_may_administer
from ..own_rights import OwnRights

THERE = [
    ("policy", "As the group's rules say"),
    ("enrol", "Enrol"),
    ("keep", "May stay as a guest"),
    ("remove", "Remove from the group"),
]
CLOSING = [
    ("keep", "Leave it as it is"),
    ("close", "Only administrators add people, pin messages and change the info"),
]
HISTORY = [
    ("keep", "Leave it as it is"),
    ("visible", "They see what was written before"),
    ("hidden", "They do not see it"),
]
HERE = [("invite", "Send the link"), ("unenrol", "End the enrolment"), ("nothing", "Nothing now")]


class TelegramReviewWizard(OwnRights, models.TransientModel):
    """Shows the people who are only in an existing group, and those who are only on the roster; a
    person decides row by row, or for all. Nobody is removed before that."""

    _name = "telegram.review.wizard"
    _description = "Review of an existing Telegram group"

    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    title_seen = fields.Char("Title on Telegram", readonly=True)
    title = fields.Char("Title at the school", readonly=True)
    title_choice = fields.Selection(
        [("school", "The group takes the school's"), ("telegram", "The school takes the group's")],
        "Title",
        required=True,
        default="school",
    )
    openness = fields.Char("Members and newcomers now", readonly=True)
    closing_choice = fields.Selection(CLOSING, "Its members", required=True, default="keep")
    history_choice = fields.Selection(HISTORY, "Newcomers", required=True, default="keep")
    is_list_whole = fields.Boolean("List complete", readonly=True)
    agreed_count = fields.Integer("In the group and on the roster", readonly=True)
    all_there = fields.Selection(THERE, "All who are only in the group")
    all_here = fields.Selection(HERE, "All who are only on the roster")
    there_ids = fields.One2many(
        "telegram.review.line", "wizard_id", "Only in the group", domain=[("side", "=", "there")]
    )
    here_ids = fields.One2many(
        "telegram.review.line", "wizard_id", "Only on the roster", domain=[("side", "=", "here")]
    )

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        chat = self.env["telegram.chat"].browse(
            values.get("chat_id") or self.env.context.get("default_chat_id")
        )
        if not chat:
            return values
        if not chat.is_review_due:
            raise UserError(
                _("There is nothing to review yet: the gateway has not read the group. Try again.")
            )
        there, here, agreed = self._compare(chat)
        state = chat._row()
        values.update(
            chat_id=chat.id,
            title=chat.name,
            title_seen=state.title_seen,
            agreed_count=agreed,
            openness=chat.openness,
            is_list_whole=state.is_list_whole,
            there_ids=[(0, 0, dict(line, side="there")) for line in there],
            here_ids=[(0, 0, dict(line, side="here")) for line in here],
        )
        return values

    @api.model
    def _compare(self, chat):
        """Return (lines of people only in the group, lines of people only on the roster, number of
        people in both)."""
        contacts = self.env["telegram.contact"].sudo()
        roster = {row.partner_id: row.status for row in chat.sudo().roster_ids}
        there, agreed = [], self.env["res.partner"]
        members = chat.sudo().member_ids.filtered(
            lambda member: (
                member.seen_status in ("in", "requested") and not member.is_bot and member.state
            )
        )
        for member in members:
            partners = contacts._partners(member.tg_user_id)
            statuses = {roster[partner] for partner in partners if partner in roster}
            if "in" in statuses:
                agreed |= partners.filtered(lambda partner: roster.get(partner) == "in")
                continue
            is_enrolled_by_rule = bool(partners) and chat.join_policy == "enrol"
            there.append(
                {
                    "tg_user_id": str(member.tg_user_id),
                    "name": member.name,
                    "username": member.username,
                    "partner_id": partners[:1].id,
                    "is_blocked": "banned" in statuses,
                    "choice_there": "enrol"
                    if is_enrolled_by_rule and len(partners) == 1 and "banned" not in statuses
                    else "policy",
                }
            )
        here = [
            {
                "partner_id": partner.id,
                "name": partner.display_name,
                "choice_here": "invite",
                "is_linked": bool(partner._telegram_contacts()),
            }
            for partner, status in roster.items()
            if status == "in" and partner not in agreed
        ]
        return there, here, len(agreed)

    @api.onchange("all_there")
    def _onchange_all_there(self):
        if self.all_there:
            for line in self.there_ids:
                is_possible = self.all_there != "enrol" or line.partner_id
                if is_possible and not line.is_blocked:
                    line.choice_there = self.all_there

    @api.onchange("all_here")
    def _onchange_all_here(self):
        if self.all_here:
            for line in self.here_ids:
                line.choice_here = self.all_here

    def action_done(self):
        """Button: carry out the decisions. From now on the group is reconciled.

        Raises UserError naming the row that cannot be carried out; then nothing is done.
        """
        self.ensure_one()
        check_may_administer(self.env["telegram.chat"])
        chat = self.chat_id.sudo()
        if chat.is_reviewed:
            raise UserError(_("Somebody has reviewed this group in the meantime. Reload the page."))
        there = self.there_ids.filtered(lambda line: not line.is_blocked)
        for line in there:
            if line.choice_there == "enrol" and not line.partner_id:
                raise UserError(
                    _(
                        "%s is not known to the school: say who this is first, or choose another way."
                    )
                    % (line.name or line.tg_user_id)
                )
        if self.title_choice == "telegram" and self.title_seen:
            chat.write({"name": self.title_seen})
            chat._call_owner(
                "_telegram_on_title_changed", chat, chat.name, self.env["telegram.inbox"]
            )
        enrol = there.filtered(lambda line: line.choice_there == "enrol").mapped("partner_id")
        unenrol = self.here_ids.filtered(lambda line: line.choice_here == "unenrol")
        chat._call_owner("_telegram_on_reviewed", chat, enrol, unenrol.mapped("partner_id"))
        decisions = {"keep": "in", "remove": "out"}
        chat.write(dict(self._closing(), is_reviewed=True))
        self.env["telegram.guest"].sudo()._decide(
            chat,
            {
                int(line.tg_user_id): decisions[line.choice_there]
                for line in there
                if line.choice_there in decisions
            },
        )
        invited = self.here_ids.filtered(lambda line: line.choice_here == "invite")
        self.env["telegram.bot"].sudo()._invite(chat, invited.mapped("partner_id"))
        return {"type": "ir.actions.act_window_close"}

    def _closing(self):
        """Return the decision about members' rights and newcomers, as values of the chat."""
        values = {}
        if self.closing_choice == "close":
            values["is_closed"] = True
        if self.history_choice != "keep":
            values["history_policy"] = self.history_choice
        return values


class TelegramReviewLine(OwnRights, models.TransientModel):
    """One person in a review."""

    _name = "telegram.review.line"
    _description = "Review of an existing Telegram group: person"

    wizard_id = fields.Many2one("telegram.review.wizard", required=True, ondelete="cascade")
    side = fields.Selection([("there", "Only in the group"), ("here", "Only on the roster")])
    tg_user_id = fields.Char("Telegram id")
    partner_id = fields.Many2one("res.partner", "Person")
    name = fields.Char("Name on Telegram")
    username = fields.Char()
    is_blocked = fields.Boolean("Blocked at the school")
    is_linked = fields.Boolean("Has linked Telegram")
    choice_there = fields.Selection(THERE, "What to do", default="policy")
    choice_here = fields.Selection(HERE, "What to do then", default="invite")
