"""The report of a lesson in its group, and the sheet as a file."""

from odoo import _

from ...rules import attendance
from ...rules import commands as rules
from ..calls import clock
from ..messages import announcements, group_texts, lesson_texts
from ..service import LessonService
from . import channels, sheet


class LessonReport(LessonService):
    """Sends the report of a lesson, and the file that follows it."""

    def send(self, lines):
        """Send the report of the lesson to its group once, if the class wants one. lines: as of
        `LessonSheet.compute`."""
        classroom = self.lesson._telegram_classroom()
        chat = classroom.sudo().telegram_chat_id
        students = [line for line in lines if line["role"] == "student"]
        if not chat or not students or classroom.telegram_report == "none":
            return
        if not group_texts.GroupTexts(classroom).says("report"):
            return
        lesson = self.lesson.with_context(lang=chat.lang)
        chat._send(
            LessonReport(lesson).text(students),
            key=clock.LessonClock(lesson).key("report"),
        )

    def text(self, students):
        """Return the text of the report in the context's language: the number of students with each
        status, the best status first, with names if the class wants them. students: their computed
        lines."""
        classroom = self.lesson._telegram_classroom().with_context(
            lang=self.env.context.get("lang")
        )
        words = sheet.LessonSheet(self.lesson).status_words()
        by_status = {}
        for line in students:
            by_status.setdefault(line["status"], []).append(line["partner"].id)
        counts = []
        # Best first: a school wants to read the present students before the absent ones.
        for status in reversed(attendance.STATUSES):
            if not by_status.get(status):
                continue
            counts += ["\n"] if counts else []
            counts.append(_("%s: %s") % (words[status], len(by_status[status])))
            is_named = classroom.telegram_report == "full" or (
                classroom.telegram_report == "absentees" and status == attendance.ABSENT
            )
            if is_named:
                counts += (
                    [" ("] + announcements.Announcements(classroom).names(by_status[status]) + [")"]
                )
        for sentence in channels.LessonChannels(self.lesson).notes(
            channels.LessonChannels(self.lesson).stays_seen()
        ):
            counts += ["\n", sentence]
        return lesson_texts.LessonTexts(self.lesson).notice(
            "report", count=str(len(students)), counts=counts
        )

    def send_file(self):
        """Ask for the sheet as a file, if the class wants one and its report was written. It is
        made after the report, since making it takes time and may fail."""
        classroom = self.lesson._telegram_classroom().sudo()
        key = clock.LessonClock(self.lesson).key(rules.REPORT)
        if not classroom.telegram_report_pdf or not key:
            return
        if self.env["telegram.outbox"].sudo().search_count([("key", "=", key)]):
            self.env["telegram.attachment"].sudo()._want(
                classroom.telegram_chat_id,
                self.lesson,
                clock.LessonClock(self.lesson).key(rules.FILE),
            )
