"""Messages about a lesson besides its reminder and report: the opening of its call, and the notices
that single people have chosen, by the bot or by e-mail."""

from odoo import fields

from ...rules import bounds
from ...rules import commands as rules
from ..calls import clock
from ..calls.written import CLOCK, PRIVATE, Written
from ..membership import roster
from ..service import LessonService
from . import group_texts, lesson_texts


class LessonMessages(LessonService):
    """Tells the group and single people about a lesson."""

    def send_opened(self):
        """Say in the group, and to the people who chose it, that the lesson's call is open."""
        lesson = self.lesson.sudo()
        rule = clock.LessonClock(lesson).rule()
        if not rule or not rule.planned or rule.stop <= fields.Datetime.now():
            return
        chat = lesson._telegram_classroom().telegram_chat_id
        spoken = lesson.with_context(lang=chat.lang)
        text = lesson_texts.LessonTexts(spoken).notice("opened")
        if text:
            buttons = group_texts.GroupTexts(
                lesson_texts.LessonTexts(spoken).spoken_classroom()
            ).way_in()
            # said once, even if the call is opened again
            key, until = rules.key(rule, "opened"), rule.stop
            chat._send(text, buttons, priority=30, key=key, expires_at=until)
        LessonMessages(spoken).tell_people("opened", "opened:%s" % rules.key(rule, "opened"))

    def standing(self):
        return self.lesson._telegram_start(), bool(self.lesson._telegram_is_planned())

    def tell_change(self, was_at, was_planned):
        if not was_planned or not was_at:
            return
        if not self.lesson._telegram_is_planned():
            self.tell_everybody("cancelled", was_at)
        elif self.lesson._telegram_start() and self.lesson._telegram_start() != was_at:
            self.tell_everybody("moved", was_at)

    def tell_everybody(self, kind, was_at):
        """Tell single people about a change of a lesson that is, or was, to be held within some
        days. was_at: its former start, naive UTC."""
        now = fields.Datetime.now()
        if not now < was_at <= now + bounds.HORIZON:
            return
        # a lesson that is moved there and back, and there again, is announced each time
        key = "%s:%s:%s:%s" % (
            kind,
            self.lesson._name,
            self.lesson.id,
            fields.Datetime.to_string(now),
        )
        self.tell_people(kind, key, was_at)
        self.env["telegram.notice.mail"]._tell_change(self.lesson, kind, was_at)

    def single_text(self, kind, was_at=None):
        """The text of a notice for one person, in the context's language."""
        if not was_at:
            return lesson_texts.LessonTexts(self.lesson).notice(kind)
        if kind == "cancelled":
            return lesson_texts.LessonTexts(self.lesson).cancelled_text(was_at)
        return lesson_texts.LessonTexts(self.lesson).moved_text(was_at)

    def receivers(self, kind):
        """Return [(res.partner, Telegram id)] of the people on the group's roster whom the bot
        tells this kind of notice."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        if not chat._is_there() or not group_texts.GroupTexts(
            self.lesson._telegram_classroom()
        ).says(kind):
            return []
        self.env["base"].flush()
        # the group's people only: a domain would search everybody whom the school knows
        self.env.cr.execute(
            "SELECT r.partner_id FROM telegram_roster r WHERE r.chat_id = %s AND r.status = 'in'"
            " AND (SELECT p.active AND p.telegram_private_kinds LIKE %s FROM res_partner p"
            "      WHERE p.id = r.partner_id)",
            [chat.id, "%%%s%%" % kind],
        )
        people = [row[0] for row in self.env.cr.fetchall()]
        if not people:
            return []
        contacts = self.env["res.partner"].sudo().browse(people)._telegram_contacts()
        # one message for an account that several people share
        partner_by_account = {one.tg_user_id: one.partner_id for one in contacts}
        return [(partner, tg_user_id) for tg_user_id, partner in sorted(partner_by_account.items())]

    def private_row(self, partner, tg_user_id, kind, key, was_at=None, **values):
        """Return a list of the values of one message for the outbox; empty if there is nothing to
        say. values: further ones."""
        bot = self.env["telegram.bot"]
        spoken = self.lesson.with_context(lang=bot._lang(partner))
        text = LessonMessages(spoken).single_text(kind, was_at)
        if not text:
            return []
        classroom = lesson_texts.LessonTexts(spoken).spoken_classroom()
        chat = classroom.sudo().telegram_chat_id
        buttons = [
            [dict(one, text=chat.name)] for [one] in group_texts.GroupTexts(classroom).way_in(True)
        ]
        payload = {"text": text, "buttons": buttons, "silent": False}
        row = {"tg_user_id": tg_user_id, "pool": chat.pool_name, "kind": "send", "priority": 40}
        return [dict(row, payload=payload, key="%s:%s" % (key, tg_user_id), **values)]

    def tell_people(self, kind, key, was_at=None):
        rows = []
        for partner, tg_user_id in self.receivers(kind):
            rows += self.private_row(partner, tg_user_id, kind, "private:%s" % key, was_at)
        self.env["telegram.outbox"].sudo()._enqueue(rows)

    def write_private(self):
        """Make the outbox hold the private reminders that are wanted now."""
        written = Written(self.lesson.sudo())
        for lesson in self.lesson.sudo():
            LessonMessages(lesson).write_one(written)
        written.write()

    def write_one(self, written):
        """Have `written` write the reminders that are wanted for this lesson now, and withdraw the
        others."""
        outbox = self.env["telegram.outbox"].sudo()
        known = written.rows(self.lesson, PRIVATE)
        rule = clock.LessonClock(self.lesson).rule(written.rows(self.lesson, CLOCK))
        settings = roster.ClassRoster(self.lesson._telegram_classroom()).settings()
        reminders = [
            one
            for one in (rules.commands(rule, settings) if rule else [])
            if one.part == rules.REMIND and one.expires_at > fields.Datetime.now()
        ]
        wanted = {}
        for command in reminders:
            times = {
                "due_at": command.due_at,
                "expires_at": clock.LessonClock(self.lesson).reminder_expires(),
            }
            key = "private:%s" % command.key
            asked = ("reminder", self.lesson._telegram_classroom())
            for partner, tg_user_id in written.once(asked, lambda: self.receivers("reminder")):
                for row in self.private_row(partner, tg_user_id, "reminder", key, **times):
                    wanted[row["key"]] = dict(row, chat_id=False)
        outbox._cancel(
            [key for key, row in known.items() if row.state == "pending" and key not in wanted]
        )
        written.to_write += [
            row
            for key, row in wanted.items()
            if clock.LessonClock(self.lesson).differs(known.get(key), row)
        ]

    def tell_guardians(self, lines):
        """Tell guardians about absences, if they agreed to it, after the quiet hours. lines: as of
        `LessonSheet.compute`."""
        classroom = self.lesson._telegram_classroom()
        if not classroom.sudo().telegram_chat_id or not group_texts.GroupTexts(classroom).says(
            "absence"
        ):
            return
        due_at = group_texts.GroupTexts(classroom).after_quiet(fields.Datetime.now())
        rows = []
        for line in lines:
            if line["role"] != "student" or line["status"] != "absent":
                continue
            student = line["partner"].sudo()
            guardians = student._telegram_told_guardians().filtered(
                lambda one: "absence" in one._telegram_wishes()
            )
            for contact in guardians._telegram_contacts():
                rows.append(self.absence_row(student, contact, due_at))
        self.env["telegram.outbox"].sudo()._enqueue(rows)

    def absence_row(self, student, contact, due_at):
        """Return the values of the message to a guardian about an absence, for the outbox. due_at:
        naive UTC."""
        lang = self.env["telegram.bot"]._lang(contact.partner_id, contact.lang_code)
        text = lesson_texts.LessonTexts(self.lesson.with_context(lang=lang)).notice(
            "absence", student=student.name or ""
        )
        key = "absence:%s:%s:%s" % (
            clock.LessonClock(self.lesson).key("report"),
            student.id,
            contact.tg_user_id,
        )
        return {
            "tg_user_id": contact.tg_user_id,
            "pool": self.lesson._telegram_classroom().sudo().telegram_chat_id.pool_name,
            "kind": "send",
            "payload": {"text": text, "buttons": [], "silent": False},
            "key": key,
            "due_at": due_at,
        }
