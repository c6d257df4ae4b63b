"""Lessons and attendance of pupils, guardians and teachers, for schools whose own portal has no
pages of them."""

from datetime import timedelta

from werkzeug.utils import redirect

from odoo import fields
from odoo.http import request, route

from odoo.addons.lesson_register.rules import asked
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..services.attendance.own_lines import OwnLines
from ..services.calls.own_lessons import OwnLessons, on_our_portal

#: Lessons, or lines, on a page.
STEP = 30
#: The numbers of days back that the page offers; 0: all.
RANGES = ("30", "90", "365", "0")


class TelegramLessonsPortal(CustomerPortal):
    """The pages of a user and of their wards; nobody else can be named."""

    def _telegram_portal_models(self):
        return on_our_portal(request.env)

    def _telegram_lesson_count(self):
        if not self._telegram_portal_models():
            return 0
        return len(self._telegram_ahead(request.env.user.partner_id))

    def _telegram_ahead(self, person, **options):
        domain = [("res_model", "in", self._telegram_portal_models())]
        return OwnLessons(person).since(fields.Datetime.now(), domain, **options)

    def _prepare_portal_layout_values(self):  # Odoo 13 counts here
        values = super()._prepare_portal_layout_values()
        values["telegram_has_lessons"] = bool(self._telegram_portal_models())
        values["telegram_lesson_count"] = self._telegram_lesson_count()
        return values

    def _prepare_home_portal_values(self, counters):  # Odoo 14 counts here
        values = super()._prepare_home_portal_values(counters)
        if "telegram_lesson_count" in counters:
            values["telegram_lesson_count"] = self._telegram_lesson_count()
        return values

    def _telegram_person_values(self, page_name, who):
        """Return the values that both pages have. who: id of a ward, as a text; anything else is
        the user. Without it, somebody who is in no class sees their first ward."""
        me = request.env.user.partner_id
        # a portal user has no right to read their children
        wards = me.sudo()._telegram_wards() - me.sudo()
        person = wards.filtered(lambda ward: str(ward.id) == who)
        if not who and wards and not me._telegram_roster_chats():
            person = wards[:1]
        values = self._prepare_portal_layout_values()
        return dict(
            values,
            page_name=page_name,
            me=me,
            wards=wards,
            persons=me.sudo() | wards,
            person=person or me.sudo(),
        )

    @staticmethod
    def _telegram_pager(path, total, page, **url_args):
        page = asked.number(str(page)) or 1  # Odoo's own fails with digits like “²”
        return portal_pager(path, total, page=page, step=STEP, url_args=url_args)

    @route(
        ["/my/telegram/lessons", "/my/telegram/lessons/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def telegram_my_lessons(self, page=1, who="", **_arguments):
        """Show the lessons to come of the user or of a ward."""
        if not self._telegram_portal_models():
            return redirect("/my")
        values = self._telegram_person_values("telegram_lessons", who)
        person, path = values["person"], "/my/telegram/lessons"
        rows = self._telegram_ahead(person)
        pager = self._telegram_pager(path, len(rows), page, who=person.id)
        shown = rows[pager["offset"] : pager["offset"] + STEP]
        values.update(pager=pager, lessons=self._telegram_lessons(shown, person, values["me"]))
        return request.render("telegram_school.portal_my_lessons", values)

    def _telegram_lessons(self, rows, person, me):
        """Return the lessons as the page shows them: list of dicts. `url`: into the open call, else
        into the group, by the rules of the page of one's classes."""
        own, now = OwnLessons(person), fields.Datetime.now()
        groups = {one["chat_id"]: one["url"] for one in person._telegram_own_classes()}
        lessons = []
        for row in rows.filtered(own.record):
            group = groups.get(row.chat_id.id) or False
            # a child's group is for an account that stands for the child
            join = own.link(row) if person == me or group else False
            lessons.append(
                {
                    "name": row.name,
                    "class": row.chat_id.name,
                    "when": own.when(row),
                    "teacher": row.teacher_id.name,
                    "is_planned": row.is_planned,
                    "is_running": row.is_planned and row.start <= now,
                    "join": join,
                    "group": row.is_planned and group,
                }
            )
        return lessons

    @route(
        ["/my/telegram/attendance", "/my/telegram/attendance/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def telegram_my_attendance(self, page=1, who="", days=RANGES[1], **_arguments):
        """Show the attendance of the user or of a ward, latest lesson first, and what it adds up to
        in each class. days: how many days back, 0: all."""
        if not self._telegram_portal_models():
            return redirect("/my")
        values = self._telegram_person_values("telegram_attendance", who)
        person, path = values["person"], "/my/telegram/attendance"
        days = int(days if days in RANGES else RANGES[1])
        since = days and fields.Datetime.now() - timedelta(days=days)
        own = OwnLines(request.env, person, since or None)
        pager = self._telegram_pager(path, len(own), page, who=person.id, days=days)
        lines = own.page(pager["offset"], STEP)
        lessons = OwnLessons(person)
        whens = {
            line.id: lessons.when(line.lesson_id) if lessons.record(line.lesson_id) else ""
            for line in lines
        }
        values.update(
            days=days,
            ranges=[int(one) for one in RANGES],
            pager=pager,
            lines=lines,
            whens=whens,
            totals=own.totals(),
        )
        return request.render("telegram_school.portal_my_attendance", values)
