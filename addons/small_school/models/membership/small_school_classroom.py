"""A class: its clock, its language, and who belongs to it."""

from datetime import datetime

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...rules import timetable as rules
from ...rules.names import exact

#: Shown on the classroom's page.
NEXT_LESSONS = 10


class ClassroomClassroom(models.Model):
    """A class that learns together: its people and its lessons."""

    _name = "small_school.classroom"
    _description = "Classroom"
    _inherit = ["mail.thread", "small_school.record.mixin"]
    _order = "name, id"

    name = fields.Char("Name", required=True, tracking=True)
    code = fields.Char("Code")
    company_id = fields.Many2one(
        "res.company", "School", required=True, default=lambda self: self.env.company
    )
    tz = fields.Selection(
        "_tz_selection", "Time zone", required=True, default=lambda self: self._default_tz()
    )
    lang = fields.Selection(
        "_lang_selection", "Language", required=True, default=lambda self: self._default_lang()
    )
    active = fields.Boolean("Active", default=True, tracking=True)
    enrolment_ids = fields.One2many("small_school.enrolment", "classroom_id", "Students")
    student_ids = fields.Many2many(
        "res.partner",
        string="Students now",
        compute="_compute_student_ids",
        search="_search_student_ids",
        help="Whose enrolment has not ended.",
    )
    assignment_ids = fields.One2many(
        "small_school.assignment", "classroom_id", "Teachers and supervisors"
    )
    lesson_ids = fields.One2many("small_school.lesson", "classroom_id", "Lessons")
    pattern_ids = fields.One2many("small_school.pattern", "classroom_id", "Timetable")
    substitution_ids = fields.One2many("small_school.substitution", "classroom_id", "Substitutions")
    next_lesson_ids = fields.Many2many(
        "small_school.lesson", string="Next lessons", compute="_compute_next_lesson_ids"
    )

    is_taught = fields.Boolean(
        compute="_compute_is_taught",
        search="_search_is_taught",
        help="The user teaches or supervises the classroom today.",
    )
    is_supervised = fields.Boolean(
        compute="_compute_is_taught",
        search="_search_is_supervised",
        help="The user supervises the classroom today.",
    )

    @api.depends_context("uid")
    def _compute_is_taught(self):
        everything = self.sudo().with_context(active_test=False)
        own = [("id", "in", self.ids)]
        taught = set(everything.search(own + [("is_taught", "=", True)]).ids)
        supervised = set(everything.search(own + [("is_supervised", "=", True)]).ids)
        for classroom in self:
            classroom.is_taught = classroom.id in taught
            classroom.is_supervised = classroom.id in supervised

    @api.model
    def _search_is_taught(self, operator, value):
        return self._taught_domain(("teacher", "supervisor"), operator, value)

    @api.model
    def _search_is_supervised(self, operator, value):
        return self._taught_domain(("supervisor",), operator, value)

    @api.model
    def _taught_domain(self, roles, operator, value):
        """Return the domain of the classrooms where the user has one of these roles today, by each
        classroom's clock. Record rules go by it: a domain over `assignment_ids` would match dates
        of one assignment with the person of another."""
        self.env["small_school.assignment"].flush()
        query = """
            SELECT own.classroom_id FROM small_school_assignment AS own
            JOIN small_school_classroom AS room ON room.id = own.classroom_id
            WHERE own.partner_id = %s AND own.role = ANY (%s)
            AND (own.date_from IS NULL OR own.date_from <= (now() AT TIME ZONE room.tz)::date)
            AND (own.date_to IS NULL OR own.date_to >= (now() AT TIME ZONE room.tz)::date)
        """
        is_asked = bool(value) == (operator == "=")
        parameters = [self.env.user.partner_id.id, list(roles)]
        return [("id", "inselect" if is_asked else "not inselect", (query, parameters))]

    @api.depends("enrolment_ids.partner_id", "enrolment_ids.state")
    def _compute_student_ids(self):
        for classroom in self:
            current = classroom.enrolment_ids.filtered(lambda enrolment: enrolment.state != "ended")
            classroom.student_ids = current.mapped("partner_id")

    @api.model
    def _search_student_ids(self, operator, value):
        # a domain over `enrolment_ids` would also match the person's enrolment that has ended
        # together with another one's that has not
        enrolments = self.env["small_school.enrolment"].sudo()
        current = enrolments.search([("partner_id", operator, value), ("state", "!=", "ended")])
        return [("id", "in", current.mapped("classroom_id").ids)]

    @api.model
    def _tz_selection(self):
        return [(name, name) for name in pytz.common_timezones]

    @api.model
    def _lang_selection(self):
        return self.env["res.lang"].get_installed()

    @api.model
    def _default_tz(self):
        return self.env.user.tz or "Europe/Paris"

    @api.model
    def _default_lang(self):
        installed = [code for code, _name in self._lang_selection()]
        return "fr_FR" if "fr_FR" in installed else self.env.user.lang

    def _today(self):
        """The date in the classroom's time zone."""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.tz or "UTC")).date()

    @api.model
    def _with_first_day(self, vals_list):
        """The values of enrolments or assignments, each with its first day: today by the
        classroom's clock, which may be another day than the user's, unless one is given."""
        dated = []
        for vals in vals_list:
            classroom = self.browse(vals.get("classroom_id")).sudo().exists()
            if classroom and "date_from" not in vals:
                vals = dict(vals, date_from=classroom._today())
            dated.append(vals)
        return dated

    @api.constrains("name")
    def _check_name(self):
        for classroom in self:
            if not classroom.name.strip():
                raise ValidationError(_("Give the classroom a name."))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_names_are_free(vals_list)
        return super().create(vals_list)

    def copy(self, default=None):
        self.ensure_one()
        return super().copy(dict({"name": _("%s (copy)") % self.name}, **(default or {})))

    @api.model
    def _check_names_are_free(self, vals_list):
        """Raise ValidationError if a new classroom would have the name of another one of its
        school, however case, blanks and accents are written."""
        new = [
            (vals.get("company_id") or self.env.company.id, vals["name"])
            for vals in vals_list
            if vals.get("active", True) and (vals.get("name") or "").strip()
        ]
        companies = self.env["res.company"].browse(sorted({company for company, _name in new}))
        companies._classroom_take_turn()
        existing = self.sudo().search([("company_id", "in", companies.ids), ("active", "=", True)])
        taken = {(classroom.company_id.id, exact(classroom.name)) for classroom in existing}
        for company, name in new:
            if (company, exact(name)) in taken:
                raise ValidationError(
                    _(
                        "There is a classroom called “%s” already. Give this one another name, or "
                        "archive the other one."
                    )
                    % name.strip()
                )
            taken.add((company, exact(name)))

    @api.depends("lesson_ids.start", "lesson_ids.stop")
    def _compute_next_lesson_ids(self):
        for classroom in self:
            classroom.next_lesson_ids = self.env["small_school.lesson"].search(
                [("classroom_id", "in", classroom.ids), ("stop", ">", fields.Datetime.now())],
                order="start",
                limit=NEXT_LESSONS,
            )

    def write(self, vals):
        result = super().write(vals)
        if {"tz", "active", "company_id"} & set(vals):  # a lesson at ten is at ten by the new clock
            self._generate()
        return result

    def _generate(self):
        """Make the lessons of these classrooms' timetables."""
        self.sudo().mapped("pattern_ids")._generate()

    def _users_with(self, role):
        """The internal users who have this role in one of these classrooms today."""
        people = self.env["res.partner"]
        for classroom in self.sudo():
            today = classroom._today()
            people |= classroom.assignment_ids.filtered(
                lambda row, today=today: row.role == role and row._is_current(today)
            ).mapped("partner_id")
        domain = [("partner_id", "in", people.ids), ("share", "=", False)]
        return self.env["res.users"].sudo().search(domain)

    def _holidays(self, first, last):
        """Return [`rules.timetable.Days`] of the holidays between two local days."""
        holidays = (
            self.env["small_school.holiday"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("date_from", "<=", last),
                    ("date_to", ">=", first),
                    "|",
                    ("classroom_ids", "=", False),
                    ("classroom_ids", "in", self.ids),
                ]
            )
        )
        return [rules.Days(holiday.date_from, holiday.date_to) for holiday in holidays]

    def _substitution(self, day, teacher):
        """The substitution of the teacher's lesson on that local day, or none."""
        return self.sudo().substitution_ids.filtered(lambda row: row._covers(day, teacher))[:1]

    def unlink(self):
        """Refuse to delete a classroom with lessons, since its history would go with it."""
        if self.mapped("lesson_ids"):
            raise ValidationError(
                _("This classroom has lessons: archive it, so that its history is kept.")
            )
        return super().unlink()
