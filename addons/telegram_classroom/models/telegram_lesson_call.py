from odoo import api, models

from ..rules import commands as rules

#: How often a call is opened again that somebody ended before the lesson did.
REOPEN = 3


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
