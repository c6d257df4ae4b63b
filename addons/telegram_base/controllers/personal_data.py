from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request

from ..rules.text import LARGEST_ID, number


class PersonalData(http.Controller):
    """The file with all data about a person. It is made while it is downloaded, and kept
    nowhere."""

    @http.route(
        # as text: a number of thousands of digits would be an error before we see it
        "/telegram/personal-data/<string(maxlength=10):partner_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def export(self, partner_id, **_more):
        """Return the ZIP; "not found" for users who may not have it."""
        wanted = number(partner_id, LARGEST_ID) or 0
        partner = request.env["res.partner"].with_context(active_test=False).browse(wanted)
        try:
            request.env["telegram.personal.data"]._check_may()
            if not partner.sudo().exists():
                raise NotFound()
            name, content = request.env["telegram.personal.data"]._personal_export(partner)
        except AccessError:
            raise NotFound() from None
        return request.make_response(
            content,
            [
                ("Content-Type", "application/zip"),
                ("Content-Length", str(len(content))),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )
