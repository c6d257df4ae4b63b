"""Changing one lesson, or its weekly lesson from some day on."""

from datetime import time, timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...models.timetable.small_school_pattern import WEEKDAYS
from ...models.timetable.planned_lessons import update_lesson
from ...rules import timetable as rules

from ..own_rights import OwnRights


class ClassroomLessonChange(OwnRights, models.TransientModel):
    """Changes one lesson of a timetable, all from it on, or all that are still to come."""

    _name = "small_school.lesson.change"
    _inherit = "small_school.record.mixin"
    _description = "Change the timetable"

    lesson_id = fields.Many2one("small_school.lesson", "Lesson", required=True, readonly=True)
    scope = fields.Selection(
        [
            ("lesson", "This lesson only"),
            ("following", "This one and those after it"),
            ("all", "All that are still to come"),
        ],
        "Change",
        required=True,
        default="lesson",
    )
    name = fields.Char("Subject", required=True)
    teacher_id = fields.Many2one("res.partner", "Teacher")
    date = fields.Date("Day")
    on_monday = fields.Boolean("Monday")
    on_tuesday = fields.Boolean("Tuesday")
    on_wednesday = fields.Boolean("Wednesday")
    on_thursday = fields.Boolean("Thursday")
    on_friday = fields.Boolean("Friday")
    on_saturday = fields.Boolean("Saturday")
    on_sunday = fields.Boolean("Sunday")
    hour = fields.Float("Time", required=True)
    duration = fields.Float("Duration", required=True)
    tz = fields.Char("Time zone", readonly=True)

    @api.model
    def default_get(self, names):
        """Return the present values of the lesson: after moving it in the calendar, a user only has
        to choose which others follow."""
        values = super().default_get(names)
        lesson = self.env["small_school.lesson"].browse(self.env.context.get("active_id"))
        if lesson.exists():
            values.update(self._values_of(lesson))
        return {name: value for name, value in values.items() if name in names}

    @api.model
    def _values_of(self, lesson):
        """The values of this window for a lesson, by the classroom's clock."""
        pattern = lesson.pattern_id.sudo()
        zone = lesson.sudo().classroom_id.tz
        local = pytz.utc.localize(lesson.start).astimezone(pytz.timezone(zone))
        values = {name: pattern[name] for name in WEEKDAYS}
        if pattern and lesson.pattern_date != local.date():  # the lesson was moved to another day
            values[WEEKDAYS[lesson.pattern_date.weekday()]] = False
            values[WEEKDAYS[local.weekday()]] = True
        return dict(
            values,
            lesson_id=lesson.id,
            name=lesson.name,
            teacher_id=lesson.teacher_id.id,
            date=local.date(),
            hour=local.hour + local.minute / 60.0,
            duration=(lesson.stop - lesson.start).total_seconds() / 3600,
            tz=zone,
        )

    def action_change(self):
        """Button: change the lesson, or the lessons."""
        self.ensure_one()
        lesson = self.lesson_id
        if self.scope == "lesson":
            self._change_lesson(lesson)
        elif not lesson.pattern_id:
            raise UserError(_("This lesson does not come from a timetable: change it alone."))
        elif not self.env.user.has_group("small_school.group_supervisor"):
            raise AccessError(_("Only a supervisor may change the timetable."))
        else:
            self._change_pattern(lesson)
        return {"type": "ir.actions.act_window_close"}

    def _change_lesson(self, lesson):
        """Write the values of this window to the lesson. Raises UserError for a time that is
        none."""
        minutes = round(60 * self.hour)
        if not 0 <= minutes < 24 * 60:
            raise UserError(_("The time is between 00:00 and 23:59."))
        at = time(minutes // 60, minutes % 60)
        start = rules.utc(self.date, at, lesson.sudo().classroom_id.tz)
        values = {
            "name": self.name,
            "teacher_id": self.teacher_id.id,
            "start": start,
            "stop": start + timedelta(minutes=round(60 * self.duration)),
        }
        update_lesson(lesson, values)

    def _change_pattern(self, lesson):
        """Change the weekly lesson, from this lesson's day on or as a whole."""
        pattern = lesson.pattern_id
        values = {name: self[name] for name in WEEKDAYS}
        values.update(
            name=self.name,
            teacher_id=self.teacher_id.id,
            hour=self.hour,
            duration=self.duration,
        )
        own_day = lesson.pattern_date
        now_day = rules.local_day(lesson.start, lesson.classroom_id.tz)
        if self.scope == "following":
            pattern = pattern._split(min(own_day, now_day), {})
        # a lesson that was moved by hand follows its weekly lesson again, on its new day
        weekdays = {day for day, name in enumerate(WEEKDAYS) if values[name]}
        vals = {"is_changed": False}
        taken = pattern.sudo().lesson_ids.mapped("pattern_date")
        if now_day.weekday() in weekdays and now_day not in taken:
            vals["pattern_date"] = now_day
            if now_day < pattern.date_from:
                values["date_from"] = now_day
        lesson.sudo().with_context(classroom_generating=True).write(vals)
        pattern.write(values)
