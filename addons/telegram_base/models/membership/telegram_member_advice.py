from odoo import _, api, fields, models
from odoo.exceptions import UserError

#: Where a person stands → its place in a list: what needs somebody comes first.
STANDINGS = [
    ("decide", "To decide"),
    ("waiting", "Waiting"),
    ("in", "In the group"),
    ("other", "Not concerned"),
]
_RANK = {code: rank for rank, (code, _text) in enumerate(STANDINGS)}


class TelegramMember(models.Model):
    """What the codes of a member ask of people: where each stands, and what one can do."""

    _inherit = "telegram.member"

    standing = fields.Selection(STANDINGS, compute="_compute_standing")
    reason_text = fields.Char("Because", compute="_compute_reason_text")
    situation = fields.Text("State and reason", compute="_compute_reason_text")
    # text, so that lists show it to its end
    advice = fields.Text("What can be done", compute="_compute_advice")

    @api.depends("state", "seen_status", "chat_id", "partner_id", "tg_user_id")
    def _compute_standing(self):
        for member in self:
            member.standing = member._standing()

    def _standing(self):
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
        """The same, those whom somebody should look at first, then by name."""
        return self.sorted(
            lambda one: (_RANK[one.standing], (one.display_person or "").lower(), one.id)
        )

    @api.depends("state", "error_code", "seen_status", "chat_id", "partner_id")
    @api.depends_context("lang")
    def _compute_reason_text(self):
        """What the school says of those who are not to be in."""
        words = self.env["telegram.words"]
        rows, guests = self._search_roster_rows(), self._search_guest_rows()
        known = self.filtered(lambda one: one.partner_id and one.tg_user_id)
        blockers = self.env["telegram.outbox"]._unreachable(
            known.mapped("tg_user_id"), ("USER_IS_BLOCKED",)
        )
        for member in self:
            row = rows.get((member.chat_id.id, member.partner_id.id))
            is_told = row and row.status != "in" and member.state != "guest"
            reason = words._reason(row.reason) if is_told else False
            guest = guests.get((member.chat_id.id, member.tg_user_id))
            if guest and guest.by_rule and not row:
                reason = words._reason("stranger")
            member.reason_text = reason
            said = [member.state_text, reason]
            if member in known and member.tg_user_id in blockers:
                said.append(_("has blocked the bot: tell them another way"))
            member.situation = " – ".join(filter(None, said))

    @api.depends("state", "error_code", "seen_status", "chat_id", "partner_id", "tg_user_id")
    @api.depends_context("lang")
    def _compute_advice(self):
        words = self.env["telegram.words"]
        welcome = self.filtered(lambda one: one.state == "welcome" and one.tg_user_id)
        unreachable = self.env["telegram.outbox"]._unreachable(welcome.mapped("tg_user_id"))
        mailings = self._search_mailings()
        for member in self:
            partner = member.sudo().partner_id
            kind = "link" if member.state == "waiting_link" else "invite"
            chat = member.chat_id.id if kind == "invite" else False
            member.advice = words._advice(
                member,
                reader=partner and partner._telegram_mail_reader(),
                mailing=mailings.get((kind, partner.id, chat)),
                is_unreachable=member.tg_user_id in unreachable,
            )

    def _search_mailings(self):
        partners = self.filtered(lambda one: one.state in ("waiting_link", "welcome"))
        rows = (
            self.env["telegram.mailing"]
            .sudo()
            .search([("partner_id", "in", partners.mapped("partner_id").ids)])
        )
        return {(row.kind, row.partner_id.id, row.chat_id.id): row for row in rows}

    # -- buttons --------------------------------------------------------------------------------

    def action_invite_again(self):
        """Button: let the bot send the group's link once more. For whoever may see these people."""
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
        """Button: they belong to the group."""
        return self._decide_as_known(True)

    def action_not_enrol(self):
        """Button: they do not belong to the group, and leave it without a ban."""
        return self._decide_as_known(False)

    def _decide_as_known(self, is_enrolled):
        self._check_may_decide()
        for member in self.sudo():
            chat, partner = member.chat_id, member.partner_id
            if not chat._call_owner("_telegram_on_decided", chat, partner, is_enrolled):
                raise UserError(
                    _("%s cannot be enrolled or unenrolled from here. Do it at the school's side.")
                    % member.display_person
                )
        return True
