from datetime import time, timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...beside import each
from ...rules import timetable as rules

WEEKDAYS = ("on_monday", "on_tuesday", "on_wednesday", "on_thursday", "on_friday")
WEEKDAYS += ("on_saturday", "on_sunday")
#: What a lesson takes over from its pattern, and what decides on which days there is one.
_TAKEN = ("name", "teacher_id", "classroom_id", "hour", "duration")
_DAYS = WEEKDAYS + ("every", "date_from", "date_to", "exception_ids", "active")


class ClassroomPattern(models.Model):
    """A lesson that comes again every week. Its lessons are made some weeks ahead; those that a
    person changed are theirs, the others follow the pattern."""

    _name = "classroom.pattern"
    _description = "Weekly lesson"
    _inherit = "classroom.days.mixin"
    _order = "classroom_id, hour, id"

    classroom_id = fields.Many2one(
        "classroom.classroom", "Classroom", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char("Subject", required=True)
    teacher_id = fields.Many2one("res.partner", "Teacher", ondelete="restrict")
    on_monday = fields.Boolean("Monday")
    on_tuesday = fields.Boolean("Tuesday")
    on_wednesday = fields.Boolean("Wednesday")
    on_thursday = fields.Boolean("Thursday")
    on_friday = fields.Boolean("Friday")
    on_saturday = fields.Boolean("Saturday")
    on_sunday = fields.Boolean("Sunday")
    weekdays_text = fields.Char("Days", compute="_compute_weekdays_text")
    hour = fields.Float(
        "Time", required=True, default=8.0, help="By the classroom's clock, all year round."
    )
    duration = fields.Float("Duration", required=True, default=1.0, help="In hours.")
    every = fields.Integer(
        "Every … weeks",
        required=True,
        default=1,
        help="2: every other week, counted from the week of the first day.",
    )
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until")
    exception_ids = fields.One2many("classroom.pattern.exception", "pattern_id", "Exceptions")
    lesson_ids = fields.One2many("classroom.lesson", "pattern_id", "Lessons")
    generated_until = fields.Date("Lessons made until", readonly=True, copy=False)
    active = fields.Boolean("Active", default=True)
    tz = fields.Selection(related="classroom_id.tz", string="Time zone")
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")

    _sql_constraints = [
        ("hour", "check (hour >= 0 and hour < 24)", "The time is between 00:00 and 23:59."),
        (
            "duration",
            "check (duration > 0 and duration <= 24)",
            "A lesson lasts a day at most: mend its duration.",
        ),
        ("every", "check (every >= 1)", "Say every how many weeks: 1 is each week."),
    ]

    @api.depends(*WEEKDAYS)
    @api.depends_context("lang")
    def _compute_weekdays_text(self):
        for pattern in self:
            words = [
                pattern._fields[name]._description_string(pattern.env)
                for name in WEEKDAYS
                if pattern[name]
            ]
            pattern.weekdays_text = ", ".join(words)

    @api.constrains(*WEEKDAYS)
    def _check_weekdays(self):
        for pattern in self:
            if not any(pattern[name] for name in WEEKDAYS):
                raise ValidationError(_("Choose at least one day of the week."))

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for pattern in self:
            if pattern.date_to and pattern.date_to < pattern.date_from:
                raise ValidationError(_("The timetable ends before it begins: mend the dates."))

    def name_get(self):
        return [(one.id, "%s (%s)" % (one.name, one.weekdays_text)) for one in self]

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        patterns = super().create(vals_list)
        patterns._generate()
        return patterns

    def write(self, vals):
        result = super().write(vals)
        if set(_TAKEN + _DAYS) & set(vals):
            self._generate()
        return result

    def unlink(self):
        """Lessons to come that nobody changed go with their pattern; all others stay."""
        lessons = self.sudo().with_context(active_test=False).mapped("lesson_ids")
        lessons.filtered(lambda one: one._is_untouched())._drop()
        return super().unlink()

    # -- making lessons -------------------------------------------------------------------------

    def _rule(self):
        """The pattern as the rules want it."""
        self.ensure_one()
        minutes = min(round(60 * self.hour), 24 * 60 - 1)
        return rules.Pattern(
            weekdays=frozenset(day for day, name in enumerate(WEEKDAYS) if self[name]),
            at=time(minutes // 60, minutes % 60),
            length=timedelta(minutes=round(60 * self.duration)),
            first=self.date_from,
            last=self.date_to or None,
            every=self.every,
            excluded=frozenset(self.exception_ids.mapped("date")),
        )

    def _generate(self):
        """Make the lessons up to the horizon; make those that nobody changed follow the pattern.

        Nothing that has begun is touched. Lessons on a holiday are not made; one that is there
        already stays until somebody confirms that it is cancelled.
        """
        if self.env.context.get("classroom_paused"):
            return
        quiet = {"classroom_generating": True, "tracking_disable": True, "mail_create_nolog": True}
        for pattern in self.sudo().with_context(**quiet).exists():
            pattern._generate_own()

    def _generate_own(self):
        now = fields.Datetime.now()
        classroom = self.classroom_id
        today = rules.local_day(now, classroom.tz)
        horizon = today + timedelta(weeks=classroom.company_id.classroom_weeks_ahead)
        # Whoever does the same at the same moment fails here, and is run again afterwards.
        self.flush()
        self.env.cr.execute(
            "UPDATE classroom_pattern SET generated_until = %s WHERE id = %s", [horizon, self.id]
        )
        self.invalidate_cache(["generated_until"], self.ids)
        # from yesterday on: a lesson across midnight may still be to come by another clock
        lessons = self.env["classroom.lesson"].search(
            [("pattern_id", "=", self.id), ("pattern_date", ">=", today - timedelta(days=1))]
        )
        last = max([horizon] + lessons.mapped("pattern_date"))
        found = rules.occurrences(self._rule(), classroom.tz, today, last) if self.active else []
        wanted = {one.day: one for one in found}
        gone = lessons.browse()
        for lesson in lessons:
            occurrence = wanted.pop(lesson.pattern_date, None)
            if not lesson._is_untouched():
                continue
            if occurrence is None:
                gone |= lesson
            else:
                lesson._follow(self._lesson_vals(occurrence))
        gone._drop()
        if not classroom.active:
            return
        free = classroom._holidays(today, horizon)
        lessons.create(
            [
                self._lesson_vals(one)
                for one in wanted.values()
                if one.start > now
                and one.day <= horizon
                and not any(holiday.first <= one.day <= holiday.last for holiday in free)
            ]
        )

    def _lesson_vals(self, occurrence):
        substitution = self.classroom_id._substitution(occurrence.day, self.teacher_id)
        return {
            "pattern_id": self.id,
            "pattern_date": occurrence.day,
            "classroom_id": self.classroom_id.id,
            "name": self.name,
            "start": occurrence.start,
            "stop": occurrence.stop,
            "teacher_id": self.teacher_id.id,
            "substitution_id": substitution.id,
            "substitute_id": substitution.substitute_id.id,
        }

    def _split(self, day, vals):
        """Change the pattern from the local day `day` on; what was before stays as it was.

        Returns the pattern that holds from then on; the lessons from that day on are its own.
        """
        self.ensure_one()
        if day <= self.date_from:
            self.write(vals)
            return self
        paused = self.with_context(classroom_paused=True)
        later = paused.copy(dict(vals, date_from=day))
        paused.exception_ids.filtered(lambda one: one.date >= day).write({"pattern_id": later.id})
        paused.sudo().with_context(classroom_generating=True).lesson_ids.filtered(
            lambda one: one.pattern_date >= day
        ).write({"pattern_id": later.id})
        paused.write({"date_to": day - timedelta(days=1)})
        later = self.browse(later.id)
        (self | later)._generate()
        return later

    @api.model
    def _cron_generate(self):
        """The horizon moves on by a day."""
        each(self.search([]), lambda one: one._generate(), "Lessons of %s could not be made")
