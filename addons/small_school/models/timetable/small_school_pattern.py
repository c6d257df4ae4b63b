"""Weekly lessons, and the lessons that are made from them for the weeks ahead."""

from datetime import time, timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...background import for_each
from ...rules import timetable as rules
from .planned_lessons import drop_lessons, follows_pattern, update_lesson

WEEKDAYS = ("on_monday", "on_tuesday", "on_wednesday", "on_thursday", "on_friday")
WEEKDAYS += ("on_saturday", "on_sunday")
#: The fields that a lesson takes over from its pattern, and those that decide on which days it is.
_COPIED = ("name", "teacher_id", "classroom_id", "hour", "duration")
_DAYS = WEEKDAYS + ("every", "date_from", "date_to", "exception_ids", "active")


class ClassroomPattern(models.Model):
    """A lesson that recurs every week. Its lessons are made some weeks ahead; they follow the
    pattern, except those that a person has changed."""

    _name = "small_school.pattern"
    _description = "Weekly lesson"
    _inherit = "small_school.record.mixin"
    _order = "classroom_id, hour, id"

    classroom_id = fields.Many2one(
        "small_school.classroom", "Classroom", required=True, index=True, ondelete="cascade"
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
    exception_ids = fields.One2many("small_school.pattern.exception", "pattern_id", "Exceptions")
    lesson_ids = fields.One2many("small_school.lesson", "pattern_id", "Lessons")
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
        if set(_COPIED + _DAYS) & set(vals):
            self._generate()
        return result

    def unlink(self):
        """Also delete lessons to come that nobody changed; all others stay."""
        lessons = self.sudo().with_context(active_test=False).mapped("lesson_ids")
        drop_lessons(lessons.filtered(follows_pattern))
        return super().unlink()

    # -- making lessons -------------------------------------------------------------------------

    def _rule(self):
        """The `rules.timetable.Pattern`."""
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

        Lessons that have begun stay as they are. Lessons on a holiday are not made; one that exists
        already stays until somebody cancels it.
        """
        if self.env.context.get("classroom_paused"):
            return
        quiet = {"classroom_generating": True, "tracking_disable": True, "mail_create_nolog": True}
        for pattern in self.sudo().with_context(**quiet).exists():
            pattern._generate_own()

    def _generate_own(self):
        """`_generate` for one pattern, as superuser."""
        now = fields.Datetime.now()
        classroom = self.classroom_id
        today = rules.local_day(now, classroom.tz)
        horizon = today + timedelta(weeks=classroom.company_id.classroom_weeks_ahead)
        # a lock: a transaction that does the same at the same moment fails here, and is repeated
        self.flush()
        self.env.cr.execute(
            "UPDATE small_school_pattern SET generated_until = %s WHERE id = %s", [horizon, self.id]
        )
        self.invalidate_cache(["generated_until"], self.ids)
        # from yesterday on: a change of the zone can turn yesterday's lesson into one to come
        lessons = self.env["small_school.lesson"].search(
            [("pattern_id", "=", self.id), ("pattern_date", ">=", today - timedelta(days=1))]
        )
        last = max([horizon] + lessons.mapped("pattern_date"))
        occurrences = []
        if self.active:
            occurrences = rules.occurrences(self._rule(), classroom.tz, today, last)
        wanted = {occurrence.day: occurrence for occurrence in occurrences}
        gone = lessons.browse()
        for lesson in lessons:
            occurrence = wanted.pop(lesson.pattern_date, None)
            if not follows_pattern(lesson):
                continue
            if occurrence is None:
                gone |= lesson
            else:
                update_lesson(lesson, self._lesson_vals(occurrence))
        drop_lessons(gone)
        if not classroom.active:
            return
        holidays = classroom._holidays(today, horizon)
        lessons.create(
            [
                self._lesson_vals(occurrence)
                for occurrence in wanted.values()
                if occurrence.start > now
                and occurrence.day <= horizon
                and not any(days.first <= occurrence.day <= days.last for days in holidays)
            ]
        )

    def _lesson_vals(self, occurrence):
        """The values of the lesson of a `rules.timetable.Occurrence`."""
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
        """Change the pattern from the local day `day` on; earlier lessons stay as they are.

        Returns the pattern of the lessons from that day on.
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
        """Each night: make the lessons of one more day."""
        for_each(
            self.search([]),
            lambda pattern: pattern._generate(),
            "Lessons of %s could not be made",
        )
