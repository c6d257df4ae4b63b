"""The sheet of one lesson as a table, for files. The printed sheet is a template of its own
(`report/classroom_sheet_report.xml`)."""

from odoo import _

from odoo.addons.lesson_register.rules.tables import Table

from .record_cells import remark, time_cells, time_of
from .report_words import TONES, ReportWords

#: The column with the status, which is coloured.
_STATUS = 3


class LessonRecord:
    """The record of one lesson. Raises AccessError for a user who may not read it."""

    def __init__(self, lesson):
        lesson.ensure_one()
        self.lesson, self.env = lesson, lesson.env
        self.words = ReportWords(lesson.env)

    def table(self):
        """The sheet as a `rules.tables.Table`."""
        lesson = self.lesson
        self.words.check_may_read(lesson)
        extras = lesson._sheet_extras()
        lines = lesson.line_ids.sorted(lambda line: (line.role != "student", line.role))
        rows = self._line_rows(lines) + self._other_rows(extras)
        return Table(
            "%s – %s" % (lesson.sudo().classroom_id.name, lesson.name),
            [
                *(_("Name"), _("Number"), _("Role"), _("Status"), _("Arrival"), _("Departure")),
                *(_("Minutes"), _("Percentage"), _("At least"), _("At most"), _("Corrected")),
                _("Remark"),
            ],
            rows,
            self._head() + extras["notes"],
            fixed=1,
            tones={
                (number, _STATUS): TONES[line.status]
                for number, line in enumerate(lines)
                if line.status in TONES
            },
            day=self.words.lang().date_format,
        )

    def _head(self):
        """The sentences above the table."""
        lesson = self.lesson
        sentences = [lesson.local_time or ""]
        if lesson.teacher_id:
            sentences.append(_("Teacher: %s") % lesson.sudo().teacher_id.name)
        if lesson.sheet_counts:
            sentences.append(_("Students: %s") % lesson.sheet_counts)
        return sentences

    def _line_rows(self, lines):
        """Return the rows of the table for these lines of attendance."""
        labels = self.words.labels()
        roles = dict(lines._fields["role"]._description_selection(self.env))
        yes = _("yes")
        return [
            [
                line.partner_id.name or "",
                line.sudo().partner_id.student_number or None,
                roles.get(line.role, ""),
                labels.get(line.status, ""),
                *time_cells(line),
                line.minutes_low,
                line.minutes_high,
                yes if line.corrected else None,
                remark(line),
            ]
            for line in lines
        ]

    def _other_rows(self, extras):
        """Rows of participants who have no line: guests, and people who took part as a channel."""
        rows = []
        for kind, others in ((_("Guest"), extras["guests"]), (_("Channel"), extras["channels"])):
            for other in others:
                times = [time_of(text) for text in other["times"]]
                minutes = round(other["minutes"])
                blank = [None] * 4  # percentage, at least, at most, corrected
                remarks = other.get("who")
                rows.append([other["name"], None, kind, None, *times, minutes, *blank, remarks])
        return rows
