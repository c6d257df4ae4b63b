from odoo import _, models

from ..rules import commands as rules
from ..rules.template import parse, render

#: What Telegram lets stand below a file, in UTF-16 units.
CAPTION_MAX = 1024


class TelegramLessonMixin(models.AbstractModel):
    """The sheet as a file that follows the report into the group, where the classroom wants it."""

    _inherit = "telegram.lesson.mixin"

    # -- hook for the adapter -------------------------------------------------------------------

    def _telegram_sheet_file(self):
        """The sheet as everybody in the group may read it (no remarks, no reasons), in the context's
        language: dict(name, mimetype, content bytes). None: the school has no such file."""
        return None

    # -- when -----------------------------------------------------------------------------------

    def _telegram_report(self, lines):
        """The report, and the file soon after it: making one takes time and may fail, and the report
        waits for neither."""
        super()._telegram_report(lines)
        classroom = self._telegram_classroom().sudo()
        key = self._telegram_key(rules.REPORT)
        if not classroom.telegram_report_pdf or not key:
            return
        if self.env["telegram.outbox"].sudo().search_count([("key", "=", key)]):
            self.env["telegram.attachment"].sudo()._want(
                classroom.telegram_chat_id, self, self._telegram_key(rules.FILE)
            )

    def _telegram_attachment(self):
        """Called by `telegram.attachment`, as the superuser, in the language of the chat."""
        classroom = self._telegram_classroom()
        if not classroom.telegram_report_pdf or not self._telegram_is_planned():
            return None  # somebody thought better of it
        made = self._telegram_sheet_file()
        if not made:
            return None
        values = {
            "lesson": self._telegram_name(),
            "when": self._telegram_day_and_hour(self._telegram_start()),
        }
        words = parse(_("Attendance sheet: <b>{lesson}</b>, {when}"), values)
        return dict(made, text=render([(words, values)], CAPTION_MAX))
