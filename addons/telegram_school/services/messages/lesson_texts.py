"""Texts about a lesson, for the group and for single people."""

from odoo import fields
from odoo.tools.misc import format_date

from ...rules import commands as rules
from ...rules import revision
from ..calls import clock, log
from ..identity.persons import Persons
from ..service import LessonService
from . import group_texts


class LessonTexts(LessonService):
    """Writes the texts about a lesson: reminder, correction, cancellation."""

    def hour(self, at):
        return group_texts.GroupTexts(self.lesson._telegram_classroom()).local(at).strftime("%H:%M")

    def day_and_hour(self, at):
        local = group_texts.GroupTexts(self.lesson._telegram_classroom()).local(at)
        return "%s, %s" % (format_date(self.env, local.date()), local.strftime("%H:%M"))

    def notice(self, kind, **values):
        """Return the text of a notice about this lesson, in the context's language; empty if the
        class does not want it. values: in addition to `self.values()`."""
        classroom = self.lesson._telegram_classroom().with_context(
            lang=self.env.context.get("lang")
        )
        if not group_texts.GroupTexts(classroom).says(kind):
            return ""
        # hours are shown to the minute
        minute = fields.Datetime.now().replace(second=0, microsecond=0)
        values.setdefault("is_begun", self.lesson._telegram_start() < minute)
        return group_texts.GroupTexts(classroom).text([(kind, dict(self.values(), **values))])

    def values(self):
        """Return the values for every text about a lesson, in the context's language and the
        class's time."""
        classroom = self.lesson._telegram_classroom()
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        opening = clock.LessonClock(self.lesson).opening()
        teacher = Persons(self.env).partners(self.lesson._telegram_teacher())[:1]
        return {
            "lesson": self.lesson._telegram_name(),
            "teacher": teacher.name or "",
            "day": format_date(self.env, group_texts.GroupTexts(classroom).local(start).date()),
            "start": self.hour(start),
            "end": self.hour(stop),
            "opening": self.hour(opening) if opening else "",
        }

    def reminder_text(self):
        """Return the reminder, in the context's language and the class's time."""
        return self.notice("reminder")

    def farewells(self):
        """Return [(chat, text)] for lessons that are about to be deleted after their reminder was
        sent or their call opened."""
        farewells = []
        for lesson in self.lesson:
            rule = clock.LessonClock(lesson).rule()
            if not rule or not rule.planned or rule.stop <= fields.Datetime.now():
                continue
            rows = clock.LessonClock(lesson).rows()
            begun = [rows.get(rules.key(rule, part)) for part in (rules.REMIND, rules.OPEN)]
            if any(row and row.state in revision.BEGUN for row in begun):
                chat = lesson._telegram_classroom().telegram_chat_id
                spoken = lesson.with_context(lang=chat.lang)
                farewells.append((chat, LessonTexts(spoken).cancelled_text(rule.start)))
        return farewells

    def cancelled_text(self, was_at):
        """Return the notice of the cancellation in the context's language; empty if it is not
        wanted."""
        before, reason = self.day_and_hour(was_at), self.lesson._telegram_cancel_reason()
        return self.notice("cancelled", before=before, reason=reason or "")

    def send_correction(self, before):
        """Correct a reminder that was sent, or a call that was opened, and no longer holds: once
        for each change. before: as of `LessonClock.told_before`."""
        was_at, was_until, classroom = before
        chat = classroom.sudo().telegram_chat_id
        # Corrections of the past are not announced.
        if not chat or not was_at or was_until <= fields.Datetime.now():
            return
        text = LessonTexts(self.lesson.sudo().with_context(lang=chat.lang)).correction_text(was_at)
        if text:
            corrections = (
                log.LessonLog(self.lesson).rows().filtered(lambda row: row.key.endswith(":told"))
            )
            about = rules.prefix(self.lesson._name, self.lesson.id) + rules.iso(was_at)
            chat._send(text, priority=30, key="%s/%d:told" % (about, len(corrections) + 1))

    def correction_text(self, was_at):
        """Return what differs from the reminder, in the context's language; empty if nothing
        does."""
        if not self.lesson._telegram_is_planned():
            return self.cancelled_text(was_at)
        return self.moved_text(was_at)

    def moved_text(self, was_at):
        """Return the notice of the new time in the context's language; empty if it is no news, or
        not wanted."""
        start, now = self.lesson._telegram_start(), fields.Datetime.now()
        if start == was_at or self.lesson._telegram_stop() <= now or max(start, was_at) <= now:
            return ""
        words = [self.day_and_hour(at) for at in (was_at, start)]
        return self.notice("moved", before=words[0], now=words[1], is_begun=start <= now)

    def spoken_classroom(self):
        return self.lesson._telegram_classroom().with_context(lang=self.env.context.get("lang"))
