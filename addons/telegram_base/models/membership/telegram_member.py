from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import database
from ...fields import BigInteger
from .advice import MemberAdvice
from .telegram_roster import QUESTIONS, ROLES, STATUSES


#: Standing of a person → place in a list: standings that need a decision come first.
STANDINGS = [
    ("decide", "To decide"),
    ("waiting", "Waiting"),
    ("in", "In the group"),
    ("other", "Not concerned"),
]
_RANK = {code: rank for rank, (code, _text) in enumerate(STANDINGS)}


class TelegramMember(models.Model):
    """A person in a chat as the gateway last saw it, and the state that both sides last agreed on.

    Written by the gateway alone; the meaning of its codes, and advice, are computed here.
    """

    _name = "telegram.member"
    _description = "Telegram: person in a group"
    _order = "chat_id, id"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", "Person", index=True, ondelete="restrict")
    tg_user_id = BigInteger("Telegram id", index=True, group_operator=False)
    seen_status = fields.Char()
    seen_role = fields.Char()
    seen_at = fields.Datetime("Last seen")
    base_status = fields.Char()
    base_role = fields.Char()
    told_status = fields.Char()
    told_inbox_id = fields.Integer(group_operator=False)
    state = fields.Selection(
        [
            ("waiting_link", "Has not linked Telegram"),
            ("welcome", "Has not asked to join yet"),
            ("requested", "Waits to be let in"),
            ("in", "In the group"),
            ("left", "Left the group"),
            ("removing", "Being removed"),
            ("removed", "Removed"),
            ("banned", "Banned"),
            ("guest", "Guest"),
            ("failed", "Failed"),
            ("undecided", "To be decided"),
            ("held", "Removal to be confirmed"),
        ],
        "Code",
    )
    state_since = fields.Datetime("Since")
    error_code = fields.Char()
    refused = fields.Char()
    name = fields.Char("Name on Telegram")
    username = fields.Char()
    is_bot = fields.Boolean()
    is_deleted = fields.Boolean()
    display_person = fields.Char("Who", compute="_compute_display_person")
    state_text = fields.Char("State", compute="_compute_state_text")
    guest_decision = fields.Selection(
        [
            ("in", "May be in"),
            ("out", "Removed"),
            ("banned", "Banned"),
            ("ignored", "Not asked about any more"),
        ],
        "Decided",
        compute="_compute_wanted",
    )
    wanted_role = fields.Selection(ROLES, "Role", compute="_compute_wanted")
    wanted_status = fields.Selection(STATUSES, "Wanted", compute="_compute_wanted")
    question = fields.Selection(QUESTIONS, "Question", compute="_compute_wanted")
    standing = fields.Selection(STANDINGS, compute="_compute_standing")
    reason_text = fields.Char("Because", compute="_compute_reason_text")
    situation = fields.Text("State and reason", compute="_compute_reason_text")
    # text, so that lists show it to its end
    advice = fields.Text("What can be done", compute="_compute_advice")
    may_decide = fields.Boolean(
        compute="_compute_may_decide", help="The user decides who belongs to the group."
    )

    _sql_constraints = [
        (
            "somebody",
            "CHECK (partner_id IS NOT NULL OR tg_user_id IS NOT NULL)",
            "A member is a person or a Telegram account.",
        ),
    ]

    def init(self):
        cr, table = self.env.cr, self._table
        database.set_defaults(cr, table, {"is_bot": "false", "is_deleted": "false"})
        database.grant(cr, table, database.ALL)
        database.create_index(
            cr,
            "telegram_member_chat_user",
            table,
            "chat_id, tg_user_id",
            where="tg_user_id IS NOT NULL",
            unique=True,
        )
        database.create_index(
            cr,
            "telegram_member_chat_partner",
            table,
            "chat_id, partner_id",
            where="tg_user_id IS NULL",
            unique=True,
        )

    @api.depends("partner_id", "name", "username", "tg_user_id")
    def _compute_display_person(self):
        for member in self:
            member.display_person = (
                member.partner_id.display_name
                or member.name
                or member.username
                or str(member.tg_user_id)
            )

    @api.depends("state", "error_code", "seen_status", "is_deleted", "partner_id")
    @api.depends_context("lang")
    def _compute_state_text(self):
        words = self.env["telegram.words"]
        waiting = self.filtered(lambda member: member.state == "waiting_link")
        deleted = self.env["telegram.contact"]._partners_of_deleted(waiting.mapped("partner_id"))
        for member in self:
            if member.is_deleted:
                member.state_text = _("Deleted Telegram account")
            elif member in waiting and member.partner_id in deleted:
                member.state_text = _(
                    "Has deleted their Telegram account: give them a new personal link"
                )
            elif not member.state and member.seen_status == "in":
                # the gateway gives everybody a state but its own accounts
                member.state_text = _("The school's own account")
            else:
                member.state_text = words._member(member.state, member.error_code)

    @api.depends("chat_id", "partner_id")
    def _compute_wanted(self):
        wanted = self._search_roster_rows()
        guests = self._search_guest_rows()
        for member in self:
            row = wanted.get((member.chat_id.id, member.partner_id.id))
            member.wanted_role = row.role if row else False
            member.wanted_status = row.status if row else False
            member.question = row.question if row else False
            guest = guests.get((member.chat_id.id, member.tg_user_id))
            member.guest_decision = guest.decision if guest else False

    def _search_roster_rows(self):
        rows = self.env["telegram.roster"].search(
            [
                ("chat_id", "in", self.mapped("chat_id").ids),
                ("partner_id", "in", self.mapped("partner_id").ids),
            ]
        )
        return {(row.chat_id.id, row.partner_id.id): row for row in rows}

    def _search_guest_rows(self):
        rows = (
            self.env["telegram.guest"]
            .sudo()
            .search(
                [
                    ("chat_id", "in", self.mapped("chat_id").ids),
                    ("tg_user_id", "in", list(filter(None, self.mapped("tg_user_id")))),
                ]
            )
        )
        return {(row.chat_id.id, row.tg_user_id): row for row in rows}

    @api.depends("state", "seen_status", "chat_id", "partner_id", "tg_user_id")
    def _compute_standing(self):
        for member in self:
            member.standing = member._standing()

    def _standing(self):
        """Return `decide`, `waiting`, `in` or `other`: see `STANDINGS`."""
        state, belongs = self.state, self.wanted_status == "in"
        if state in ("failed", "undecided", "held") or self.question:
            return "decide"
        if state in ("guest", "requested") and not belongs:
            if self.guest_decision == "in" and state == "requested":
                return "waiting"
            return "other" if self.guest_decision in ("in", "ignored") else "decide"
        if state in ("waiting_link", "welcome", "requested"):
            return "waiting"
        if state == "in":
            return "in"
        return "waiting" if belongs else "other"

    def _in_order(self):
        """Return the same rows: first those that need a decision, then by name."""
        return self.sorted(
            lambda member: (
                _RANK[member.standing],
                (member.display_person or "").lower(),
                member.id,
            )
        )

    @api.depends("state", "error_code", "seen_status", "chat_id", "partner_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        """Compute the school's reason for keeping a person out, and the whole in one sentence."""
        words = self.env["telegram.words"]
        rows, guests = self._search_roster_rows(), self._search_guest_rows()
        known = self.filtered(lambda member: member.partner_id and member.tg_user_id)
        blockers = self.env["telegram.outbox"]._unreachable(
            known.mapped("tg_user_id"), ("USER_IS_BLOCKED",)
        )
        for member in self:
            row = rows.get((member.chat_id.id, member.partner_id.id))
            is_shown = row and row.status != "in" and member.state != "guest"
            reason = words._reason(row.reason) if is_shown else False
            guest = guests.get((member.chat_id.id, member.tg_user_id))
            if guest and guest.by_rule and not row:
                reason = words._reason("stranger")
            member.reason_text = reason
            parts = [member.state_text, reason]
            if member in known and member.tg_user_id in blockers:
                parts.append(_("has blocked the bot: tell them another way"))
            member.situation = " – ".join(filter(None, parts))

    @api.depends("state", "error_code", "seen_status", "chat_id", "partner_id", "tg_user_id")
    @api.depends_context("lang")
    def _compute_advice(self):
        welcome = self.filtered(lambda member: member.state == "welcome" and member.tg_user_id)
        unreachable = self.env["telegram.outbox"]._unreachable(welcome.mapped("tg_user_id"))
        mailings = self._search_mailings()
        for member in self:
            partner = member.sudo().partner_id
            kind = "link" if member.state == "waiting_link" else "invite"
            chat = member.chat_id.id if kind == "invite" else False
            member.advice = MemberAdvice(
                member,
                reader=partner and partner._telegram_mail_reader(),
                mailing=mailings.get((kind, partner.id, chat)),
                is_unreachable=member.tg_user_id in unreachable,
            ).text()

    def _search_mailings(self):
        partners = self.filtered(lambda member: member.state in ("waiting_link", "welcome"))
        rows = (
            self.env["telegram.mailing"]
            .sudo()
            .search([("partner_id", "in", partners.mapped("partner_id").ids)])
        )
        return {(row.kind, row.partner_id.id, row.chat_id.id): row for row in rows}

    def name_get(self):
        return [(member.id, member.display_person) for member in self]

    # -- buttons --------------------------------------------------------------------------------

    def action_who(self):
        """Button: say who this guest is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Who is this on Telegram?"),
            "res_model": "telegram.guest.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_member_id": self.id},
        }

    @api.depends_context("uid")
    def _compute_may_decide(self):
        for member in self:
            member.may_decide = member.chat_id.may_manage

    def _check_may_decide(self):
        """Raise AccessError unless the user may decide who belongs to these groups."""
        self.env["telegram.chat"].check_access_rights("write")
        self.mapped("chat_id").check_access_rule("write")

    def _decide_as_guest(self, decision):
        """Store the user's decision about these unknown accounts."""
        self._check_may_decide()
        decisions = {chat: {} for chat in self.sudo().mapped("chat_id")}
        for member in self.sudo():
            if member.tg_user_id:
                decisions[member.chat_id][member.tg_user_id] = decision
        for chat, of_chat in decisions.items():
            self.env["telegram.guest"].sudo()._decide(chat, of_chat)
        return True

    def _handle_reports_again(self):
        """Handle the facts again that reported these accounts: their people are known now, so the
        group's rule decides about them."""
        for member in self:
            fact = self.env["telegram.inbox"].browse(member.told_inbox_id or 0).exists()
            if fact.state == "new":
                # It may be being handled at this moment, by somebody who does not see our link
                # yet: written by both, one of the two transactions is done again, after the other.
                fact._mark("new")
            if fact.state == "done" and fact.kind in ("member_joined", "request_waiting"):
                fact._in_chat_context()._process()
            member.chat_id._reconcile()

    def action_let_in(self):
        """Button: let these accounts in, or stay, as guests of the group."""
        return self._decide_as_guest("in")

    def action_turn_away(self):
        """Button: remove these accounts, or decline their request. They may ask again."""
        return self._decide_as_guest("out")

    def action_remove_held(self):
        """Remove the people of these rows whose removal waits for confirmation, and nobody else."""
        self._check_may_decide()
        for chat in self.sudo().mapped("chat_id"):
            held = (self.sudo() & chat._held_members()).mapped("tg_user_id")
            people = [tg_user_id for tg_user_id in held if tg_user_id]
            if people:
                chat._reconcile(allow_removals=people)
        return True

    def action_ban(self):
        """Button: remove these accounts for good."""
        return self._decide_as_guest("banned")

    def action_ignore(self):
        """Button: leave these accounts as they are; nobody is asked about them any more."""
        return self._decide_as_guest("ignored")

    def action_invite_again(self):
        """Button: let the bot send the group's link once more. For every user who may see these
        people."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        for member in self.sudo():
            if member.wanted_status != "in" or member.state == "in":
                raise UserError(_("%s is not waiting for a link.") % member.display_person)
            bot = self.env["telegram.bot"].sudo()
            if not bot._invite(member.chat_id, member.partner_id, is_again=True):
                raise UserError(
                    _("The link cannot be sent to %s: the group is not ready, or they are in it.")
                    % member.display_person
                )
        return True

    def action_personal_link(self):
        """Button: show the person's own link, to be printed or sent by e-mail."""
        self.ensure_one()
        return self.partner_id.action_telegram_link()

    def action_enrol(self):
        """Button: enrol these people in the group's class."""
        return self._decide_as_known(True)

    def action_not_enrol(self):
        """Button: say that they do not belong to the group; they leave it without a ban."""
        return self._decide_as_known(False)

    def _decide_as_known(self, is_enrolled):
        """Have the chats' owners enrol or unenrol these people. Raises UserError if one of them
        cannot."""
        self._check_may_decide()
        for member in self.sudo():
            chat, partner = member.chat_id, member.partner_id
            if not chat._call_owner("_telegram_on_decided", chat, partner, is_enrolled):
                raise UserError(
                    _("%s cannot be enrolled or unenrolled from here. Do it at the school's side.")
                    % member.display_person
                )
        return True
