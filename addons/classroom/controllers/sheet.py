import hashlib
import json
from pathlib import Path

from odoo import _, http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from ..rules import asked

_STATIC = Path(__file__).resolve().parents[1] / "static" / "src"


def _address(name):
    """The address of a static file; another one once its content is, so that none is kept too long."""
    digest = hashlib.sha1((_STATIC / name).read_bytes()).hexdigest()[:12]
    return "/classroom/static/src/%s?v=%s" % (name, digest)


class ClassroomSheet(http.Controller):
    """Sheets filled in by hand, on a telephone. Pages of their own, without the web client: small,
    and there at once also on a bad line. The record rules decide whose lessons are whose."""

    @http.route("/classroom/today", type="http", auth="user", methods=["GET"])
    def today(self, **_arguments):
        """The user's lessons of today, and those of the last days whose sheet is still empty."""
        env = self._env()
        lessons = env["classroom.lesson"]
        if not lessons.check_access_rights("write", raise_exception=False):
            return request.not_found()
        today, earlier = lessons._hand_lists()
        today._observe_now()
        return self._render("classroom.today_page", {"today": today, "earlier": earlier})

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
            lesson._hand_page(),
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
        return self._render("classroom.sheet_page", values)

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/save", type="json", auth="user")
    def save(self, lesson_id, changes=(), reason="", **_more):
        """Keep what was chosen. Returns the sheet as it is now, and the ids of the people whose line
        somebody else has changed meanwhile."""
        lesson = self._lesson(lesson_id)
        clashes = lesson._fill_in(changes, asked.clean(reason).strip()[:500])
        return dict(lesson._hand_page(), clashes=clashes)

    @http.route(
        "/classroom/sheet/<string(maxlength=10):lesson_id>/answer", type="json", auth="user"
    )
    def answer(self, lesson_id, question=None, choice=None, **_more):
        """Answer one of the questions of the page. Returns the sheet as it is then."""
        lesson = self._lesson(lesson_id)
        lesson._hand_answer(question, choice)
        return lesson._hand_page()

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/now", type="json", auth="user")
    def now(self, lesson_id, **_more):
        """The sheet as it is now."""
        return self._lesson(lesson_id)._hand_page()

    @http.route("/classroom/sheet/<string(maxlength=10):lesson_id>/undo", type="json", auth="user")
    def undo(self, lesson_id, **_more):
        """Take “All present” back. Returns the sheet as it is then."""
        lesson = self._lesson(lesson_id)
        lesson.action_undo_all_present()
        return lesson._hand_page()

    @staticmethod
    def _env():
        """The environment in the user's language; so are the words and the template. The session's
        may be one that they have changed since."""
        request.context = dict(request.context, lang=request.env.user.lang)
        return request.env

    def _lesson(self, lesson_id):
        number = asked.number(lesson_id)
        if number is None:
            raise MissingError(_("There is no such lesson."))
        lesson = self._env()["classroom.lesson"].browse(number)
        lesson.check_access_rights("write")
        lesson.check_access_rule("write")
        lesson.read(["name"])  # one that is gone is missing
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
