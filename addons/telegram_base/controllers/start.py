from werkzeug.exceptions import Forbidden
from werkzeug.utils import redirect

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request


class Start(http.Controller):
    """The page of the first steps: from nothing to a test lesson."""

    @http.route("/telegram/start", type="http", auth="user", methods=["GET"])
    def start(self, **_more):
        """Show the steps, each with its state and its buttons."""
        self._check()
        return self._page()

    @http.route("/telegram/start/do", type="http", auth="user", methods=["POST"])
    def do(self, action=None, **_more):
        """Handle a button of a step."""
        self._check()
        try:
            address = request.env["telegram.onboarding"]._do(action or "")
        except UserError as error:
            request.env.cr.rollback()
            return self._page(error.args[0])
        if address.startswith("/"):
            return redirect(address, 303)
        # a link into Telegram: opened in a way that lets the person come back
        return self._page(link=address)

    def _check(self):
        if not request.env.user.has_group("telegram_base.group_manager"):
            raise Forbidden()

    @staticmethod
    def _page(error=False, link=False, ticked=()):
        """Return the page of the steps. error: a sentence above them. link: an address to open
        beside it."""
        onboarding = request.env["telegram.onboarding"].with_context(telegram_ticked=list(ticked))
        steps = onboarding._steps()
        open_steps = [number for number, step in enumerate(steps) if not step["is_done"]]
        values = {
            "steps": steps,
            "now": open_steps[0] if open_steps else -1,
            "error": error,
            "link": link,
            "is_start": True,
            "watch": False,
            "stamp": "start",
            "html_data": {"lang": (request.env.lang or "en_US").replace("_", "-")},
        }
        response = request.render("telegram_base.start", values)
        response.headers["Cache-Control"] = "no-store"
        return response
