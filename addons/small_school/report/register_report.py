"""Registers and records for the printer."""

from odoo import _, api, fields, models

from odoo.addons.lesson_register.rules.register import STATUSES, pages
from odoo.addons.lesson_register.rules.register_html import page_html
from odoo.addons.lesson_register.rules.tables import as_text

from ..models.attendance.register import ClassroomRegister
from ..models.attendance.report_words import ReportWords
from ..models.attendance.student_record import StudentRecord

#: The lessons and students that fit on a sheet of A4. The browser that prints repeats no heads of
#: tables, so each page is a table of its own.
COLUMNS, ROWS = 20, 32
#: Lines on a sheet of a student's record, and the widths of its columns (per cent). Without them
#: the browser that prints makes all columns equal, and cuts names.
RECORD_ROWS = 34
RECORD_WIDTHS = (9.5, 5.5, 21, 12.5, 9.5, 6.5, 6.5, 7.5, 10.5, 11)


class RegisterReport(models.AbstractModel):
    """The register, for the printer. data: dict(first, last), days as ISO texts."""

    _name = "report.small_school.register"
    _description = "Printed register"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the values of the template: the pages of each register, with legend and rule."""
        first, last = (fields.Date.to_date((data or {}).get(name)) for name in ("first", "last"))
        words = ReportWords(self.env)
        html_words = words.of_html()
        docs = []
        for classroom in self.env["small_school.classroom"].browse(docids):
            register = ClassroomRegister(classroom, first, last).read()
            parts = pages(register, COLUMNS, ROWS)
            docs.append(
                {
                    "classroom": classroom,
                    "school": classroom.company_id.name,
                    "period": words.period(first, last),
                    "pages": [
                        (
                            _("Page %s of %s") % (number, len(parts)),
                            page_html(register, page, html_words),
                        )
                        for number, page in enumerate(parts, 1)
                    ],
                    "is_empty": not register.lessons,
                }
            )
        return {
            "docs": docs,
            "legend": words.legend(),
            "rate_rule": words.rate_rule(),
        }


class RecordReport(models.AbstractModel):
    """A student's record, for the printer. data: dict(first, last), days as ISO texts."""

    _name = "report.small_school.record"
    _description = "Printed record of a student"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the values of the template: summary and pages of each student's record."""
        first, last = (fields.Date.to_date((data or {}).get(name)) for name in ("first", "last"))
        words = ReportWords(self.env)
        labels = words.labels()
        docs = []
        for partner in self.env["res.partner"].browse(docids):
            record = StudentRecord(partner, first, last)
            table = record.table()
            point = words.lang().decimal_point
            rows = [[as_text(cell, table.day, point) for cell in row] for row in table.rows]
            parts = [rows[at : at + RECORD_ROWS] for at in range(0, len(rows), RECORD_ROWS)] or [[]]
            docs.append(
                {
                    "partner": partner,
                    "period": words.period(first, last),
                    "summary": [
                        (
                            name or _("All classes"),
                            [counts.get(status, 0) for status in STATUSES],
                            "–" if share is None else "%s %%" % words.number(share),
                        )
                        for name, counts, share in record.by_classroom(record.lines())
                    ],
                    "header": table.header,
                    "pages": [
                        (_("Page %s of %s") % (number, len(parts)), part)
                        for number, part in enumerate(parts, 1)
                    ],
                }
            )
        return {
            "docs": docs,
            "statuses": [labels[status] for status in STATUSES],
            "widths": RECORD_WIDTHS,
            "rate_rule": words.rate_rule(),
        }
