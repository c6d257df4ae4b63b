"""Sheets, registers and records of any school, from our own tables."""

from odoo import http

from odoo.addons.lesson_register.controllers.answer import answer

from ..services.attendance.papers import TelegramSource


class TelegramReports(http.Controller):
    """Reports as files, and the register as a page, with the rights of the user who opens them."""

    @http.route("/telegram/report/<string:kind>", type="http", auth="user", methods=["GET"])
    def telegram_report(self, kind, id="", first="", last="", format="pdf", **_arguments):
        """Return a report as a file or page: see `answer`. id: of the `telegram.lesson`, of the
        `telegram.chat` or of the person."""
        return answer(TelegramSource, kind, id, first, last, format)
