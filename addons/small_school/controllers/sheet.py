"""The pages on which sheets are filled in by hand. The work is in
`models/attendance/sheet_page.py`."""

import hashlib
import json
from pathlib import Path

from odoo import _, http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.lesson_register.rules import asked

from ..models.attendance.sheet_page import SheetPage, lessons_to_fill_in

_STATIC = Path(__file__).resolve().parents[1] / "static" / "src"


def _address(name):
    """The address of a static file, which changes with its content: browsers keep files by
    address."""
    digest = hashlib.sha1((_STATIC / name).read_bytes()).hexdigest()[:12]
    return "/small_school/static/src/%s?v=%s" % (name, digest)


class ClassroomSheet(http.Controller):
    """Sheets filled in by hand, on a phone. The pages do without Odoo's web client, so that they
    are small and load over a bad connection. The record rules decide who may fill in which
    sheet."""

    @http.route("/classroom/today", type="http", auth="user", methods=["GET"])
    def today(self, **_arguments):
        """The user's lessons of today, and those of the last days whose sheet is still empty."""
        env = self._env()
        lessons = env["small_school.lesson"]
        if not lessons.check_access_rights("write", raise_exception=False):
            return request.not_found()
        today, earlier = lessons_to_fill_in(lessons)
        today._refresh_sheets()
        return self._render("small_school.today_page", {"today": today, "earlier": earlier})

    @http.route(
        "/classroom/sheet/<string(maxlength=10):lesson_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def sheet(self, lesson_id, **_arguments):
        """The page of one lesson's sheet."""
        try:
            lesson = self._lesson(lesson_id)
        except (AccessError, MissingError):
            return request.not_found()
        data = dict(
            SheetPage(lesson).content(),
            id=lesson.id,
            user=request.env.uid,
            save="/classroom/sheet/%s/save" % lesson.id,
            ask="/classroom/sheet/%s/answer" % lesson.id,
            now="/classroom/sheet/%s/now" % lesson.id,
            undo="/classroom/sheet/%s/undo" % lesson.id,
            login="/web/login?redirect=/classroom/sheet/%s" % lesson.id,
            words=self._words(lesson),
        )
        # nothing in it may end the script that holds it
        text = json.dumps(data).replace("<", "\\u003c")
        scripts = [_address("js/page.js"), _address("js/sheet.js")]
        values = {"lesson": lesson, "data": text, "scripts": scripts}
        return self._render("small_school.sheet_page", values)

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/save", type="json", auth="user")
    def save(self, lesson_id, changes=(), reason="", **_more):
        """Save the choices of the page. Returns the page in its new state, and the ids of the
        people whose line somebody else has changed meanwhile."""
        lesson = self._lesson(lesson_id)
        clashes = SheetPage(lesson).save(changes, asked.clean(reason).strip()[:500])
        return dict(SheetPage(lesson).content(), clashes=clashes)

    @http.route(
        "/classroom/sheet/<string(maxlength=10):lesson_id>/answer", type="json", auth="user"
    )
    def answer(self, lesson_id, question=None, choice=None, **_more):
        """Answer one of the questions of the page. Returns the page in its new state."""
        lesson = self._lesson(lesson_id)
        lesson._answer_question(question, choice)
        return SheetPage(lesson).content()

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/now", type="json", auth="user")
    def now(self, lesson_id, **_more):
        """Return the page in its present state."""
        return SheetPage(self._lesson(lesson_id)).content()

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/undo", type="json", auth="user")
    def undo(self, lesson_id, **_more):
        """Take “All present” back. Returns the page in its new state."""
        lesson = self._lesson(lesson_id)
        lesson.action_undo_all_present()
        return SheetPage(lesson).content()

    @staticmethod
    def _env():
        """The environment in the user's language, which they may have changed since the session
        began; sentences and template use it, too."""
        request.context = dict(request.context, lang=request.env.user.lang)
        return request.env

    def _lesson(self, lesson_id):
        """The lesson, if the user may fill in its sheet. Raises AccessError and MissingError."""
        number = asked.number(lesson_id)
        if number is None:
            raise MissingError(_("There is no such lesson."))
        lesson = self._env()["small_school.lesson"].browse(number)
        lesson.check_access_rights("write")
        lesson.check_access_rule("write")
        lesson.read(["name"])  # raises MissingError for a deleted one
        return lesson

    def _render(self, template, values):
        lang = request.env["res.lang"]._lang_get(request.env.user.lang)
        values = dict(values, is_rtl=lang.direction == "rtl", style=_address("css/sheet.css"))
        values["lang"] = (request.env.user.lang or "en_US")[:2]
        response = request.render(template, values)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @staticmethod
    def _words(lesson):
        """Return {key: sentence} for the page's script."""
        words = dict(lesson.line_ids._fields["status"]._description_selection(lesson.env))
        words.update(
            unknown=_("not said"),
            saved=_("Saved."),
            saving=_("Saving…"),
            unsaved=_("Not saved yet."),
            offline=_(
                "No connection. What you chose is kept on this phone, and is saved as soon as there is "
                "one: leave this page open."
            ),
            logged_out=_("You are logged out. What you chose is kept: log in, and save again."),
            log_in=_("Log in"),
            refused=_("Not saved: %s"),
            undone=_("“All present” was taken back."),
            clashes=_("Changed by somebody else meanwhile, please look: %s"),
            reason=_("Write why it is not as it was observed, then save."),
            restored=_("What you chose before and was not saved yet is here again."),
            observed=_("observed: %s"),
            chosen=_("not saved: %s"),
            by=_("by %s"),
            minutes=_("minutes late"),
            nobody=_("Nobody is enrolled at the time of this lesson."),
            staff=_("Teachers and supervisors"),
        )
        return words
