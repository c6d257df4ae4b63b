"""The sheet of the menu “Print”."""

from odoo import api, models

from odoo.addons.lesson_register.services.sheet import SheetPaper

from ..models.attendance.report_source import SchoolSource


class SheetReport(models.AbstractModel):
    """The sheets of lessons, for the printer."""

    _name = "report.small_school.sheet"
    _description = "Printed sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the values of the template."""
        source = SchoolSource(self.env)
        lessons = self.env["small_school.lesson"].browse(docids)
        return {"papers": [SheetPaper(source, lesson).printed() for lesson in lessons]}
