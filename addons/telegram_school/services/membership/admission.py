"""People who come into the group, or ask to: those who belong today are let in; for every other
known person somebody at the school is asked."""

from odoo import _
from odoo.tools.misc import format_date

from ...rules import admission as rules
from ..messages import group_texts
from ..service import ClassService
from . import questions, roster


class Admission(ClassService):
    """Decides about people who come into the group, or ask to."""

    def extra(self, partners, status, reason):
        return [
            {"partner": partner, "role": "student", "status": status, "reason": reason}
            for partner in partners
        ]

    def admit(self, chat, partners, fact):
        """Let in, refuse or ask about people who asked to come in, or came. The roster decides if
        it has a row for them; strangers stay guests until a person links them."""
        pasts = {partner.id: self.classroom._telegram_past(chat, partner) for partner in partners}
        comers = self.comers(chat, partners, pasts)
        is_active = chat.active
        if not is_active:
            # a transaction that restores the class at this moment must decide about them, too
            chat._conflict()
        what = rules.admission(chat.join_policy, comers, is_active)
        if what == rules.BAN:
            blocked = partners.filtered(self.classroom._telegram_is_blocked)
            roster.ClassRoster(self.classroom).sync(
                self.extra(blocked, "banned", "blocked"), blocked
            )
        elif what == rules.PUT_OUT:
            roster.ClassRoster(self.classroom).sync(
                self.extra(partners, "out", "not_enrolled"), partners
            )
        elif what == rules.ENROL and self.classroom._telegram_enrol(partners, fact) is not False:
            roster.ClassRoster(self.classroom).sync(partners=partners)
            questions.Questions(self.classroom).log(
                _("%s came into the Telegram group and was enrolled.") % partners.display_name
            )
        elif what in (rules.ENROL, rules.ASK):
            extra = []
            for partner in partners:
                past = pasts[partner.id]
                extra += self.extra(partner, "undecided", past and past[2] or "asked")
            roster.ClassRoster(self.classroom).sync(extra, partners)
            questions.Questions(self.classroom).ask(
                "admit",
                _("Telegram: enrol or refuse?"),
                self.admit_sentence(partners, pasts),
            )

    def comers(self, chat, partners, pasts):
        """Return a `rules.admission.Comer` for each partner. pasts: {id of a partner: as of
        `past_by_roster`}."""
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
                    self.classroom._telegram_is_blocked(partner),
                    pasts[partner.id] and pasts[partner.id][0],
                )
            )
        return comers

    def past_by_roster(self, chat, partner):
        """Return (kind of `rules.admission`, last day or None, reason) of a partner who belonged to
        the class before; None without a past."""
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
        until = row.in_until and group_texts.GroupTexts(self.classroom).local(row.in_until).date()
        return (rules.UNENROLLED, until, row.reason)

    def admit_sentence(self, partners, pasts):
        """Return the text for the supervisor about people who came, in the context's language."""
        names = ", ".join(partners.mapped("display_name"))
        sentences = [
            _("%s came into the Telegram group, or asks to be let in, without being enrolled.")
            % names
        ]
        sentences += [
            self.past_sentence(partner, *pasts[partner.id])
            for partner in partners
            if pasts[partner.id]
        ]
        sentences.append(_("Until you answer, nothing happens: enrol them, or refuse them."))
        return " ".join(sentences)

    def past_sentence(self, partner, kind, day, reason):
        """Return a sentence about a partner's past in the class, in the context's language. kind,
        day and reason: as of `past_by_roster`."""
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
