import io
import json
import re

import segno
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.utils import redirect

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.identity.telegram_login import ANSWERS, BEGIN, ENDED

#: Fields of the page's forms; nothing else is passed on.
_FIELDS = ("token", "phone", "code", "password", "api_id", "api_hash")
_LONGEST = 500
_NAME = re.compile("[0-9a-f]{32}$")


class Connect(http.Controller):
    """The wizard that connects the school's bot and account.

    Plain pages and forms instead of a wizard of the web client: what is typed here must be in no
    column and in no log, and the web client's calls are written with all their arguments into
    Odoo's log at debug level. A form's fields are not.
    """

    @http.route("/telegram/connect", type="http", auth="user", methods=["GET"])
    def overview(self, step=None, process=None, error=None, **_more):
        """Show the first thing that is missing, or the screen `step` (bot, account)."""
        self._check()
        logins = request.env["telegram.login"]
        processes = request.env["telegram.process"]._alive()
        if not processes:
            return self._page("no_gateway", watch="/telegram/connect/alive")
        chosen = (
            processes.filtered(lambda candidate: candidate.process == process)[:1] or processes[:1]
        )
        values = {"processes": processes, "process": chosen, "error": error}
        if chosen.state == "copied":
            return self._page("copied", **values)
        missing = logins._missing(chosen)
        values["admitter"] = logins._admitter(chosen)
        screen = step if step in ("bot", "account") else None
        if not screen:
            screen = {"bot": "bot", "user": "account"}[missing[0]] if missing else "connected"
        return self._page(screen, missing=missing, **values)

    @http.route("/telegram/connect/alive", type="http", auth="user", methods=["GET"])
    def alive(self, **_more):
        """Return, for the page's script, whether a gateway runs now."""
        self._check()
        processes = request.env["telegram.process"]._alive()
        return self._json(
            {"stamp": "alive" if processes else "no_gateway:0", "state": "no_gateway"}
        )

    @http.route("/telegram/connect/begin", type="http", auth="user", methods=["POST"])
    def begin(self, step=None, process=None, **typed):
        """Handle a form that begins a login. typed: its fields."""
        self._check()
        if step not in BEGIN:
            raise NotFound()
        alive = request.env["telegram.process"]._alive()
        chosen = alive.filtered(lambda candidate: candidate.process == process)[:1]
        try:
            name = request.env["telegram.login"]._begin(chosen, step, self._typed(typed))
        except UserError:
            return redirect("/telegram/connect", 303)
        return redirect("/telegram/connect/%s" % name, 303)

    @http.route(
        "/telegram/connect/<string(length=32):name>", type="http", auth="user", methods=["GET"]
    )
    def login(self, name, **_more):
        """Show the state of a login, and the form for what it asks."""
        self._check()
        login, screen, stamp = self._stand(name)
        process = request.env["telegram.process"]._alive()
        mine = (
            process.filtered(lambda candidate: candidate.process == login.process)[:1]
            or process[:1]
        )
        return self._page(
            screen,
            login=login,
            name=name,
            stamp=stamp,
            process=mine,
            watch="/telegram/connect/%s/state" % name if login.state not in ENDED else None,
        )

    @http.route(
        "/telegram/connect/<string(length=32):name>/answer",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def answer(self, name, step=None, **typed):
        """Handle a form that answers the login's question. typed: its fields."""
        self._check()
        self._check_name(name)
        if step not in ANSWERS:
            raise NotFound()
        try:
            request.env["telegram.login"]._answer(name, step, self._typed(typed))
        except UserError:
            return redirect("/telegram/connect", 303)
        return redirect("/telegram/connect/%s" % name, 303)

    @http.route(
        "/telegram/connect/<string(length=32):name>/state",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def state(self, name, **_more):
        """Return, for the page's script, a text that changes whenever the page should."""
        self._check()
        _login, screen, stamp = self._stand(name)
        return self._json({"stamp": stamp, "state": screen})

    @http.route(
        "/telegram/connect/<string(length=32):name>/qr", type="http", auth="user", methods=["GET"]
    )
    def qr(self, name, **_more):
        """Return the present QR code as SVG. Its content is in no address: those are logged."""
        self._check()
        self._check_name(name)
        login = request.env["telegram.login"]._find(name)
        if login.state != "qr" or not login.url:
            raise NotFound()
        picture = io.BytesIO()
        segno.make(login.url, error="m").save(picture, kind="svg", scale=6, border=3, light="#fff")
        headers = [("Content-Type", "image/svg+xml"), ("Cache-Control", "no-store")]
        return request.make_response(picture.getvalue(), headers)

    # -- helpers --------------------------------------------------------------------------------

    def _check(self):
        if not request.env.user.has_group("telegram_base.group_manager"):
            raise Forbidden()

    @staticmethod
    def _typed(typed):
        """Return the answers that were typed, by name; empty fields are left out."""
        values = {name: (typed.get(name) or "").strip()[:_LONGEST] for name in _FIELDS}
        if typed.get("password"):
            values["password"] = typed["password"][:_LONGEST]  # blanks belong to it
        return {name: value for name, value in values.items() if value}

    @staticmethod
    def _check_name(name):
        """Raise an error for a name that is not ours, before it reaches the database. The error is
        not "not found": then Odoo itself would look for the address there."""
        if not _NAME.match(name):
            raise BadRequest()

    @classmethod
    def _stand(cls, name):
        """Return (login, screen, stamp); the stamp changes whenever the page has something new."""
        cls._check_name(name)
        logins = request.env["telegram.login"]
        login = logins._find(name)
        pending = logins._pending(name)
        if pending in ("pending", "working") or (not login and not pending):
            screen = "working"
        elif not login:
            screen = "failed"
        else:
            screen = login.state
        return login, screen, "%s:%s" % (screen, login.revision)

    @staticmethod
    def _json(value):
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        return request.make_response(json.dumps(value), headers)

    @staticmethod
    def _page(screen, **values):
        """Return a page of the wizard. screen: its name in the template."""
        words = request.env["telegram.words"]
        login = values.get("login")
        trouble = False
        if login and login.error_code:
            trouble = words._login(login.error_code, login.wait_s)
        elif screen == "failed":
            trouble = words._login("login_expired")
        values.update(
            screen=screen,
            said=trouble,
            accounts=request.env["telegram.login"]._accounts(),
            stamp=values.get("stamp") or "%s:0" % screen,
            html_data={"lang": (request.env.lang or "en_US").replace("_", "-")},
        )
        for name in (
            *("login", "process", "processes", "watch", "name", "error", "missing"),
            "admitter",
        ):
            values.setdefault(name, False)
        response = request.render("telegram_base.connect", values)
        response.headers["Cache-Control"] = "no-store"
        return response
