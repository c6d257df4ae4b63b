from odoo import api, fields, models

from ...services.attendance.guests import LessonGuests
from ...services.messages.lesson_texts import LessonTexts


class TelegramMember(models.Model):
    """The stays of a lesson's guests. `telegram_lesson_id` in the context says which
    `telegram.lesson` is meant."""

    _inherit = "telegram.member"

    call_times = fields.Char("In the lesson", compute="_compute_call")
    call_minutes = fields.Float("Minutes", digits=(16, 1), compute="_compute_call")

    @api.depends_context("telegram_lesson_id")
    def _compute_call(self):
        # users learn nothing about lessons that they may not see
        row = self.env["telegram.lesson"].search(
            [("id", "=", self.env.context.get("telegram_lesson_id") or 0)]
        )
        lesson = row and row._lesson().sudo()
        guests = LessonGuests(lesson).stays() if lesson else {}
        for member in self:
            stay = guests.get(member.tg_user_id)
            member.call_minutes = stay[2] / 60 if stay else 0
            hours = [LessonTexts(lesson).hour(at) for at in stay[:2]] if stay else []
            member.call_times = "–".join(hours)
