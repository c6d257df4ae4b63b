import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...rules import asked

#: What makes somebody belong to a class; and who did it, when.
_BELONGING = {"classroom_id", "partner_id", "state", "date_from", "date_to"}
_ENTERED = {"entered_uid", "entered_at"}


class ClassroomEnrolment(models.Model):
    """A student in a classroom, from a day to a day. Kept when it is over: it is the history."""

    _name = "classroom.enrolment"
    _description = "Enrolment"
    _inherit = "classroom.days.mixin"
    _order = "classroom_id, state, partner_id"
    _rec_name = "partner_id"

    classroom_id = fields.Many2one(
        "classroom.classroom", "Classroom", required=True, index=True, ondelete="cascade"
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
            # Two people who enrol somebody at the same time must not both win. A unique index would
            # do the same, but Odoo shows the database's own sentence for it.
            "one_at_a_time",
            "EXCLUDE (classroom_id WITH =, partner_id WITH =) WHERE (state <> 'ended')",
            "This person is enrolled in this classroom already.",
        )
    ]

    def init(self):
        # it said the same as the constraint, but in the database's own words
        self.env.cr.execute("DROP INDEX IF EXISTS classroom_enrolment_one_current")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for one in self:
            if one.date_to and one.date_to < one.date_from:
                raise ValidationError(_("The enrolment ends before it begins: mend the dates."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_is_free(vals)
        vals_list = self.env["classroom.classroom"]._with_first_day(vals_list)
        entered = {"entered_uid": self.env.uid, "entered_at": fields.Datetime.now()}
        return super().create([dict(self._with_beginning(vals), **entered) for vals in vals_list])

    @api.model
    def _with_beginning(self, vals):
        """The values; of an enrolment that begins today also when it was entered."""
        classroom = self.env["classroom.classroom"].browse(vals.get("classroom_id")).sudo().exists()
        first = fields.Date.to_date(vals.get("date_from") or False)
        if not classroom or first != classroom._today():
            return vals
        return dict({"begun_at": fields.Datetime.now()}, **vals)

    def write(self, vals):
        if "date_from" in vals and "begun_at" not in vals:
            vals = dict(vals, begun_at=False)
        if "state" in vals and "ended_at" not in vals:
            # also who is blocked was expected at the lessons until then
            is_over = vals["state"] != "active"
            vals = dict(vals, ended_at=fields.Datetime.now() if is_over else False)
        vals = {name: value for name, value in vals.items() if name not in _ENTERED}
        if not _BELONGING & set(vals):
            return super().write(vals)
        before = self._who_belongs()
        result = super().write(vals)
        new = self._who_belongs() - before
        if new:
            entered = {"entered_uid": self.env.uid, "entered_at": fields.Datetime.now()}
            ids = [number for number, _classroom, _partner in new]
            super(ClassroomEnrolment, self.sudo().browse(ids)).write(entered)
        return result

    def _who_belongs(self):
        """{(id, id of the classroom, of the person)} of the enrolments that hold now."""
        return {
            (one.id, one.classroom_id.id, one.partner_id.id)
            for one in self.sudo()
            if one._holds_now()
        }

    def _holds_now(self):
        """Whether the person is in the class now; who was unenrolled today is not."""
        return self.state == "active" and self._is_current(self.classroom_id._today())

    def _is_entered_today_by(self, user):
        """Whether it was this user who let the person belong, on the classroom's day of today."""
        self.ensure_one()
        if self.entered_uid != user or not self.entered_at:
            return False
        zone = pytz.timezone(self.classroom_id.tz or "UTC")
        day = pytz.utc.localize(self.entered_at).astimezone(zone).date()
        return day >= self.classroom_id._today()

    @api.model
    def _check_is_free(self, vals):
        if vals.get("state", "active") == "ended":
            return
        found = self.sudo().search(
            [
                ("classroom_id", "=", vals.get("classroom_id")),
                ("partner_id", "=", vals.get("partner_id")),
                ("state", "!=", "ended"),
            ],
            limit=1,
        )
        if found:
            raise ValidationError(
                _("%s is enrolled in this classroom already.") % found.partner_id.display_name
            )

    def _is_current(self, on_date):
        """Whether the enrolment holds on that day (both dates included)."""
        self.ensure_one()
        if self.state == "blocked":
            return False
        if self.state == "ended" and not self.date_to:
            return False
        return self.date_from <= on_date and (not self.date_to or self.date_to >= on_date)

    def _belongs(self, start, stop):
        """The part of [start, stop] (naive UTC) in which the enrolment holds, as (from, until); None:
        in none of it. It holds from the beginning of its first day, or from when it was entered on
        that day; until the end of its last day, or when it was ended or blocked."""
        self.ensure_one()
        if self.state != "active" and not (self.date_to or self.ended_at):
            return None  # blocked or ended before it was kept when
        first, before = self._span()
        first = max(first, self.begun_at or first, start)
        before = min(before or stop, stop)
        return (first, before) if first < before else None

    def action_ask_unenrol(self):
        """Button: ask whether these enrolments are to end, with whose they are."""
        return self._ask_to_end("unenrol", _("Unenrol"))

    def action_ask_block(self):
        """Button: ask whether these students are to be blocked."""
        return self._ask_to_end("block", _("Block"))

    def _ask_to_end(self, act, title):
        self.check_access_rights("write")
        self.check_access_rule("write")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "classroom.enrolment.end",
            "view_mode": "form",
            "target": "new",
            "context": {"default_act": act, "default_enrolment_ids": [(6, 0, self.ids)]},
        }

    def action_unenrol(self, reason=False):
        """End the enrolments today; the students leave the classroom without a ban."""
        by_day = {}
        for one in self:
            # one that has not begun yet ends on the day on which it would have
            day = max(one.date_from, one.classroom_id._today())
            by_day[day] = by_day.get(day, self.browse()) | one
        for day, ones in by_day.items():
            ones.write(
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
        """Enrol the students anew; the ended enrolment stays as history."""
        for one in self.filtered(lambda one: one.state == "ended"):
            self.create({"classroom_id": one.classroom_id.id, "partner_id": one.partner_id.id})
        return True
