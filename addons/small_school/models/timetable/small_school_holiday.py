"""Holidays: no lessons are made for them; planned ones are cancelled on request."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...rules import timetable as rules
from .planned_lessons import follows_pattern, restore_lessons


class ClassroomHoliday(models.Model):
    """Days without lessons, of a school or of some of its classrooms."""

    _name = "small_school.holiday"
    _description = "Holidays"
    _inherit = "small_school.record.mixin"
    _order = "date_from desc, id desc"

    name = fields.Char("Name", required=True)
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("Until", required=True)
    company_id = fields.Many2one(
        "res.company", "School", required=True, default=lambda self: self.env.company
    )
    classroom_ids = fields.Many2many(
        "small_school.classroom", string="Classrooms", help="Empty: all of the school."
    )
    lesson_count = fields.Integer("Lessons still planned", compute="_compute_lesson_count")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for holiday in self:
            if holiday.date_to < holiday.date_from:
                raise ValidationError(_("The holidays end before they begin: mend the dates."))

    @api.depends("date_from", "date_to", "classroom_ids", "company_id")
    def _compute_lesson_count(self):
        for holiday in self:
            is_complete = holiday.date_from and holiday.date_to and holiday.company_id
            holiday.lesson_count = len(holiday._planned_lessons()) if is_complete else 0

    # -- CRUD -----------------------------------------------------------------------------------

    def write(self, vals):
        before = self._classrooms()
        result = super().write(vals)
        for holiday in self:
            cancelled = holiday._cancelled_lessons()
            restore_lessons(cancelled - holiday._on_these_days(cancelled))
        (before | self._classrooms())._generate()
        return result

    def unlink(self):
        """Plan lessons again that were cancelled because of the holidays."""
        classrooms, cancelled = self._classrooms(), self._cancelled_lessons()
        result = super().unlink()
        restore_lessons(cancelled)
        classrooms._generate()
        return result

    # -- lessons --------------------------------------------------------------------------------

    def _classrooms(self):
        """The classrooms that these holidays are for."""
        classrooms = self.env["small_school.classroom"].sudo()
        for holiday in self.sudo():
            classrooms |= holiday.classroom_ids or classrooms.search(
                [("company_id", "=", holiday.company_id.id)]
            )
        return classrooms

    def _on_these_days(self, lessons):
        """Return the lessons among these that fall on these holidays by their classroom's clock."""
        classrooms = self._classrooms()
        return lessons.filtered(
            lambda lesson: (
                lesson.classroom_id in classrooms
                and self.date_from
                <= rules.local_day(lesson.start, lesson.classroom_id.tz)
                <= self.date_to
            )
        )

    def _planned_lessons(self):
        """Lessons of the timetable on these days that are still planned and that nobody changed."""
        self.ensure_one()
        day = timedelta(days=1)
        lessons = (
            self.env["small_school.lesson"]
            .sudo()
            .search(
                [
                    ("classroom_id", "in", self._classrooms().ids),
                    ("pattern_id", "!=", False),
                    ("state", "=", "planned"),
                    # local clocks are up to 14 hours ahead of UTC, and 12 behind
                    ("start", ">=", fields.Datetime.to_datetime(self.date_from) - day),
                    ("start", "<", fields.Datetime.to_datetime(self.date_to) + 2 * day),
                ]
            )
        )
        return self._on_these_days(lessons.filtered(follows_pattern))

    def _cancelled_lessons(self):
        """Lessons to come that were cancelled because of these holidays."""
        return (
            self.env["small_school.lesson"]
            .sudo()
            .search(
                [
                    ("holiday_id", "in", self.ids),
                    ("state", "=", "cancelled"),
                    ("start", ">", fields.Datetime.now()),
                ]
            )
        )

    def action_cancel_lessons(self):
        """Button: cancel the lessons that are still planned on these days."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for holiday in self:
            holiday._planned_lessons().with_context(classroom_generating=True).write(
                {"state": "cancelled", "cancel_reason": holiday.name, "holiday_id": holiday.id}
            )
        return True
