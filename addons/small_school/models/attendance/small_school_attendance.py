"""The lines of sheets: one person's presence at one lesson, as observed and as corrected by people.
Work on a sheet as a whole is in `sheet*.py`."""

from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html_escape

from ...rules.by_hand import OBSERVED
from .excuse_sheets import accepted_excuses
from .sheet import Sheet
from .sheet_by_hand import SheetByHand

STATUSES = [
    ("excused", "Excused"),
    ("unknown", "Unknown"),
    ("absent", "Absent"),
    ("partial", "Partly present"),
    ("late", "Late"),
    ("left_early", "Left early"),
    ("present", "Present"),
]
#: Written by observations and by the buttons, never by hand.
_NOT_BY_HAND = {
    *("computed_status", "minutes", "minutes_low", "minutes_high", "percentage", "evidence"),
    *("arrived_at", "departed_at", "corrected", "corrected_by", "corrected_at", "excuse_id"),
    "is_all_present",
}


class ClassroomAttendance(models.Model):
    """One person's line of a lesson's sheet. A correction by a person survives recomputation."""

    _name = "small_school.attendance"
    _inherit = "small_school.record.mixin"
    _fixed = ("lesson_id", "partner_id")
    _description = "Attendance"
    _order = "lesson_id desc, role, partner_id"
    _rec_name = "partner_id"

    lesson_id = fields.Many2one(
        "small_school.lesson", "Lesson", required=True, index=True, ondelete="cascade"
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
        "small_school.excuse",
        "Accepted excuse",
        readonly=True,
        index=True,
        ondelete="set null",
        groups="small_school.group_supervisor",
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
    start = fields.Datetime(related="lesson_id.start", string="Start", store=True, index=True)
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
            line.needs_reason = not line.is_excused and line._contradicts(line.status)

    def _arrival(self):
        """Return the arrival, naive UTC: minutes that a person wrote down outweigh the
        observation."""
        if self.late_minutes and self.start and self.status == "late":
            return self.start + timedelta(minutes=self.late_minutes)
        return self.arrived_at

    # -- the content of a line -------------------------------------------------------------------

    def _is_final(self):
        """Return whether the line is final, so that families read it."""
        return self.lesson_id.sheet_state in ("final", "confirmed")

    def _says_presence(self):
        """Return whether the line's status shows presence or absence."""
        return self.status not in (False, "unknown", "excused")

    def _contradicts(self, status):
        """Return whether `status` differs from the observation of this person."""
        return self.computed_status in OBSERVED and status != self.computed_status

    def _status_label(self, status):
        return dict(self._fields["status"]._description_selection(self.env)).get(status, "")

    # -- writing --------------------------------------------------------------------------------

    def _is_internal(self, key):
        """Return whether the product itself writes, with this key in the context: anybody can
        send a context, nobody superuser rights."""
        return self.env.su and self.env.context.get(key)

    def _as_computed(self):
        """Return these lines with the context of the product's own writes. The caller has checked
        the user's rights."""
        return self.sudo().with_context(classroom_computed=True)

    @api.model_create_multi
    def create(self, vals_list):
        """Record statuses set by a person as corrections. All others with an excuse for the lesson
        are excused from the beginning."""
        is_by_person = not self.env.su
        if is_by_person:
            for vals in vals_list:
                self._check_by_hand(vals)
        lines = super().create(vals_list)
        for lesson in lines.mapped("lesson_id"):
            Sheet(lesson).check_unlocked()
        for line in lines if is_by_person else ():
            if line.status not in (False, "unknown"):
                line._check_begun(line.status)
                line._as_computed().write(line._correction())
                line._after_correction()
        lines.filtered(lambda line: not line.corrected)._apply_excuses()
        return lines

    def write(self, vals):
        """Record a status or excuse set by a person as a correction, which needs a reason if it
        differs from the observation."""
        self._check_unlocked()
        if not self.env.su:
            self._check_by_hand(vals)
        if self._is_internal("classroom_computed"):
            return super().write(vals)
        if "is_excused" in vals and "status" not in vals:
            if not vals["is_excused"]:  # the observation counts again
                self.action_take_back()
                return super().write({k: vals[k] for k in vals if k != "is_excused"})
            vals = dict(vals, status="excused")
        elif "status" in vals:
            self._check_reason(vals)
        if not self.env.su and {"status", "late_minutes"} & set(vals):
            self._check_begun(vals.get("status"))
        contradicted = []
        if "status" in vals:
            contradicted = [
                (line, line.status) for line in self if line._contradicts(vals["status"])
            ]
            vals = dict(vals, **self._correction())
            if vals["status"] != "late":
                vals["late_minutes"] = 0
            if vals["status"] != "excused":
                vals["is_excused"] = False
            vals["is_all_present"] = False
        result = super().write(vals)
        if vals.get("is_excused") is False:
            self._as_computed().filtered("excuse_id").write({"excuse_id": False})
        if "lesson_id" in vals:
            self._check_unlocked()
        for line, before in contradicted:
            line._log_correction(before)
        if "status" in vals:
            self._after_correction()
        return result

    def unlink(self):
        self._check_unlocked()
        if self.filtered("corrected") and not self._is_internal("classroom_uniting"):
            raise UserError(_("A corrected line is kept: take the correction back first."))
        return super().unlink()

    def _check_unlocked(self):
        # two people turning out to be one changes no verdict: confirmed sheets follow, too
        if not self._is_internal("classroom_uniting"):
            for lesson in self.sudo().mapped("lesson_id"):
                Sheet(lesson).check_unlocked()

    @api.model
    def _check_by_hand(self, vals):
        if _NOT_BY_HAND & set(vals):
            raise AccessError(_("What was observed is not changed by hand: correct the status."))

    def _check_begun(self, status):
        """Raise UserError if the sheets cannot be filled in yet; an excuse may be known before the
        lesson."""
        if status == "excused":
            return
        for lesson in self.mapped("lesson_id"):
            SheetByHand(lesson).check()

    def _check_reason(self, vals):
        """Raise UserError if the new status differs from the observation and no reason is given."""
        is_excused = vals.get("is_excused")
        for line in self.filtered(lambda line: line._contradicts(vals["status"])):
            if line.status == vals["status"] or is_excused:
                continue
            reason = vals.get("correction_reason", line.correction_reason)
            if vals["status"] == "excused":
                reason = reason or vals.get("excuse_reason", line.excuse_reason)
            if not (reason or "").strip():
                raise UserError(
                    _("%s was observed as “%s”: write why the sheet is to say something else.")
                    % (line.partner_id.name, line._status_label(line.computed_status))
                )

    # -- corrections ----------------------------------------------------------------------------

    def _correction(self):
        return {
            "corrected": True,
            "corrected_by": self.env.uid,
            "corrected_at": fields.Datetime.now(),
        }

    def _after_correction(self):
        """Mark the lessons of corrected lines as held: a person has said who was there."""
        lines = self.filtered(lambda line: line.corrected and line._says_presence())
        for lesson in lines.mapped("lesson_id"):
            by_hand = SheetByHand(lesson)
            if not by_hand.refusal():
                by_hand.after_filling()

    def _log_correction(self, before):
        """Note in the lesson's log that a person contradicted the observation. before: the status
        until now."""
        if before == self.status:
            return
        line = self.with_context(lang=self.sudo().classroom_id.lang)
        labels = [line._status_label(before), line._status_label(self.status)]
        reason = self.correction_reason
        if self.status == "excused":
            reason = self.excuse_reason or reason
        text = line._correction_text() % (self.partner_id.name, *labels, reason or "–")
        self.lesson_id._message_log(body=html_escape(text))

    def _correction_text(self):
        return _("%s: “%s” was corrected to “%s” (%s).")

    def action_take_back(self):
        """Button: take the correction back; the observation counts again."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for line in self:
            if not line.corrected:
                continue
            line._as_computed().write(
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
            line._apply_excuses()
        return True

    def _reset(self):
        """Take corrections of these lines back, and delete lines that say nothing after that."""
        self.action_take_back()
        empty = self.filtered(
            lambda line: (
                line.status in (False, "unknown") and line.computed_status in (False, "unknown")
            )
        )
        # who may fill a sheet in has no right to delete lines otherwise
        empty._as_computed().unlink()

    def _apply_excuses(self):
        """Excuse the students among these lines with an accepted excuse for the lesson. Corrected
        lines stay."""
        for lesson in self.mapped("lesson_id"):
            excuses = accepted_excuses(lesson)
            for line in self:
                excuse = line.lesson_id == lesson and excuses.get(line.partner_id)
                is_open = line.role == "student" and not line.is_excused and not line.corrected
                if excuse and is_open:
                    values = {"status": "excused", "is_excused": True, "excuse_id": excuse.id}
                    line._as_computed().write(values)
