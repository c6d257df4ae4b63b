"""The head of a lesson's page: when it is, and how its call stands."""

from odoo import _, fields
from odoo.tools.misc import format_date

from ...rules import commands as rules
from ..messages import group_texts
from ..service import LessonService
from . import clock

#: How a call stands: to come, running, over, not held, cancelled with its lesson.
TO_COME, RUNNING, OVER, NONE, CANCELLED = "to_come", "running", "over", "none", "cancelled"


class LessonPage(LessonService):
    """Describes a lesson in the reader's language, and by the clock of its class."""

    def when(self):
        """Return the lesson's time as text: "Tuesday, 3 March 2026, 10:00–11:00"; empty without
        one."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        if not start:
            return ""
        local = group_texts.GroupTexts(self.lesson._telegram_classroom()).local
        day = format_date(self.env, local(start).date(), date_format="full")
        if not stop:
            return "%s, %s" % (day, local(start).strftime("%H:%M"))
        return "%s, %s–%s" % (day, self.hour(start), self.hour(stop))

    def hour(self, at):
        local = group_texts.GroupTexts(self.lesson._telegram_classroom()).local
        return local(at).strftime("%H:%M")

    def calls(self):
        """Return the calls of the lesson, as superuser: those that ran in its time, and those that
        were opened for it before."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        calls = self.env["telegram.call"].sudo()
        if not (chat and start and stop):
            return calls
        found = calls._overlapping(chat, start, stop)
        return found | calls._opened_for(rules.prefix(self.lesson._name, self.lesson.id))

    def call(self):
        """Return (how the call stands, a sentence about it)."""
        if not self.lesson._telegram_is_planned():
            reason = self.lesson._telegram_cancel_reason()
            words = _("The lesson is cancelled: %s") % reason if reason else ""
            return CANCELLED, words or _("The lesson is cancelled.")
        if not self.lesson._telegram_classroom().sudo().telegram_chat_id:
            return NONE, _("The class has no Telegram group.")
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        if not (start and stop):
            return NONE, ""
        calls = self.calls()
        running = calls.filtered(lambda call: not call.closed_at)[:1]
        if running:
            return RUNNING, _("The call is open since %s.") % self.hour(running.opened_at)
        now = fields.Datetime.now()
        if stop > now and not calls:
            opening = clock.LessonClock(self.lesson).opening()
            if opening:
                return TO_COME, _("The call opens at %s.") % self.hour(opening)
            if start > now:
                return TO_COME, _("Nobody has opened a call yet.")
            return NONE, _("There is no call at the moment.")
        if not calls:
            return NONE, _("There was no call.")
        first, last = min(calls.mapped("opened_at")), max(calls.mapped("closed_at"))
        return OVER, _("The call is over: %s to %s.") % (self.hour(first), self.hour(last))
