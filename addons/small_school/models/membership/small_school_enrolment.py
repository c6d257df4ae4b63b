"""Students in classrooms: from when until when, and by whom they were entered."""

from datetime import time, timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.lesson_register.rules import asked

from ...rules import timetable

#: The fields that decide whether somebody belongs to a class; and the fields with the user and the
#: instant of the entry.
_BELONGING = {"classroom_id", "partner_id", "state", "date_from", "date_to"}
_ENTERED = {"entered_uid", "entered_at"}


class ClassroomEnrolment(models.Model):
    """A student in a classroom, from a day to a day. It is kept when it is over, as history."""

    _name = "small_school.enrolment"
    _description = "Enrolment"
    _inherit = "small_school.record.mixin"
    _fixed = ("classroom_id", "partner_id")
    _order = "classroom_id, state, partner_id"
    _rec_name = "partner_id"

    classroom_id = fields.Many2one(
        "small_school.classroom", "Classroom", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Student", required=True, index=True, ondelete="restrict"
    )
    student_number = fields.Char(related="partner_id.student_number", string="Number")
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until")
    state = fields.Selection(
        [("active", "Enrolled"), ("ended", "Unenrolled"), ("blocked", "Blocked")],
        "State",
        required=True,
        default="active",
    )
    reason = fields.Char("Reason")
    begun_at = fields.Datetime(
        "Begun at",
        readonly=True,
        copy=False,
        help="When it was entered, where that was on its first day.",
    )
    ended_at = fields.Datetime("Ended at", readonly=True, copy=False)
    entered_uid = fields.Many2one(
        "res.users", "Entered by", readonly=True, copy=False, ondelete="set null"
    )
    entered_at = fields.Datetime("Entered at", readonly=True, copy=False)
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")

    _sql_constraints = [
        (
            # Two users who enrol somebody at the same time must not both win. For a unique index,
            # which would do the same, Odoo shows the database's own sentence.
            "one_at_a_time",
            "EXCLUDE (classroom_id WITH =, partner_id WITH =) WHERE (state <> 'ended')",
            "This person is enrolled in this classroom already.",
        )
    ]

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for enrolment in self:
            if enrolment.date_to and enrolment.date_to < enrolment.date_from:
                raise ValidationError(_("The enrolment ends before it begins: mend the dates."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_is_free(vals)
        vals_list = self.env["small_school.classroom"]._with_first_day(vals_list)
        entered = {"entered_uid": self.env.uid, "entered_at": fields.Datetime.now()}
        return super().create([dict(self._with_beginning(vals), **entered) for vals in vals_list])

    @api.model
    def _with_beginning(self, vals):
        """Return the values, with the instant of entry for an enrolment that begins today."""
        classroom = (
            self.env["small_school.classroom"].browse(vals.get("classroom_id")).sudo().exists()
        )
        first = fields.Date.to_date(vals.get("date_from") or False)
        if not classroom or first != classroom._today():
            return vals
        return dict({"begun_at": fields.Datetime.now()}, **vals)

    def write(self, vals):
        if "date_from" in vals and "begun_at" not in vals:
            vals = dict(vals, begun_at=False)
        if "state" in vals and "ended_at" not in vals:
            # a blocked student, too, was expected at the lessons until then
            is_over = vals["state"] != "active"
            vals = dict(vals, ended_at=fields.Datetime.now() if is_over else False)
        vals = {name: value for name, value in vals.items() if name not in _ENTERED}
        if not _BELONGING & set(vals):
            return super().write(vals)
        before = self._current_memberships()
        result = super().write(vals)
        new = self._current_memberships() - before
        if new:
            entered = {"entered_uid": self.env.uid, "entered_at": fields.Datetime.now()}
            ids = [number for number, _classroom, _partner in new]
            super(ClassroomEnrolment, self.sudo().browse(ids)).write(entered)
        return result

    def _current_memberships(self):
        """Return {(id, id of the classroom, id of the person)} of the enrolments that hold now."""
        return {
            (enrolment.id, enrolment.classroom_id.id, enrolment.partner_id.id)
            for enrolment in self.sudo()
            if enrolment._holds_now()
        }

    def _holds_now(self):
        """Return whether the person is in the class now; a student who was unenrolled today is
        not."""
        return self.state == "active" and self._is_current(self.classroom_id._today())

    def _is_entered_today_by(self, user):
        """Return whether this user entered the enrolment, and today by the classroom's clock."""
        self.ensure_one()
        if self.entered_uid != user or not self.entered_at:
            return False
        zone = pytz.timezone(self.classroom_id.tz or "UTC")
        day = pytz.utc.localize(self.entered_at).astimezone(zone).date()
        return day >= self.classroom_id._today()

    @api.model
    def _check_is_free(self, vals):
        """Raise ValidationError if the person is enrolled already, before the constraint does."""
        if vals.get("state", "active") == "ended":
            return
        current = self.sudo().search(
            [
                ("classroom_id", "=", vals.get("classroom_id")),
                ("partner_id", "=", vals.get("partner_id")),
                ("state", "!=", "ended"),
            ],
            limit=1,
        )
        if current:
            raise ValidationError(
                _("%s is enrolled in this classroom already.") % current.partner_id.display_name
            )

    def _is_current(self, on_date):
        """Return whether the enrolment holds on that day (both dates included)."""
        self.ensure_one()
        if self.state == "blocked":
            return False
        if self.state == "ended" and not self.date_to:
            return False
        return self.date_from <= on_date and (not self.date_to or self.date_to >= on_date)

    def _lesson_span(self):
        """Return (first, before): lessons that start from `first` until before `before` (naive UTC;
        None: no end) are in the enrolment's time, by the classroom's clock. For a blocked student
        that excludes all lessons to come; an enrolment that ended at an unknown instant ends
        now."""
        self.ensure_one()
        zone = self.classroom_id.tz or "UTC"
        first = timetable.utc(self.date_from, time.min, zone)
        ends = []
        if self.date_to:
            ends.append(timetable.utc(self.date_to + timedelta(days=1), time.min, zone))
        if self.state != "active" and self.ended_at:
            ends.append(self.ended_at)
        if self.state != "active" and not ends:
            ends.append(fields.Datetime.now())
        return first, min(ends) if ends else None

    @api.model
    def _during(self, classroom, start, stop):
        """Return the enrolments in the classroom that may hold at some time of [start, stop] (naive
        UTC): `_held_part` says it to the second. Former students are not read."""
        return self.search(
            [
                ("classroom_id", "=", classroom.id),
                ("date_from", "<=", (stop + timedelta(days=1)).date()),
                *("|", ("date_to", "=", False)),
                ("date_to", ">=", (start - timedelta(days=1)).date()),
                *("|", "|", ("state", "=", "active"), ("ended_at", "=", False)),
                ("ended_at", ">", start),
            ],
            order="id",
        )

    def _held_part(self, start, stop):
        """Return the part of [start, stop] (naive UTC) in which the enrolment holds, as (from,
        until); None without one. It holds from the beginning of its first day, or from the instant
        of its entry on that day, until the end of its last day, or until it was ended or
        blocked."""
        self.ensure_one()
        if self.state != "active" and not (self.date_to or self.ended_at):
            return None  # it was created as ended or blocked, and never held
        first, before = self._lesson_span()
        first = max(first, self.begun_at or first, start)
        before = min(before or stop, stop)
        return (first, before) if first < before else None

    def action_ask_unenrol(self):
        """Button: ask whether these enrolments are to end, naming the students."""
        return self._ask_to_end("unenrol", _("Unenrol"))

    def action_ask_block(self):
        """Button: ask whether these students are to be blocked."""
        return self._ask_to_end("block", _("Block"))

    def _ask_to_end(self, act, title):
        """Return the window that asks before these enrolments end or are blocked. act: what to
        do."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "small_school.enrolment.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_act": act, "default_enrolment_ids": [(6, 0, self.ids)]},
        }

    def action_unenrol(self, reason=False):
        """End the enrolments today; the students leave the classroom without a ban."""
        by_day = {}
        for enrolment in self:
            # an enrolment that has not begun yet ends on its first day
            day = max(enrolment.date_from, enrolment.classroom_id._today())
            by_day[day] = by_day.get(day, self.browse()) | enrolment
        for day, enrolments in by_day.items():
            enrolments.write(
                {
                    "state": "ended",
                    "ended_at": fields.Datetime.now(),
                    "date_to": day,
                    "reason": asked.clean(reason) or False,
                }
            )
        return True

    def action_block(self, reason=False):
        """Block the students in this classroom."""
        self.write({"state": "blocked", "reason": asked.clean(reason) or False})
        return True

    def action_unblock(self):
        """Lift the block; the students are enrolled as before."""
        self.filtered(lambda one: one.state == "blocked").write(
            {"state": "active", "reason": False}
        )
        return True

    def action_enrol_again(self):
        """Enrol the students again; the ended enrolment stays as history."""
        for ended in self.filtered(lambda enrolment: enrolment.state == "ended"):
            self.create({"classroom_id": ended.classroom_id.id, "partner_id": ended.partner_id.id})
        return True
