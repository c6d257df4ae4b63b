"""The sheet of one lesson, for the printer and as a table."""

from odoo import _

from ..rules.tables import Table
from .cells import time_cells, time_of
from .words import TONES

#: The column with the status, which is coloured.
_STATUS = 3


class SheetPaper:
    """The sheet of one lesson. Raises AccessError for a user who may not read it."""

    kind = "sheet"

    def __init__(self, source, lesson, has_remarks=True):
        lesson.ensure_one()
        source.check("lesson", lesson)
        self.source, self.env, self.words = source, source.env, source.words
        self.has_remarks = has_remarks
        self.sheet = source.sheet(lesson, has_remarks)

    def name_parts(self):
        """Return the parts of a file's name."""
        return [self.sheet.classroom, self.sheet.lesson, str(self.sheet.day)]

    def students(self):
        """Return the number of students, and of each status."""
        return self.words.students(
            [line.status or "unknown" for line in self.sheet.lines if line.is_student]
        )

    def printed(self):
        """Return the values of the template of the printed sheet."""
        return {
            "sheet": self.sheet,
            "lines": self.sheet.sorted_lines(),
            "labels": self.words.labels,
            "students": self.students(),
            "footnote": self.source.footnote(),
            "has_remarks": self.has_remarks,
            "is_corrected": any(line.is_corrected for line in self.sheet.lines),
        }

    def table(self):
        """The sheet as a `rules.tables.Table`."""
        sheet = self.sheet
        lines = sheet.sorted_lines()
        return Table(
            "%s – %s" % (sheet.classroom, sheet.lesson),
            [
                *(_("Name"), _("Number"), _("Role"), _("Status"), _("Arrival"), _("Departure")),
                *(_("Minutes"), _("Percentage"), _("At least"), _("At most"), _("Corrected")),
                _("Remark"),
            ],
            self._line_rows(lines) + self._other_rows(),
            self._head() + list(sheet.notes),
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
        sentences = [self.sheet.when]
        if self.sheet.teacher:
            sentences.append(_("Teacher: %s") % self.sheet.teacher)
        students = self.students()
        if students:
            sentences.append(_("Students: %s") % students)
        if self.source.footnote():
            sentences.append(self.source.footnote())
        return sentences

    def _line_rows(self, lines):
        """Return the rows of the table for these lines."""
        labels, yes = self.words.labels, _("yes")
        return [
            [
                line.name,
                line.number or None,
                line.role,
                labels.get(line.status, ""),
                *time_cells(line),
                line.low,
                line.high,
                yes if line.is_corrected else None,
                line.remark or None,
            ]
            for line in lines
        ]

    def _other_rows(self):
        """Rows of participants who have no line: guests, and people who took part as a channel."""
        rows = []
        kinds = ((_("Guest"), self.sheet.guests), (_("Channel"), self.sheet.channels))
        for kind, others in kinds:
            for other in others:
                times = [time_of(text) for text in other.times]
                blank = [None] * 4  # percentage, at least, at most, corrected
                minutes = round(other.minutes)
                rows.append(
                    [other.name, None, kind, None, *times, minutes, *blank, other.who or None]
                )
        return rows
