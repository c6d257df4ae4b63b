from datetime import datetime

from odoo import _, api, models
from odoo.exceptions import UserError

from ...rules.register import STATUSES, count, rate
from ...rules.tables import Table
from .classroom_register import TONES


class ClassroomRecord(models.AbstractModel):
    """What the reports of one lesson and of one student say."""

    _name = "classroom.record"
    _inherit = "classroom.register"
    _description = "Record of a lesson or a student"

    @api.model
    def _lines_of(self, partner, first, last):
        """The student's lines of lessons between two days (by each classroom's clock) that the
        reader may see, oldest first."""
        self._check(partner)
        if last < first:
            raise UserError(_("The period ends before it begins: mend the dates."))
        return (
            self.env["classroom.attendance"]
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("role", "=", "student"),
                    ("lesson_id.state", "in", ("open", "held")),
                ],
                order="start, id",
            )
            .filtered(lambda line: first <= line.lesson_id._local_start().date() <= last)
        )

    @api.model
    def _by_classroom(self, lines):
        """[(classroom, {status: how often}, rate or None)], and the whole under None at the end."""
        found = []
        for classroom in lines.sudo().mapped("classroom_id").sorted("name"):
            own = lines.filtered(lambda line, one=classroom: line.sudo().classroom_id == one)
            found.append((classroom.name, count(own.mapped("status"))))
        found.append((None, count(lines.mapped("status"))))
        return [(name, counts, rate(counts)) for name, counts in found]

    # -- tables ---------------------------------------------------------------------------------

    @api.model
    def _student_table(self, partner, first, last):
        lines = self._lines_of(partner, first, last)
        labels = self._labels()
        rows, tones = [], {}
        for line in lines:
            lesson = line.lesson_id
            if line.status in TONES:
                tones[len(rows), 4] = TONES[line.status]
            rows.append(
                [
                    lesson._local_start().date(),
                    lesson._local_start().time(),
                    line.sudo().classroom_id.name,
                    lesson.name,
                    labels.get(line.status, ""),
                    *self._times(line),
                    self._remark(line),
                ]
            )
        said = [self._period(first, last)]
        for name, counts, share in self._by_classroom(lines):
            parts = [_("%s: %s") % (labels[one], counts[one]) for one in STATUSES if one in counts]
            if share is not None:
                parts.append(_("rate %s %%") % self._number(share))
            said.append("%s – %s" % (name or _("All classes"), ", ".join(parts) or "–"))
        return Table(
            _("Attendance: %s") % partner.name,
            [
                *(_("Date"), _("Hour"), _("Classroom"), _("Lesson"), _("Status")),
                *(_("Arrival"), _("Departure"), _("Minutes"), _("Percentage"), _("Remark")),
            ],
            rows,
            said + [self._rate_rule()],
            fixed=2,
            tones=tones,
            day=self._lang().date_format,
        )

    @api.model
    def _lesson_table(self, lesson):
        self._check(lesson)
        labels = self._labels()
        roles = dict(lesson.line_ids._fields["role"]._description_selection(self.env))
        lines = lesson.line_ids.sorted(lambda line: (line.role != "student", line.role))
        rows, tones = [], {}
        for line in lines:
            if line.status in TONES:
                tones[len(rows), 3] = TONES[line.status]
            rows.append(
                [
                    line.partner_id.name or "",
                    line.sudo().partner_id.student_number or None,
                    roles.get(line.role, ""),
                    labels.get(line.status, ""),
                    *self._times(line),
                    line.minutes_low,
                    line.minutes_high,
                    _("yes") if line.corrected else None,
                    self._remark(line),
                ]
            )
        for guest in lesson._sheet_guests():
            hours = [self._hour(text) for text in guest["times"]]
            nothing = [None] * 5  # what is told of those who belong to the class
            minutes = round(guest["minutes"])
            rows.append([guest["name"], None, _("Guest"), None, *hours, minutes, *nothing])
        for one in lesson._sheet_channels():
            hours = [self._hour(text) for text in one["times"]]
            nothing = [None] * 4
            minutes = round(one["minutes"])
            rows.append(
                [one["name"], None, _("Channel"), None, *hours, minutes, *nothing, one["who"]]
            )
        said = [lesson.local_time or ""]
        if lesson.teacher_id:
            said.append(_("Teacher: %s") % lesson.sudo().teacher_id.name)
        if lesson.sheet_counts:
            said.append(_("Students: %s") % lesson.sheet_counts)
        said += lesson._sheet_notes()
        return Table(
            "%s – %s" % (lesson.sudo().classroom_id.name, lesson.name),
            [
                *(_("Name"), _("Number"), _("Role"), _("Status"), _("Arrival"), _("Departure")),
                *(_("Minutes"), _("Percentage"), _("At least"), _("At most"), _("Corrected")),
                _("Remark"),
            ],
            rows,
            said,
            fixed=1,
            tones=tones,
            day=self._lang().date_format,
        )

    @api.model
    def _times(self, line):
        """Arrival, departure, minutes, percentage of a line, as cells."""
        return [
            self._hour(line.arrived_text),
            self._hour(line.departed_text),
            round(line.minutes),
            round(line.percentage, 1),
        ]

    @api.model
    def _hour(self, text):
        return datetime.strptime(text, "%H:%M").time() if text else None

    @api.model
    def _remark(self, line):
        return line.excuse_reason or line.correction_reason or line.evidence or None

    @api.model
    def _number(self, value):
        return ("%.1f" % value).replace(".", self._lang().decimal_point)
