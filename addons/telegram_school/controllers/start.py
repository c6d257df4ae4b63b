from odoo import http
from odoo.http import request

from odoo.addons.telegram_base.controllers.start import Start


class StartClasses(Start):
    """The list of classes on the page of the first steps: plain forms that work without a
    script."""

    @http.route("/telegram/start/classes", type="http", auth="user", methods=["POST"])
    def classes(self, do=None, **_more):
        """Handle a button of the list: `all`, `none` and `count` show the consequences; `on` makes
        the groups; `new_on` and `new_off` are about future classes."""
        self._check()
        onboarding = request.env["telegram.onboarding"]
        ticked = request.httprequest.form.getlist("ticked")
        if do in ("new_on", "new_off"):
            onboarding._switch_new(do == "new_on")
        elif do == "on":
            onboarding._switch_on(ticked)
            ticked = []
        elif do == "all":
            ticked = [one["value"] for one in onboarding._step_classes()["classes"]]
        elif do == "none":
            ticked = []
        return self._page(ticked=ticked)
