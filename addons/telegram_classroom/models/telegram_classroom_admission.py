from odoo import _, models
from odoo.tools.misc import format_date

from ..rules import admission as rules


class TelegramClassroomMixin(models.AbstractModel):
    """Somebody comes into the group, or asks to: who belongs today is let in, of every other person
    whom the school knows somebody is asked."""

    _inherit = "telegram.classroom.mixin"

    def _telegram_on_member_joined(self, chat, partners, fact):
        super()._telegram_on_member_joined(chat, partners, fact)
        self._telegram_admit(chat, partners, fact)

    def _telegram_on_request_waiting(self, chat, partners, fact):
        super()._telegram_on_request_waiting(chat, partners, fact)
        self._telegram_admit(chat, partners, fact)

    def _telegram_admit(self, chat, partners, fact):
        """Somebody wants to be in, or is. The roster's answer stands where it has one; strangers
        stay guests until a person links them."""
        pasts = {partner.id: self._telegram_past(chat, partner) for partner in partners}
        comers = self._telegram_comers(chat, partners, pasts)
        is_active = self._telegram_is_active()
        if not is_active:
            # whoever restores the class at this moment must decide about them, too
            chat._conflict()
        what = rules.admission(chat.join_policy, comers, is_active)
        if what == rules.BAN:
            blocked = partners.filtered(self._telegram_is_blocked)
            self._telegram_sync(self._telegram_extra(blocked, "banned", "blocked"))
        elif what == rules.PUT_OUT:
            self._telegram_sync(self._telegram_extra(partners, "out", "not_enrolled"))
        elif what == rules.ENROL and self._telegram_enrol(partners, fact) is not False:
            self._telegram_sync()
            self._telegram_log(
                _("%s came into the Telegram group and was enrolled.") % partners.display_name
            )
        elif what in (rules.ENROL, rules.ASK):
            extra = []
            for partner in partners:
                past = pasts[partner.id]
                extra += self._telegram_extra(partner, "undecided", past and past[2] or "asked")
            self._telegram_sync(extra)
            self._telegram_ask(
                "admit",
                _("Telegram: enrol or refuse?"),
                self._telegram_admit_sentence(partners, pasts),
            )

    def _telegram_comers(self, chat, partners, pasts):
        rows = self.env["telegram.roster"].search(
            [("chat_id", "=", chat.id), ("partner_id", "in", partners.ids)]
        )
        by_partner = {row.partner_id: row for row in rows}
        comers = []
        for partner in partners:
            row = by_partner.get(partner)
            comers.append(
                rules.Comer(
                    row and row.status,
                    row and row.reason,
                    self._telegram_is_blocked(partner),
                    pasts[partner.id] and pasts[partner.id][0],
                )
            )
        return comers

    def _telegram_past(self, chat, partner):
        """Why this person does not belong to the class today although it knows them: (UNENROLLED,
        OVER, EARLY or ARCHIVED of the rules, date or None, what somebody wrote about it or False);
        None: it never had them. Extend it where more is known than the roster."""
        if not partner.active:
            return (rules.ARCHIVED, None, False)
        row = self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("partner_id", "=", partner.id),
                ("status", "=", "out"),
                ("in_since", "!=", False),
            ]
        )
        if not row:
            return None
        until = row.in_until and self._telegram_local(row.in_until).date()
        return (rules.UNENROLLED, until, row.reason)

    def _telegram_admit_sentence(self, partners, pasts):
        """What the supervisor is told of those who came."""
        names = ", ".join(partners.mapped("display_name"))
        said = [
            _("%s came into the Telegram group, or asks to be let in, without being enrolled.")
            % names
        ]
        said += [
            self._telegram_past_sentence(partner, *pasts[partner.id])
            for partner in partners
            if pasts[partner.id]
        ]
        said.append(_("Until you answer, nothing happens: enrol them, or refuse them."))
        return " ".join(said)

    def _telegram_past_sentence(self, partner, kind, day, reason):
        sentences = {
            rules.UNENROLLED: _("The enrolment of %s was ended"),
            rules.OVER: _("The time of %s in this class is over"),
            rules.EARLY: _("The time of %s in this class has not begun"),
            rules.ARCHIVED: _("The contact of %s is archived: restore it first"),
        }
        text = sentences[kind] % partner.display_name
        if day:
            text = "%s (%s)" % (text, format_date(self.env, day))
        because = reason and self.env["telegram.words"]._reason(reason)
        return _("%s: %s.") % (text, because.rstrip(".")) if because else "%s." % text
