"""Students at risk: a case is opened, changed and closed each night from the sheets."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import html_escape

from odoo.addons.lesson_register.rules import risk as rules

from ...background import for_each


class ClassroomRisk(models.Model):
    """A student who is absent so much that a supervisor should know. A case is opened once, closed
    automatically when it is over, and kept."""

    _name = "small_school.risk"
    _description = "Student at risk"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, opened_at desc, id desc"
    _rec_name = "partner_id"
    _mail_post_access = "read"  # a user who sees a case may do the activity about it

    partner_id = fields.Many2one(
        "res.partner", "Student", required=True, readonly=True, index=True, ondelete="cascade"
    )
    classroom_id = fields.Many2one(
        "small_school.classroom",
        "Classroom",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="classroom_id.company_id", string="School", store=True, readonly=True
    )
    reason = fields.Selection(
        [("row", "Absent several times in a row"), ("rate", "Low attendance rate")],
        "Why",
        required=True,
        readonly=True,
    )
    rate = fields.Float("Attendance rate (%)", digits=(16, 1), readonly=True, group_operator="avg")
    in_a_row = fields.Integer("Absences in a row", readonly=True, group_operator="max")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Over")],
        "State",
        required=True,
        readonly=True,
        default="open",
    )
    opened_at = fields.Datetime("Since", readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime("Over since", readonly=True)

    def init(self):
        # two computations at the same time must not both open a case
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS small_school_risk_one_open"
            " ON small_school_risk (classroom_id, partner_id) WHERE state = 'open'"
        )

    # -- each night -----------------------------------------------------------------------------

    @api.model
    def _cron_risks(self):
        """Each night: open, change and close the cases of all classrooms. Only those where a case
        differs from what is stored have a transaction of their own."""
        classrooms = self.env["small_school.classroom"].sudo().search([])
        cases, stored = self._cases(classrooms), {}
        for risk in self.sudo().search([("state", "=", "open")]):
            stored.setdefault(risk.classroom_id.id, {})[risk.partner_id.id] = risk
        differing = classrooms.filtered(
            lambda one: self._differ(cases.get(one.id, {}), stored.get(one.id, {}))
        )
        for_each(differing, self._update, "Students at risk of %s could not be computed")

    @api.model
    def _differ(self, cases, risks):
        """Return whether the cases of a classroom, by student, are others than those stored."""
        return set(cases) != set(risks) or any(risks[one]._changed(cases[one]) for one in cases)

    @api.model
    def _update(self, classroom):
        """Open, change and close the cases of one classroom."""
        risks = self.sudo()
        cases = self._cases(classroom).get(classroom.id, {})
        for risk in risks.search([("classroom_id", "=", classroom.id), ("state", "=", "open")]):
            case = cases.pop(risk.partner_id.id, None)
            if case is None:
                risk._close()
            else:
                risk._change(case)
        for partner_id, case in sorted(cases.items()):
            values = {"partner_id": partner_id, "classroom_id": classroom.id}
            risks.create(dict(values, **self._values(case)))._notify_staff()

    @api.model
    def _cases(self, classrooms):
        """Return {id of a classroom: {id of a student who is enrolled now: case}}, from the
        statuses in each of the last lessons; read in one statement."""
        for model in ("small_school.attendance", "small_school.lesson", "small_school.enrolment"):
            self.env[model].flush()
        limits, todays, sinces = {}, [], []
        for classroom in classrooms:
            company = classroom.company_id
            limits[classroom.id] = company._small_school_risk_limits()
            todays.append(classroom._today())
            sinces.append(todays[-1] - timedelta(days=company.small_school_risk_days))
        self.env.cr.execute(
            """
            SELECT room.id, a.partner_id, array_agg(a.status ORDER BY l.start, l.id)
            FROM unnest(%s::int[], %s::date[], %s::date[]) AS room (id, today, since)
            JOIN small_school_lesson l
                ON l.classroom_id = room.id AND l.state = 'held' AND l.start >= room.since
            JOIN small_school_attendance a
                ON a.lesson_id = l.id AND a.role = 'student' AND a.status IS NOT NULL
            WHERE EXISTS (
                SELECT 1 FROM small_school_enrolment e
                WHERE e.classroom_id = room.id AND e.partner_id = a.partner_id
                    AND e.state = 'active' AND e.date_from <= room.today
                    AND (e.date_to IS NULL OR e.date_to >= room.today))
            GROUP BY room.id, a.partner_id
            """,
            [classrooms.ids, todays, sinces],
        )
        cases = {}
        for classroom_id, partner_id, statuses in self.env.cr.fetchall():
            case = rules.case(statuses, limits[classroom_id])
            if case:
                cases.setdefault(classroom_id, {})[partner_id] = case
        return cases

    @api.model
    def _values(self, case):
        return {"reason": case.reason, "rate": case.rate or 0.0, "in_a_row": case.in_a_row}

    def _changed(self, case):
        """Return the values of the case that differ from those stored."""
        values = self._values(case)
        for name, value in values.items():
            if isinstance(value, float):
                values[name] = self._fields[name].convert_to_cache(value, self)
        return {name: value for name, value in values.items() if self[name] != value}

    def _change(self, case):
        changed = self._changed(case)
        if changed:
            self.write(changed)

    def _close(self):
        self.write({"state": "closed", "closed_at": fields.Datetime.now()})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        for risk in self:
            lang = risk.classroom_id.lang
            risk._message_log(body=risk.with_context(lang=lang)._over_text())

    # -- telling people --------------------------------------------------------------------------

    def _over_text(self):
        return _("It is over.")

    def _notify_staff(self):
        """Schedule an activity for each supervisor, or else each teacher, in their language."""
        classroom = self.classroom_id
        for user in classroom._users_with("supervisor") or classroom._users_with("teacher"):
            risk = self.with_context(lang=user.lang or self.classroom_id.lang)
            risk.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=risk._summary(),
                note=html_escape(risk._sentence()),
                user_id=user.id,
            )

    def _summary(self):
        return _("Student at risk: %s") % self.partner_id.display_name

    def _sentence(self):
        """Return the sentence about the case, in the context's language."""
        if self.reason == "row":
            return _("%s was absent %s times in a row in %s.") % (
                self.partner_id.display_name,
                self.in_a_row,
                self.classroom_id.name,
            )
        return _("%s has an attendance rate of %s %% in %s.") % (
            self.partner_id.display_name,
            round(self.rate),
            self.classroom_id.name,
        )
