from datetime import timedelta

from odoo import api, fields, models

from ..rules import commands as rules

#: How often a call is opened again that somebody ended before the lesson did.
REOPEN = 3
#: No call is opened longer before its lesson.
SOON = timedelta(days=1)


class TelegramLessonMixin(models.AbstractModel):
    """How a lesson's call is to be, and what was announced of it."""

    _inherit = "telegram.lesson.mixin"

    def _telegram_call_options(self):
        """How the lesson's call is to be, as `open_call` wants it."""
        classroom = self._telegram_classroom().sudo()
        options = {"reopen": REOPEN}
        if classroom.telegram_mute_newcomers:
            options["join_muted"] = True
        if classroom.telegram_record in ("audio", "video"):
            options["record"] = classroom.telegram_record
        return options

    # -- joining ----------------------------------------------------------------------------------

    def _telegram_is_opened(self):
        """Whether the lesson's call has been opened; one that was ended is opened again."""
        lesson = self.sudo()
        start, now = lesson._telegram_start(), fields.Datetime.now()
        chat = lesson._telegram_classroom().telegram_chat_id
        if not chat or not start or start > now + SOON:
            return False
        calls = self.env["telegram.call"]
        own = calls._opened_for(rules.prefix(lesson._name, lesson.id))
        if own.filtered(lambda call: not call.closed_at and call.chat_id == chat):
            return True
        return start <= now and bool(calls._overlapping(chat, start, now))

    def _telegram_join_link(self, partner):
        """Where this person of the class gets into the lesson's call, from its opening until the
        lesson's end; empty at other times, and for others."""
        lesson = self.sudo()
        stop, now = lesson._telegram_stop(), fields.Datetime.now()
        if not stop or stop <= now or not lesson._telegram_is_planned():
            return ""
        if not lesson._telegram_is_opened():
            return ""
        classroom = lesson._telegram_classroom()
        own = [("chat_id", "=", classroom.telegram_chat_id.id), ("partner_id", "=", partner.id)]
        if not self.env["telegram.roster"].sudo().search_count(own + [("status", "=", "in")]):
            return ""
        way_in = classroom._telegram_way_in(is_private=True)
        return way_in[0][0]["url"] if way_in else ""

    @api.model
    def _telegram_withdrawal(self, rows, announced):
        """The command that takes back what the command `announced` put into the group, as a list;
        empty where it was written already."""
        key = announced.key[: -len(rules.ANNOUNCE)] + rules.WITHDRAW
        if key in rows:
            return []
        payload = {"announce_key": announced.key}
        return [
            {
                "chat_id": announced.chat_id.id,
                "kind": "withdraw_call",
                "payload": payload,
                "priority": 10,
                "key": key,
            }
        ]
