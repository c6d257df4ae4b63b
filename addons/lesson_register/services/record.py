"""A student's attendance of a period, in all classes that the reader may see."""

from odoo import _

from ..rules.register import STATUSES, count, rate, sort_key
from ..rules.tables import Table, as_text
from .cells import time_cells
from .words import TONES

#: The column with the status, which is coloured.
_STATUS = 4
#: Lines on a sheet of a student's record, and the widths of its columns (per cent). Without them
#: the browser that prints makes all columns equal, and cuts names.
ROWS = 34
WIDTHS = (9.5, 5.5, 21, 12.5, 9.5, 6.5, 6.5, 7.5, 10.5, 11)


class RecordPaper:
    """The record of one student from `first` to `last` (days by each class's clock, both included).

    Raises AccessError for a user who may not read it, UserError for a period that is refused.
    """

    kind = "record"

    def __init__(self, source, partner, first, last):
        partner.ensure_one()
        source.check("student", partner)
        self.source, self.env, self.words = source, source.env, source.words
        self.first, self.last = first, last
        self.words.check_period(first, last)
        # the family reads lines of people whom it may not read
        self.name = partner.sudo().name or ""
        self.lines = source.lines(partner, first, last)

    def name_parts(self):
        """Return the parts of a file's name."""
        return [_("Attendance"), self.name, str(self.first), str(self.last)]

    def by_classroom(self):
        """Return [(name of the class, {status: number}, rate or None)]; the last one, under the
        name None, is all of them together."""
        classes = {}
        for line in self.lines:
            classes.setdefault((sort_key(line.classroom), line.classroom_id), []).append(line)
        counts = [
            (own[0].classroom, count(line.status for line in own))
            for _key, own in sorted(classes.items())
        ]
        counts.append((None, count(line.status for line in self.lines)))
        return [(name, of_class, rate(of_class)) for name, of_class in counts]

    def table(self):
        """The record as a `rules.tables.Table`."""
        foot = self.source.footnote()
        return Table(
            _("Attendance: %s") % self.name,
            [
                *(_("Date"), _("Hour"), _("Classroom"), _("Lesson"), _("Status")),
                *(_("Arrival"), _("Departure"), _("Minutes"), _("Percentage"), _("Remark")),
            ],
            self._rows(),
            self._head() + [self.words.rate_rule()] + ([foot] if foot else []),
            fixed=2,
            tones={
                (number, _STATUS): TONES[line.status]
                for number, line in enumerate(self.lines)
                if line.status in TONES
            },
            day=self.words.lang().date_format,
        )

    def _rows(self):
        """Return the rows of the table."""
        labels = self.words.labels
        return [
            [
                line.start.date(),
                line.start.time(),
                line.classroom,
                line.lesson,
                labels.get(line.status, ""),
                *time_cells(line),
                line.remark or None,
            ]
            for line in self.lines
        ]

    def _head(self):
        """Return the sentences above the table: the period, and the number of each status in each
        class."""
        labels = self.words.labels
        sentences = [self.words.period(self.first, self.last)]
        for name, counts, share in self.by_classroom():
            parts = []
            for status in STATUSES:
                if status in counts:
                    parts.append(_("%s: %s") % (labels[status], counts[status]))
            if share is not None:
                parts.append(_("rate %s %%") % self.words.number(share))
            sentences.append("%s – %s" % (name or _("All classes"), ", ".join(parts) or "–"))
        return sentences

    def printed(self):
        """Return the values of the template of the printed record: summary and pages."""
        table = self.table()
        point = self.words.lang().decimal_point
        rows = [[as_text(cell, table.day, point) for cell in row] for row in table.rows]
        parts = [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)] or [[]]
        return {
            "title": self.name,
            "period": self.words.period(self.first, self.last),
            "summary": [
                (
                    name or _("All classes"),
                    [counts.get(status, 0) for status in STATUSES],
                    "–" if share is None else "%s %%" % self.words.number(share),
                )
                for name, counts, share in self.by_classroom()
            ],
            "statuses": [self.words.labels[status] for status in STATUSES],
            "header": table.header,
            "widths": WIDTHS,
            "pages": [
                (_("Page %s of %s") % (number, len(parts)), part)
                for number, part in enumerate(parts, 1)
            ],
            "rate_rule": self.words.rate_rule(),
            "footnote": self.source.footnote(),
        }
