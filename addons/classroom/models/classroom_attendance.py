import pytz

from odoo import _, api, fields, models
from odoo.exceptions import UserError

STATUSES = [
    ("excused", "Excused"),
    ("unknown", "Unknown"),
    ("absent", "Absent"),
    ("partial", "Partly present"),
    ("late", "Late"),
    ("left_early", "Left early"),
    ("present", "Present"),
]


class ClassroomAttendance(models.Model):
    """One person's line of a lesson's sheet. What a teacher corrects survives recomputation."""

    _name = "classroom.attendance"
    _description = "Attendance"
    _order = "lesson_id desc, role, partner_id"
    _rec_name = "partner_id"

    lesson_id = fields.Many2one(
        "classroom.lesson", "Lesson", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, index=True, ondelete="restrict"
    )
    role = fields.Selection(
        [("student", "Student"), ("teacher", "Teacher"), ("supervisor", "Supervisor")],
        "Role",
        required=True,
        default="student",
    )
    status = fields.Selection(STATUSES, "Status", default="unknown")
    computed_status = fields.Selection(STATUSES, "As observed", readonly=True)
    arrived_at = fields.Datetime("Arrival")
    departed_at = fields.Datetime("Departure")
    minutes = fields.Float("Minutes", digits=(16, 2))
    minutes_low = fields.Float("At least", digits=(16, 2))
    minutes_high = fields.Float("At most", digits=(16, 2))
    percentage = fields.Float("Percentage", digits=(16, 1))
    arrived_text = fields.Char("Arrival (local)", compute="_compute_local_times")
    departed_text = fields.Char("Departure (local)", compute="_compute_local_times")
    evidence = fields.Text("Evidence")
    is_excused = fields.Boolean("Excused by the school")
    excuse_reason = fields.Char("Excuse")
    corrected = fields.Boolean("Corrected", readonly=True)
    correction_reason = fields.Char("Why corrected")
    corrected_by = fields.Many2one("res.users", "Corrected by", readonly=True)
    corrected_at = fields.Datetime("Corrected at", readonly=True)
    classroom_id = fields.Many2one(
        related="lesson_id.classroom_id", string="Classroom", store=True, index=True
    )
    start = fields.Datetime(related="lesson_id.start", string="Start", store=True)
    company_id = fields.Many2one(related="lesson_id.company_id", string="School")

    _sql_constraints = [
        ("once", "unique (lesson_id, partner_id)", "This person has a line on this sheet already.")
    ]

    @api.depends("arrived_at", "departed_at", "lesson_id.classroom_id.tz")
    def _compute_local_times(self):
        for line in self:
            tz = pytz.timezone(line.lesson_id.classroom_id.tz or "UTC")
            for name, at in (
                ("arrived_text", line.arrived_at),
                ("departed_text", line.departed_at),
            ):
                line[name] = pytz.utc.localize(at).astimezone(tz).strftime("%H:%M") if at else False

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.mapped("lesson_id")._check_sheet_open()
        return lines

    def write(self, vals):
        """A status or excuse that a person sets is a correction."""
        self._check_open()
        if (
            "is_excused" in vals
            and "status" not in vals
            and not self.env.context.get("classroom_computed")
        ):
            vals = dict(vals, status="excused" if vals["is_excused"] else "unknown")
        is_correction = "status" in vals and not self.env.context.get("classroom_computed")
        if is_correction:
            vals = dict(
                vals,
                corrected=True,
                corrected_by=self.env.uid,
                corrected_at=fields.Datetime.now(),
            )
        return super().write(vals)

    def action_take_back(self):
        """Take the correction back: what was observed counts again."""
        for line in self:
            if not line.corrected:
                continue
            line.with_context(classroom_computed=True).write(
                {
                    "status": line.computed_status or "unknown",
                    "corrected": False,
                    "correction_reason": False,
                    "corrected_by": False,
                    "corrected_at": False,
                    "is_excused": False,
                }
            )
        return True

    def _check_open(self):
        # two people turning out to be one changes no verdict: confirmed sheets follow, too
        if not self.env.context.get("classroom_uniting"):
            self.mapped("lesson_id")._check_sheet_open()

    def unlink(self):
        self._check_open()
        if self.filtered("corrected") and not self.env.context.get("classroom_uniting"):
            raise UserError(_("A corrected line is kept: take the correction back first."))
        return super().unlink()
