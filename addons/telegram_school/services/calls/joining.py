"""The link into the call of a lesson, for one person."""

from datetime import timedelta

from odoo import fields

from ...rules import commands as rules
from ..messages import group_texts
from ..service import LessonService

#: No call is opened longer before its lesson.
SOON = timedelta(days=1)


class Joining(LessonService):
    """Says whether the call of a lesson is open, and by which link a person of the class joins
    it."""

    def is_opened(self):
        """Return whether the lesson's call was opened; a call that was ended is opened again."""
        lesson = self.lesson.sudo()
        start, now = lesson._telegram_start(), fields.Datetime.now()
        chat = lesson._telegram_classroom().telegram_chat_id
        if not chat or not start or start > now + SOON:
            return False
        calls = self.env["telegram.call"]
        own = calls._opened_for(rules.prefix(lesson._name, lesson.id))
        if own.filtered(lambda call: not call.closed_at and call.chat_id == chat):
            return True
        return start <= now and bool(calls._overlapping(chat, start, now))

    def link(self, partner):
        """Return the link by which this partner joins the lesson's call, from its opening until the
        lesson's end; empty at other times, and for people outside the class."""
        lesson = self.lesson.sudo()
        stop, now = lesson._telegram_stop(), fields.Datetime.now()
        if not stop or stop <= now or not lesson._telegram_is_planned():
            return ""
        if not Joining(lesson).is_opened():
            return ""
        classroom = lesson._telegram_classroom()
        own = [("chat_id", "=", classroom.telegram_chat_id.id), ("partner_id", "=", partner.id)]
        if not self.env["telegram.roster"].sudo().search_count(own + [("status", "=", "in")]):
            return ""
        way_in = group_texts.GroupTexts(classroom).way_in(is_private=True)
        return way_in[0][0]["url"] if way_in else ""
