from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html_escape

STATUSES = [
    ("excused", "Excused"),
    ("unknown", "Unknown"),
    ("absent", "Absent"),
    ("partial", "Partly present"),
    ("late", "Late"),
    ("left_early", "Left early"),
    ("present", "Present"),
]
#: What is said of somebody whom somebody or something has seen, or has missed.
OBSERVED = ("absent", "partial", "late", "left_early", "present")
#: Written by what observes and by the buttons, never by hand.
_OWN = {
    *("computed_status", "minutes", "minutes_low", "minutes_high", "percentage", "evidence"),
    *("arrived_at", "departed_at", "corrected", "corrected_by", "corrected_at", "excuse_id"),
    "is_all_present",
}


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
    import_stays = fields.Text(
        "As imported",
        readonly=True,
        copy=False,
        help="When the person came and left, for each file that was imported.",
    )
    is_excused = fields.Boolean("Excused by the school")
    excuse_reason = fields.Char("Excuse")
    excuse_id = fields.Many2one(
        "classroom.excuse",
        "Accepted excuse",
        readonly=True,
        index=True,
        ondelete="set null",
        groups="classroom.group_supervisor",
    )
    late_minutes = fields.Integer("Minutes late, by hand", group_operator=False)
    corrected = fields.Boolean("Corrected", readonly=True)
    is_all_present = fields.Boolean(
        "By “All present”", readonly=True, help="Nobody has said it of this person by name."
    )
    correction_reason = fields.Char("Why corrected")
    needs_reason = fields.Boolean("Needs a reason", compute="_compute_needs_reason")
    corrected_by = fields.Many2one("res.users", "Corrected by", readonly=True)
    corrected_at = fields.Datetime("Corrected at", readonly=True)
    classroom_id = fields.Many2one(
        related="lesson_id.classroom_id", string="Classroom", store=True, index=True
    )
    start = fields.Datetime(related="lesson_id.start", string="Start", store=True)
    company_id = fields.Many2one(related="lesson_id.company_id", string="School")

    _sql_constraints = [
        ("once", "unique (lesson_id, partner_id)", "This person has a line on this sheet already."),
        ("late_minutes", "check (late_minutes >= 0)", "Nobody is late by less than nothing."),
    ]

    @api.depends("arrived_at", "departed_at", "late_minutes", "start", "lesson_id.classroom_id.tz")
    def _compute_local_times(self):
        for line in self:
            tz = pytz.timezone(line.sudo().lesson_id.classroom_id.tz or "UTC")
            for name, at in (
                ("arrived_text", line._arrival()),
                ("departed_text", line.departed_at),
            ):
                line[name] = pytz.utc.localize(at).astimezone(tz).strftime("%H:%M") if at else False

    @api.depends("status", "computed_status", "is_excused")
    def _compute_needs_reason(self):
        for line in self:
            line.needs_reason = not line.is_excused and line._is_against(line.status)

    def _arrival(self):
        """When the person came, naive UTC: what somebody wrote down outweighs what was observed."""
        if self.late_minutes and self.start and self.status == "late":
            return self.start + timedelta(minutes=self.late_minutes)
        return self.arrived_at

    # -- writing --------------------------------------------------------------------------------

    def _is_by(self, key):
        """Whether the product itself writes: anybody can send a context, nobody superuser rights."""
        return self.env.su and self.env.context.get(key)

    @api.model_create_multi
    def create(self, vals_list):
        """Who is excused for the lesson's time is so from the beginning; a status that a person sets
        is theirs."""
        if not self.env.su:
            for vals in vals_list:
                self._check_by_hand(vals)
        lines = super().create(vals_list)
        lines.mapped("lesson_id")._check_sheet_open()
        for line in lines:
            if not self.env.su and line.status not in (False, "unknown"):
                line._check_begun(line.status)
                line._computed().write(line._correction())
                line._said_by_hand()
        lines.filtered(lambda line: not line.corrected)._excuse()
        return lines

    def write(self, vals):
        """A status or excuse that a person sets is a correction; it needs a reason where it says
        something else than what was observed."""
        self._check_open()
        if not self.env.su:
            self._check_by_hand(vals)
        if self._is_by("classroom_computed"):
            return super().write(vals)
        if "is_excused" in vals and "status" not in vals:
            if not vals["is_excused"]:  # what was observed counts again
                self.action_take_back()
                return super().write({k: vals[k] for k in vals if k != "is_excused"})
            vals = dict(vals, status="excused")
        elif "status" in vals:
            self._check_reason(vals)
        if not self.env.su and {"status", "late_minutes"} & set(vals):
            self._check_begun(vals.get("status"))
        told = []
        if "status" in vals:
            told = [(line, line.status) for line in self if line._is_against(vals["status"])]
            vals = dict(vals, **self._correction())
            if vals["status"] != "late":
                vals["late_minutes"] = 0
            if vals["status"] != "excused":
                vals["is_excused"] = False
            vals["is_all_present"] = False
        result = super().write(vals)
        if vals.get("is_excused") is False:
            self._computed().filtered("excuse_id").write({"excuse_id": False})
        if "lesson_id" in vals:
            self._check_open()
        for line, before in told:
            line._tell_corrected(before)
        if "status" in vals:
            self._said_by_hand()
        return result

    @api.model
    def _check_by_hand(self, vals):
        if _OWN & set(vals):
            raise AccessError(_("What was observed is not changed by hand: correct the status."))

    def _check_begun(self, status):
        """Nobody says by hand of a lesson that is to come who was there; who will be excused may be
        known."""
        if status == "excused":
            return
        for lesson in self.mapped("lesson_id"):
            lesson._refuse(lesson._why_not_by_hand())

    def _said_by_hand(self):
        """By that the lesson was held."""
        lines = self.filtered(lambda line: line.corrected and line._is_said())
        lines.mapped("lesson_id").filtered(lambda one: not one._why_not_by_hand())._filled_in()

    def _is_final(self):
        """Whether the line is the sheet's last word, so that families read it."""
        return self.lesson_id.sheet_state in ("final", "confirmed")

    def _is_said(self):
        """Whether the line says whether the person was there."""
        return self.status not in (False, "unknown", "excused")

    def _correction(self):
        return {
            "corrected": True,
            "corrected_by": self.env.uid,
            "corrected_at": fields.Datetime.now(),
        }

    def _computed(self):
        """These lines as the product writes them; who asks for it was let to it before."""
        return self.sudo().with_context(classroom_computed=True)

    def _is_against(self, status):
        """Whether `status` says something else of this person than what was observed."""
        return self.computed_status in OBSERVED and status != self.computed_status

    def _check_reason(self, vals):
        is_excused = vals.get("is_excused")
        for line in self.filtered(lambda one: one._is_against(vals["status"])):
            if line.status == vals["status"] or is_excused:
                continue
            said = vals.get("correction_reason", line.correction_reason)
            if vals["status"] == "excused":
                said = said or vals.get("excuse_reason", line.excuse_reason)
            if not (said or "").strip():
                raise UserError(
                    _("%s was observed as “%s”: write why the sheet is to say something else.")
                    % (line.partner_id.name, line._status_word(line.computed_status))
                )

    def _status_word(self, status):
        return dict(self._fields["status"]._description_selection(self.env)).get(status, "")

    def _tell_corrected(self, before):
        """Keep a correction of what was observed in the lesson's history."""
        if before == self.status:
            return
        said = self.with_context(lang=self.sudo().classroom_id.lang)
        words = [self.partner_id.name, said._status_word(before), said._status_word(self.status)]
        reason = self.correction_reason
        if self.status == "excused":
            reason = self.excuse_reason or reason
        text = said._corrected_text() % (*words, reason or "–")
        self.lesson_id._message_log(body=html_escape(text))

    def _corrected_text(self):
        return _("%s: “%s” was corrected to “%s” (%s).")

    # -- excuses --------------------------------------------------------------------------------

    def _excuse(self):
        """Excuse the students among these lines for whom an excuse was accepted that covers the
        lesson. What a person said stays."""
        for lesson in self.mapped("lesson_id"):
            accepted = lesson._accepted_excuses()
            for line in self.filtered(
                lambda one, lesson=lesson: one.lesson_id == lesson and one.role == "student"
            ):
                excuse = accepted.get(line.partner_id)
                if excuse and not line.is_excused and not line.corrected:
                    values = {"status": "excused", "is_excused": True, "excuse_id": excuse.id}
                    line._computed().write(values)

    def action_take_back(self):
        """Take the correction back: what was observed counts again."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for line in self:
            if not line.corrected:
                continue
            line._computed().write(
                {
                    "status": line.computed_status or "unknown",
                    "corrected": False,
                    "is_all_present": False,
                    "correction_reason": False,
                    "corrected_by": False,
                    "corrected_at": False,
                    "is_excused": False,
                    "late_minutes": 0,
                }
            )
            line._excuse()
        return True

    def _withdraw(self):
        """Take back what was said of these people by hand; of whom nothing is known then, no line
        stays."""
        self.action_take_back()
        empty = self.filtered(lambda line: line.status in (False, "unknown"))
        empty.filtered(lambda line: line.computed_status in (False, "unknown"))._discard()

    def _discard(self):
        # who may fill a sheet in may empty it, and no more
        self._computed().unlink()

    def _check_open(self):
        # two people turning out to be one changes no verdict: confirmed sheets follow, too
        if not self._is_by("classroom_uniting"):
            self.sudo().mapped("lesson_id")._check_sheet_open()

    def unlink(self):
        self._check_open()
        if self.filtered("corrected") and not self._is_by("classroom_uniting"):
            raise UserError(_("A corrected line is kept: take the correction back first."))
        return super().unlink()
