"""People who leave the group, one or many at once, and the answers of the school."""

from odoo import _
from odoo.exceptions import UserError

from odoo.addons.telegram_base.models.run.rights import check_may_write

from ...rules import departures as rules
from ...rules.bounds import NAMES_MAX
from ..service import ClassService
from . import questions, roster


class Departures(ClassService):
    """Handles departures: ends enrolments, or holds them until somebody has answered."""

    def handle(self, chat, partners, fact):
        """Handle the departure of these people. If many leave at once, their enrolments are held
        until a person has answered. Else the student is unenrolled, if the policy says so and it is
        certain who left; in any case a person is asked whether it was meant."""
        rows = self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("partner_id", "in", partners.ids),
                ("status", "=", "in"),
            ]
        )
        gone = rows.mapped("partner_id") - self.still_there(chat, partners, fact)
        if not gone:
            return
        sentence = self.gone_sentence(gone, fact)
        together = self.went_together(chat, fact)
        if together:
            questions.Questions(self.classroom).log(sentence)
            self.hold(chat, together | gone)
            return
        # people who are asked about already need nothing more
        gone -= rows.filtered(lambda one: one.question == "gone").mapped("partner_id")
        if not gone:
            return
        is_sure = len(gone) == 1 and rows.filtered(lambda r: r.partner_id == gone).role == "student"
        if is_sure and chat.leave_policy == "unenrol":
            if self.classroom._telegram_unenrol(gone, fact) is not False:
                roster.ClassRoster(self.classroom).sync(partners=gone)
                sentence = _("%s The enrolment was ended because of it.") % sentence
        questions.Questions(self.classroom).question(chat, gone, "left")
        questions.Questions(self.classroom).ask(
            "left", _("Telegram: somebody left the group"), sentence
        )

    def went_together(self, chat, fact):
        """Return the people who left together with the one of this fact, if they are too many to
        have meant it; else none."""
        rows = self.env["telegram.roster"].search([("chat_id", "=", chat.id)])
        belong = rows.filtered(lambda row: row.status == "in" or row.question)
        at = fact._instant(None)
        facts = self.env["telegram.inbox"].search(
            [
                ("chat_id", "=", chat.id),
                ("kind", "in", ("member_left", "member_removed")),
                ("occurred_at", ">=", at - rules.WITHIN),
                ("occurred_at", "<=", at + rules.WITHIN),
            ]
        )
        departures = {}
        for leaving in facts:
            if not leaving._payload().get("by_us"):
                for partner in leaving._persons(leaving._payload()) & belong.mapped("partner_id"):
                    departures[partner.id] = leaving._instant(None)
        return self.env["res.partner"].browse(rules.crowd(at, departures, len(belong)))

    def hold(self, chat, people):
        """Keep the enrolments of these people, who left at once, until a person has answered;
        enrolments that were just ended are restored."""
        rows = self.env["telegram.roster"].search(
            [("chat_id", "=", chat.id), ("partner_id", "in", people.ids)]
        )
        for row in rows.filtered(lambda one: one.status == "out" and one.question == "left"):
            self.classroom._telegram_reinstate(row.partner_id)
        roster.ClassRoster(self.classroom.with_context(telegram_quietly=True)).sync()
        questions.Questions(self.classroom).question(chat, people, "gone")
        held = rows.filtered(lambda one: one.question == "gone").mapped("partner_id")
        questions.Questions(self.classroom).ask(
            "gone",
            _("Telegram: %s people went at once") % len(held),
            _(
                "%s people left the Telegram group or were removed from it within some minutes. Their "
                "enrolments are kept until you say what was meant: put all back, or end them."
            )
            % len(held),
        )

    def went_rows(self, chat, partner):
        """Return the roster rows of `partner` with a question that waits for an answer."""
        return self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("partner_id", "in", partner.ids),
                ("question", "!=", False),
            ]
        )

    def put_back(self, chat, rows):
        """Restore the people of these roster rows as members of the class: they are wanted back."""
        for row in rows.filtered(lambda one: one.status != "in"):
            if self.classroom._telegram_enrol(row.partner_id, self.env["telegram.inbox"]) is False:
                raise UserError(
                    _("%s could not be enrolled. Choose another way for this person.")
                    % row.partner_id.display_name
                )
        still_in = rows.filtered(lambda one: one.status == "in").mapped("partner_id")
        people = rows.mapped("partner_id")
        questions.Questions(self.classroom).question(chat, people, False)
        roster.ClassRoster(self.classroom).sync()
        accounts = [one.tg_user_id for one in people._telegram_contacts() if one.tg_user_id]
        if accounts:
            chat.sudo()._reconcile(put_back=accounts)
        if still_in and chat._row().state == "ready":
            self.env["telegram.bot"].sudo()._invite(chat.sudo(), still_in, is_again=True)
        names = ", ".join(people[:NAMES_MAX].mapped("display_name"))
        questions.Questions(self.classroom).log(
            _("%s: put back into the class, and the link was sent again.") % names
        )

    def meant(self, chat, rows):
        """End the held enrolments of these roster rows: it was meant that these people left."""
        held = rows.filtered(lambda one: one.question == "gone" and one.role == "student")
        people, ended = rows.mapped("partner_id"), held.mapped("partner_id")
        questions.Questions(self.classroom).question(chat, people, False)
        if chat.leave_policy == "unenrol":
            for partner in ended:
                self.classroom._telegram_unenrol(partner, self.departure(chat, partner))
        roster.ClassRoster(self.classroom).sync()
        names = ", ".join(people[:NAMES_MAX].mapped("display_name"))
        questions.Questions(self.classroom).log(
            _("%s: it was meant that they went from the group.") % names
        )

    def departure(self, chat, partner):
        """Return the fact that reported that `partner` left; empty if it was pruned."""
        facts = self.env["telegram.inbox"].search(
            [("chat_id", "=", chat.id), ("kind", "in", ("member_left", "member_removed"))],
            order="id desc",
            limit=500,
        )
        return facts.filtered(lambda one: partner in one._persons(one._payload()))[:1]

    def answer_all(self, answer):
        """Answer for everybody who left these classes' groups and is asked about. answer:
        `put_back` or `meant`. Raises AccessError for users who may not decide."""
        for record in self.classroom:
            chat = Departures(record).decidable()
            rows = (
                record.sudo()
                .env["telegram.roster"]
                .search([("chat_id", "=", chat.id), ("question", "=", "gone")])
            )
            if rows:
                getattr(Departures(record.sudo()), answer)(chat, rows)

    def still_there(self, chat, partners, fact):
        """Return the partners who are in the group with another account of theirs."""
        members = self.env["telegram.member"].search(
            [
                ("chat_id", "=", chat.id),
                ("seen_status", "=", "in"),
                ("tg_user_id", "!=", fact._payload().get("tg_user_id") or 0),
            ]
        )
        accounts = [tg_user_id for tg_user_id in members.mapped("tg_user_id") if tg_user_id]
        contacts = self.env["telegram.contact"].search(
            [
                ("partner_id", "in", partners.ids),
                ("state", "=", "confirmed"),
                ("tg_user_id", "in", accounts),
            ]
        )
        return contacts.mapped("partner_id")

    def gone_sentence(self, gone, fact):
        """Return a sentence about people who left or were removed, in the context's language."""
        names = ", ".join(gone.mapped("display_name"))
        if fact.kind == "member_left" and fact._payload().get("is_witnessed") is False:
            return _("%s is not in the Telegram group any more; nobody saw why.") % names
        if fact.kind == "member_left":
            return _("%s left the Telegram group.") % names
        who = self.who(fact)
        if who:
            return _("%s was removed from the Telegram group by %s.") % (names, who)
        return _("%s was removed from the Telegram group.") % names

    def who(self, fact):
        """Return the name of the person who did it, by Telegram or by the school's records; may be
        empty."""
        by = fact._payload().get("by")
        if not by:
            return ""
        partners = self.env["telegram.contact"]._partners(by)
        member = self.env["telegram.member"].search(
            [("chat_id", "=", fact.chat_id.id), ("tg_user_id", "=", by)], limit=1
        )
        account = self.env["telegram.account"].search([("tg_user_id", "=", by)], limit=1)
        if account:
            return _("the school's account %s") % (account.name or account.username or by)
        return ", ".join(partners.mapped("display_name")) or member.name or str(by)

    def decidable(self):
        """Return the chats of these records, for a decision about their people. Raises AccessError
        for users who may not decide about them."""
        chats = self.classroom.sudo().mapped("telegram_chat_id")
        check_may_write(chats.with_user(self.env.user))
        return chats
