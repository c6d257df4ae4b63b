"""Statistics of attendance: a view of the database that Odoo groups and measures."""

from odoo import api, fields, models, tools

from odoo.addons.lesson_register.rules.register import WEIGHTS

from ..models.attendance.small_school_attendance import STATUSES

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class AttendanceReport(models.Model):
    """A student's line of a lesson that was held, for statistics. It has the id of the line. The
    rate is averaged; a status that does not count has none."""

    _name = "small_school.attendance.report"
    _description = "Attendance statistics"
    _auto = False
    _order = "start desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "small_school.attendance": ["lesson_id", "partner_id", "role", "status", "minutes"],
        "small_school.lesson": [
            *("classroom_id", "start", "state", "teacher_id", "substitute_id"),
        ],
        "small_school.classroom": ["tz", "company_id"],
    }

    partner_id = fields.Many2one("res.partner", "Student", readonly=True)
    classroom_id = fields.Many2one("small_school.classroom", "Classroom", readonly=True)
    lesson_id = fields.Many2one("small_school.lesson", "Lesson", readonly=True)
    teacher_id = fields.Many2one("res.partner", "Teacher", readonly=True)
    company_id = fields.Many2one("res.company", "School", readonly=True)
    start = fields.Datetime("Start", readonly=True)
    day = fields.Date("Day", readonly=True)
    weekday = fields.Selection(WEEKDAYS, "Weekday", readonly=True)
    status = fields.Selection(STATUSES, "Status", readonly=True)
    rate = fields.Float("Attendance rate (%)", readonly=True, group_operator="avg", digits=(16, 1))
    absences = fields.Integer("Absences", readonly=True)
    lates = fields.Integer("Late arrivals", readonly=True)
    minutes = fields.Float("Minutes", readonly=True)

    def init(self):
        # columns that the view reads may be made after this model is set up
        self.pool.post_init(self._make_view)

    @api.model
    def _make_view(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        weights = " ".join("WHEN '%s' THEN %s" % (one, 100 * part) for one, part in WEIGHTS.items())
        # pylint: disable=sql-injection  # the view's name and query are ours
        self.env.cr.execute("CREATE VIEW %s AS %s" % (self._table, _SELECT.format(weights)))

    @api.model
    def _where_calc(self, domain, active_test=True):
        """Write pending changes to the database first: Odoo 13 ignores `_depends`."""
        for name, columns in self._depends.items():
            self.env[name].flush(list(columns))
        self.invalidate_cache(list(self._fields))
        return super()._where_calc(domain, active_test)


_SELECT = """
    SELECT a.id, a.partner_id, l.classroom_id, a.lesson_id, l.start, c.company_id,
           coalesce(l.substitute_id, l.teacher_id) AS teacher_id,
           (l.start AT TIME ZONE 'UTC' AT TIME ZONE c.tz)::date AS day,
           (extract(isodow FROM l.start AT TIME ZONE 'UTC' AT TIME ZONE c.tz)::int - 1)::varchar
               AS weekday,
           coalesce(a.status, 'unknown') AS status,
           (CASE a.status {} END)::float AS rate,
           (a.status = 'absent')::int AS absences, (a.status = 'late')::int AS lates, a.minutes
    FROM small_school_attendance a
    JOIN small_school_lesson l ON l.id = a.lesson_id
    JOIN small_school_classroom c ON c.id = l.classroom_id
    WHERE a.role = 'student' AND l.state = 'held'
"""
