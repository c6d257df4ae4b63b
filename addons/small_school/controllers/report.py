"""Reports of the school's staff: the sheet of a lesson, registers, records of students."""

from odoo import http

from odoo.addons.lesson_register.controllers.answer import answer

from ..models.attendance.report_source import SchoolSource


class ClassroomReports(http.Controller):
    """Reports as files, and the register as a page. An address can be kept as a bookmark: it
    names the report, and the rights are those of the user who opens it."""

    @http.route("/classroom/report/<string:kind>", type="http", auth="user", methods=["GET"])
    def report(self, kind, id="", first="", last="", format="pdf", **_arguments):
        """Return a report as a file or page: see `answer`."""
        return answer(SchoolSource, kind, id, first, last, format)
