"""Calendars, for programs that follow one by its address."""

from odoo import http
from odoo.http import request


class ClassroomCalendar(http.Controller):
    """A person's calendar, for programs without a session: the address is the key.

    If several databases answer to one host, Odoo does not know which one is meant, and answers 404:
    give each its own host (`dbfilter`).
    """

    @http.route(
        "/classroom/calendar/<string:token>.ics",
        type="http",
        auth="public",
        methods=["GET"],
        csrf=False,
        save_session=False,
    )
    def calendar(self, token, **_arguments):
        """The iCalendar of this address; 404 when there is none, or it was renewed."""
        feed = request.env["small_school.feed"].sudo()._find(token)
        if not feed:
            return request.not_found()
        response = request.make_response(
            feed._calendar(),
            headers=[
                ("Content-Type", "text/calendar; charset=utf-8"),
                ("Cache-Control", "private, max-age=300"),
                ("Content-Disposition", 'inline; filename="lessons.ics"'),
                ("X-Robots-Tag", "noindex"),
            ],
        )
        response.add_etag()
        return response.make_conditional(request.httprequest)
