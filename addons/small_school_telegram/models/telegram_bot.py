from datetime import datetime, time, timedelta
from html import escape

import pytz

from odoo import _, api, fields, models

from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts
from odoo.addons.telegram_school.services.messages.lesson_texts import LessonTexts


class TelegramBot(models.AbstractModel):
    _inherit = "telegram.bot"

    @api.model
    def _telegram_today(self, partner):
        """Also return the partner's lessons of today in each class with a group."""
        lines = super()._telegram_today(partner)
        classrooms = partner._classroom_telegram_classrooms()
        for classroom in classrooms.filtered("telegram_chat_id").sorted("name"):
            is_in = (
                self.env["telegram.roster"]
                .sudo()
                .search_count(
                    [
                        ("chat_id", "=", classroom.telegram_chat_id.id),
                        ("partner_id", "=", partner.id),
                        ("status", "=", "in"),
                    ]
                )
            )
            if is_in:
                lines += self._telegram_today_in(classroom, partner)
        return lines

    @api.model
    def _telegram_today_in(self, classroom, partner):
        """Return today's lessons, by the classroom's clock, and one that runs since yesterday; with
        the link into the call of the open one."""
        at = fields.Datetime.now()
        now = GroupTexts(classroom).local(at)
        begins = self._telegram_utc(now.tzinfo, now.date())
        ends = self._telegram_utc(now.tzinfo, now.date() + timedelta(days=1))
        lessons = (
            self.env["small_school.lesson"]
            .sudo()
            .search(
                [
                    ("classroom_id", "=", classroom.id),
                    ("start", "<", ends),
                    "|",
                    ("start", ">=", begins),
                    ("stop", ">", at),
                ],
                order="start",
            )
        )
        lines = []
        for lesson in lessons:
            line = "• %s–%s <b>%s</b> (%s)" % (
                LessonTexts(lesson).hour(lesson.start),
                LessonTexts(lesson).hour(lesson.stop),
                escape(lesson._telegram_name(), quote=False),
                escape(classroom.name, quote=False),
            )
            if lesson.state == "cancelled":
                line += " – " + _("cancelled")
            link = lesson._join_url_for(partner)
            if link:
                line += ' – <a href="%s">%s</a>' % (escape(link), _("Join"))
            lines.append(line)
        return lines

    @api.model
    def _telegram_utc(self, zone, date):
        """Return midnight of a local day as naive UTC."""
        midnight = datetime.combine(date, time.min)
        # The zone of an aware datetime is fixed to its offset; its name gives the whole zone.
        whole = pytz.timezone(zone.zone) if getattr(zone, "zone", None) else pytz.utc
        return whole.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
