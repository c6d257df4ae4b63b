"""The school's people: students, guardians, teachers. Only the school sets student numbers, blocks
and guardians, since they decide who speaks for a child and who gets into a group."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

#: The fields that only the school may change.
SCHOOL_FIELDS = (
    *("student_number", "student_blocked", "guardian_ids", "told_guardian_ids", "ward_ids"),
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    student_number = fields.Char("Student number", copy=False, index=True)
    student_blocked = fields.Boolean(
        "Blocked everywhere",
        copy=False,
        help="Blocked in every classroom until this is taken back.",
    )
    enrolment_ids = fields.One2many("small_school.enrolment", "partner_id", "Enrolments")
    assignment_ids = fields.One2many("small_school.assignment", "partner_id", "Classrooms")
    attendance_ids = fields.One2many("small_school.attendance", "partner_id", "Attendance")

    guardian_ids = fields.Many2many(
        "res.partner",
        "classroom_guardian_rel",
        "student_id",
        "guardian_id",
        "Guardians",
        copy=False,
        help="Parents and others who answer for this student.",
    )
    told_guardian_ids = fields.Many2many(
        "res.partner",
        "classroom_told_guardian_rel",
        "student_id",
        "guardian_id",
        "Guardians told of absences",
        copy=False,
        domain="[('id', 'in', guardian_ids)]",
        help="Guardians with whom the school agreed that they are told of this student's absences.",
    )
    ward_ids = fields.Many2many(
        "res.partner",
        "classroom_guardian_rel",
        "guardian_id",
        "student_id",
        "Children",
        copy=False,
    )

    @api.constrains("guardian_ids", "ward_ids")
    def _check_guardians(self):
        for partner in self:
            if partner in partner.guardian_ids | partner.ward_ids:
                raise ValidationError(_("Nobody is their own guardian."))

    @api.constrains("told_guardian_ids")
    def _check_told_guardians(self):
        for partner in self:
            if partner.told_guardian_ids - partner.guardian_ids:
                raise ValidationError(_("Only guardians of the student are told of absences."))

    def action_small_school_feed(self):
        """Button: show the person's calendar address, for handing it to them. Only for managers."""
        self.ensure_one()
        if not self.env.user.has_group("small_school.group_manager"):
            raise AccessError(_("Only a manager may see the calendar address of others."))
        return self._small_school_feed_action()

    def _small_school_feed_action(self):
        """Return the window with the calendar address of this person."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Calendar address"),
            "res_model": "small_school.feed",
            "res_id": self.env["small_school.feed"]._of(self).id,
            "view_mode": "form",
            "target": "new",
        }

    def init(self):
        # A constraint over both columns would let people without a company share a number. The
        # database refuses the second of two imports at the same time.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS res_partner_student_number_one"
            " ON res_partner (student_number, COALESCE(company_id, 0))"
            " WHERE student_number IS NOT NULL"
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_student_number(vals.get("student_number"), vals.get("company_id"))
        if self._is_school_manager():
            return super().create(vals_list)
        # checked by the result, and undone if it is not allowed: values also come from defaults of
        # the context, and fields are also written from the other side of a relation
        with self.env.cr.savepoint():
            partners = super().create(vals_list)
            changes = {partner.id: partner._school_values(SCHOOL_FIELDS) for partner in partners}
            partners._check_school_changes(changes, are_new=True)
        return partners

    def write(self, vals):
        if vals.get("student_number"):
            company_id = vals.get("company_id", self[:1].company_id.id)
            self._check_student_number(vals["student_number"], company_id)
        names = [name for name in SCHOOL_FIELDS if name in vals]
        if not names or self._is_school_manager():
            return super().write(vals)
        before = {partner.id: partner._school_values(names) for partner in self}
        with self.env.cr.savepoint():
            result = super().write(vals)
            changes = {
                partner.id: {
                    name: before[partner.id][name] ^ values
                    for name, values in partner._school_values(names).items()
                }
                for partner in self
            }
            self._check_school_changes(changes)
        return result

    def unlink(self):
        """Refuse to delete people with enrolments, assignments, attendance or excuses: they are the
        school's history."""
        own = [("partner_id", "in", self.ids)]
        for model in (
            *("small_school.enrolment", "small_school.assignment", "small_school.attendance"),
            "small_school.excuse",
        ):
            record = self.env[model].sudo().search(own, limit=1)
            if record:
                raise ValidationError(
                    _(
                        "%s is part of the school's history (enrolments, classes, attendance) and "
                        "is not deleted. Archive this person: then they can get into no group, and "
                        "nothing is lost."
                    )
                    % record.partner_id.display_name
                )
        if not self._is_school_manager():
            self._check_school_changes(
                {partner.id: partner._school_values(SCHOOL_FIELDS) for partner in self}
            )
        return super().unlink()

    # -- who may change the school's fields -------------------------------------------------------

    @api.model
    def _is_school_manager(self):
        """Return whether the user may change these fields of everybody."""
        return self.env.su or self.env.user.has_group("small_school.group_manager")

    def _school_values(self, names):
        """Return {field: set of its values, ids for a relation}, without empty ones."""
        person = self.sudo().with_context(active_test=False)
        return {
            name: set(person[name].ids)
            if person._fields[name].type == "many2many"
            else {person[name]} - {False, ""}
            for name in names
        }

    def _check_school_changes(self, changes, are_new=False):
        """Raise AccessError unless the user may change these fields of people: a supervisor may,
        for the students who are entrusted to them.

        changes: {id of a partner: {field: set of values that are added or removed}}. are_new: the
        user creates these people just now.
        """
        students, is_changed = set(), False
        for partner_id, values in changes.items():
            # a new child of a guardian is a change of the child
            students |= values.get("ward_ids") or set()
            if any(value for name, value in values.items() if name != "ward_ids"):
                is_changed = True
                students |= set() if are_new else {partner_id}
        if not (students or is_changed):
            return
        user, students = self.env.user, self.browse(sorted(students))
        entrusted = students._entrusted_enrolments(user).mapped("partner_id")
        if not user.has_group("small_school.group_supervisor") or students.sudo() - entrusted:
            raise AccessError(
                _(
                    "Guardians, student numbers and blocks are the school's: its managers change "
                    "them, and supervisors those of the students of their classes; of a student "
                    "whom they enrolled themselves, from the next day on."
                )
            )

    def _entrusted_enrolments(self, user):
        """The enrolments by which these people are entrusted to the user as a supervisor: they hold
        today, in a class that the user supervises today, and the user did not enter them today."""
        assignments = self.env["small_school.assignment"].sudo()
        assignments = assignments.search(
            [("partner_id", "=", user.partner_id.id), ("role", "=", "supervisor")]
        ).filtered(lambda one: one._is_current(one.classroom_id._today()))
        enrolments = self.env["small_school.enrolment"].sudo()
        enrolments = enrolments.search(
            [
                ("partner_id", "in", self.ids),
                ("classroom_id", "in", assignments.mapped("classroom_id").ids),
            ]
        )
        return enrolments.filtered(
            lambda one: one._holds_now() and not one._is_entered_today_by(user)
        )

    def _check_student_number(self, number, company_id):
        """Raise ValidationError for a number that somebody else has, before the index does."""
        if not number:
            return
        others = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("student_number", "=", number),
                    ("company_id", "=", company_id or False),
                    ("id", "not in", self.ids),
                ],
                limit=1,
            )
        )
        if others or len(self) > 1:
            raise ValidationError(_("This student number belongs to somebody else."))
