"""Handlers of events in a class's group: the event's name → the work on the class. An echo of our
own change finds nothing to do here."""

import re

from odoo import _
from odoo.exceptions import UserError

from ...rules.admission import REFUSED
from ...rules.bounds import NAMES_MAX
from ..attendance import sheet, timeline
from ..calls import clock, given_up
from ..messages import group_texts, lesson_people
from ..service import ClassService
from . import admission, departures, questions, roster, strangers

_ID = re.compile("[0-9]{1,9}$")


class ClassFacts(ClassService):
    """Handlers of events in the group of a class; see `telegram.chat.owner.mixin` for their
    arguments.
    """

    def chat_ready(self, chat, fact):
        """The group is there: write what had to wait for it, and send its welcome."""
        # these messages are about the group, and waited for it
        lessons = roster.ClassRoster(self.classroom).lessons()
        clock.LessonClock(lessons).write_commands()
        lesson_people.LessonMessages(lessons).write_private()
        tg_chat_id = chat._row().tg_chat_id
        if chat.active and chat.is_reviewed and tg_chat_id:
            group_texts.GroupTexts(self.classroom).tell(
                "welcome", {}, key="welcome:%s:%s" % (chat.id, tg_chat_id)
            )

    def title_changed(self, chat, title, fact):
        if title != roster.ClassRoster(self.classroom).chat_values().get("name"):
            self.classroom.write({self.classroom._rec_name or "name": title})

    def people_united(self, chat):
        roster.ClassRoster(self.classroom).sync()

    def bound(self, chat):
        self.classroom.invalidate_cache()
        self.classroom.sudo().write({"telegram_enabled": True})

    def review_wanted(self, chat, fact):
        """Ask for a review of the people in an existing group."""
        questions.Questions(self.classroom).ask(
            "review",
            _("Telegram: look at who is in the group"),
            _(
                "This class uses a Telegram group that was there before. Nobody is removed from it "
                "before somebody has looked at who is in it, on the group's page, and said whether "
                "its members may go on adding people."
            ),
        )

    def reviewed(self, chat, enrol, unenrol):
        """Carry out the review: enrol and unenrol these partners. Raises UserError for somebody
        whom the school cannot enrol or unenrol here."""
        nothing = self.env["telegram.inbox"]
        for partner in enrol:
            if self.classroom._telegram_enrol(partner, nothing) is False:
                raise UserError(
                    _("%s could not be enrolled. Choose another way for this person.")
                    % partner.display_name
                )
        for partner in unenrol:
            if self.classroom._telegram_unenrol(partner, nothing) is False:
                raise UserError(
                    _("The enrolment of %s could not be ended here. Choose another way.")
                    % partner.display_name
                )
        roster.ClassRoster(self.classroom).sync()

    def role_changed(self, chat, partners, role, fact):
        """Log that somebody else changed a person's role in the group, and how it is handled."""
        payload = fact._payload()
        name = ", ".join(partners.mapped("display_name")) or payload.get("name") or ""
        who = departures.Departures(self.classroom).who(fact)
        if role == "admin":
            sentence = _("%s was made an administrator of the Telegram group by %s.")
            silent = _("%s was made an administrator of the Telegram group.")
        else:
            sentence = _("%s is no longer an administrator of the Telegram group, because of %s.")
            silent = _("%s is no longer an administrator of the Telegram group.")
        sentence = sentence % (name, who) if who else silent % name
        outcome = {
            "restore": _("It is put back as the school has it."),
            "accept": _("It is left so."),
        }[chat.promotion_policy]
        questions.Questions(self.classroom).log("%s %s" % (sentence, outcome))

    def broken(self, chat, sentence, fact):
        questions.Questions(self.classroom).ask(
            "broken",
            _("Telegram: the group needs you"),
            _("The Telegram group stands still, nobody is enrolled or removed: %s.") % sentence,
        )

    def account_deleted(self, chat, partners, fact):
        """Ask for a new personal link for people who deleted their account."""
        questions.Questions(self.classroom).ask(
            "account",
            _("Telegram: a new personal link is needed"),
            _(
                "%s deleted their Telegram account. The enrolment stays; to come back into the "
                "group, a new personal link is needed, from the person's form."
            )
            % ", ".join(partners.mapped("display_name")),
        )

    def removals_held(self, chat, members, fact):
        """Ask for the confirmation of removals that exceed the removal limit."""
        names = ", ".join(members[:NAMES_MAX].mapped("display_person"))
        questions.Questions(self.classroom).ask(
            "removals",
            _("Telegram: confirm removals"),
            _(
                "%s people would be removed from the Telegram group at once: %s. Nobody is removed "
                "before somebody has confirmed it on the group's page."
            )
            % (len(members), names),
        )

    def question(self, chat, question):
        questions.Questions(self.classroom).ask(
            "identity", _("Telegram: an identity to sort out"), question.sentence
        )

    def call_opened(self, chat, call, fact):
        lesson = self.lesson_of(fact._payload().get("open_key"))
        if lesson:
            lesson_people.LessonMessages(lesson).send_opened()
            lesson._telegram_on_opened(call)
        timeline.Timeline(self.env["telegram.lesson.mixin"]).hint_in(chat)

    def call_closed(self, chat, call, fact):
        """Make the sheet of the call's lesson final, or compute it again if the lesson goes on."""
        payload = fact._payload()
        lesson = self.lesson_of(payload.get("close_key"))
        if lesson and clock.LessonClock(lesson).is_last_close(payload["close_key"]):
            sheet.LessonSheet(lesson).finish()
            return
        # The call ended before its time, or for a lesson that was moved since.
        lesson = lesson or self.lesson_of(payload.get("open_key") or call.open_key)
        if lesson:
            sheet.LessonSheet(lesson).refresh()

    def call_kept(self, chat, call, fact):
        key = fact._payload().get("close_key")
        lesson = self.lesson_of(key)
        if lesson and clock.LessonClock(lesson).is_last_close(key):
            sheet.LessonSheet(lesson).finish()

    def call_given_up(self, chat, fact):
        payload = fact._payload()
        lesson = self.lesson_of(payload.get("open_key"))
        if lesson:
            given_up.CallGivenUp(lesson).tell(chat, payload)

    def lesson_of(self, key):
        """Return the lesson that a command's key names; empty if it is none of ours, or deleted."""
        parts = (key or "").split(":")
        if len(parts) < 4 or parts[0] != "lesson" or not _ID.match(parts[2]):
            return self.env["telegram.lesson.mixin"]
        names = [model._name for model in self.env["telegram.lesson.mixin"]._telegram_models()]
        if parts[1] not in names:
            return self.env["telegram.lesson.mixin"]
        lesson = self.env[parts[1]].browse(int(parts[2])).exists()
        if lesson and lesson._telegram_classroom() == self.classroom:
            return lesson
        return self.env["telegram.lesson.mixin"]

    def member_left(self, chat, partners, fact):
        departures.Departures(self.classroom).handle(chat, partners, fact)

    def member_removed(self, chat, partners, fact):
        departures.Departures(self.classroom).handle(chat, partners, fact)

    def member_joined(self, chat, partners, fact):
        admission.Admission(self.classroom).admit(chat, partners, fact)

    def request_waiting(self, chat, partners, fact):
        admission.Admission(self.classroom).admit(chat, partners, fact)

    def stranger_put_out(self, chat, fact):
        """Tell the teachers and supervisors that a stranger was removed: by the bot, else by an
        activity."""
        questions.Questions(self.classroom).log(
            strangers.Strangers(self.classroom).text(fact, html=False)
        )
        rows = self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("status", "=", "in"),
                ("role", "in", ("teacher", "supervisor")),
            ]
        )
        people = rows.mapped("partner_id")
        contacts = people._telegram_contacts()
        self.env["telegram.outbox"].sudo()._enqueue(
            [strangers.Strangers(self.classroom).row(chat, contact, fact) for contact in contacts]
        )
        unreached = people - contacts.mapped("partner_id")
        users = self.env["res.users"].search(
            [("partner_id", "in", unreached.ids), ("share", "=", False)]
        )
        if not contacts:
            users |= questions.Questions(self.classroom).deciders()
        strangers.Strangers(self.classroom).activity(fact, users)

    def decided(self, chat, partner, is_enrolled):
        """Carry out the answer for a partner who was a guest, or who left. Returns False if the
        school cannot enrol them here, else True. Raises UserError for an archived contact."""
        went = departures.Departures(self.classroom).went_rows(chat, partner)
        if went:
            (
                departures.Departures(self.classroom).put_back
                if is_enrolled
                else departures.Departures(self.classroom).meant
            )(chat, went)
            return True
        if is_enrolled and not partner.active:
            raise UserError(
                _("The contact of %s is archived: restore it, then enrol them.")
                % partner.display_name
            )
        if is_enrolled:
            if self.classroom._telegram_enrol(partner, self.env["telegram.inbox"]) is False:
                return False
            roster.ClassRoster(self.classroom).sync(partners=partner)
            questions.Questions(self.classroom).log(
                _("%s was in the Telegram group, or waited before it, and was enrolled.")
                % partner.display_name
            )
        else:
            roster.ClassRoster(self.classroom).sync(
                admission.Admission(self.classroom).extra(partner, "out", REFUSED), partner
            )
        return True
