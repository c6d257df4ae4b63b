"""A student's attendance of a period, in all classes that the reader may see."""

from odoo import _

from odoo.addons.lesson_register.rules.register import STATUSES, count, rate
from odoo.addons.lesson_register.rules.tables import Table

from ..timetable.lesson_times import local_start
from .record_cells import remark, time_cells
from .report_words import TONES, ReportWords

#: The column with the status, which is coloured.
_STATUS = 4


class StudentRecord:
    """The record of one student from `first` to `last` (days by each classroom's clock, both
    included).

    Raises AccessError for a user who may not read it, UserError for a period that is refused.
    """

    def __init__(self, partner, first, last):
        partner.ensure_one()
        self.partner, self.env = partner, partner.env
        self.first, self.last = first, last
        self.words = ReportWords(partner.env)

    def lines(self):
        """The student's lines that the reader may see, oldest first."""
        self.words.check_may_read(self.partner)
        self.words.check_period(self.first, self.last)
        lines = self.env["small_school.attendance"].search(
            [
                ("partner_id", "=", self.partner.id),
                ("role", "=", "student"),
                ("lesson_id.state", "in", ("open", "held")),
            ],
            order="start, id",
        )
        return lines.filtered(
            lambda line: self.first <= local_start(line.lesson_id).date() <= self.last
        )

    @staticmethod
    def by_classroom(lines):
        """Return [(name of the classroom, {status: number}, rate or None)]; the last one, under the
        name None, is all of them together."""
        counts = []
        for classroom in lines.sudo().mapped("classroom_id").sorted("name"):
            own = lines.filtered(lambda line, one=classroom: line.sudo().classroom_id == one)
            counts.append((classroom.name, count(own.mapped("status"))))
        counts.append((None, count(lines.mapped("status"))))
        return [(name, of_class, rate(of_class)) for name, of_class in counts]

    def table(self):
        """The record as a `rules.tables.Table`."""
        lines = self.lines()
        return Table(
            _("Attendance: %s") % self.partner.name,
            [
                *(_("Date"), _("Hour"), _("Classroom"), _("Lesson"), _("Status")),
                *(_("Arrival"), _("Departure"), _("Minutes"), _("Percentage"), _("Remark")),
            ],
            self._rows(lines),
            self._head(lines) + [self.words.rate_rule()],
            fixed=2,
            tones={
                (number, _STATUS): TONES[line.status]
                for number, line in enumerate(lines)
                if line.status in TONES
            },
            day=self.words.lang().date_format,
        )

    def _rows(self, lines):
        """Return the rows of the table for these lines of attendance."""
        labels = self.words.labels()
        return [
            [
                local_start(line.lesson_id).date(),
                local_start(line.lesson_id).time(),
                line.sudo().classroom_id.name,
                line.lesson_id.name,
                labels.get(line.status, ""),
                *time_cells(line),
                remark(line),
            ]
            for line in lines
        ]

    def _head(self, lines):
        """Return the sentences above the table: the period, and the number of each status in each
        class."""
        labels = self.words.labels()
        sentences = [self.words.period(self.first, self.last)]
        for name, counts, share in self.by_classroom(lines):
            parts = []
            for status in STATUSES:
                if status in counts:
                    parts.append(_("%s: %s") % (labels[status], counts[status]))
            if share is not None:
                parts.append(_("rate %s %%") % self.words.number(share))
            sentences.append("%s – %s" % (name or _("All classes"), ", ".join(parts) or "–"))
        return sentences
