"""Excuses on the portal: a student or a guardian asks for an absence to be excused."""

import base64
from datetime import timedelta

from werkzeug.utils import redirect

from odoo import _, fields
from odoo.exceptions import UserError
from odoo.http import content_disposition, request, route

from odoo.addons.lesson_register.rules import asked
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.attendance.sheet import Sheet
from ..rules.excuse import LARGEST, OLDEST_DAYS, media_type

#: The page offers lessons of this time in the past and in the future.
BEFORE, AHEAD = timedelta(days=21), timedelta(days=21)
#: The most excuses that the page lists, and the most of one person that may wait for a decision.
LISTED, WAITING = 50, 20


class ClassroomExcuses(CustomerPortal):
    """Requests by users of the portal. Students, lessons and documents are searched among those of
    the user, who can choose no others."""

    def _excuse_students(self):
        """The students for whom the user may ask: themselves and their children."""
        me = request.env.user.partner_id.sudo()
        return (me | me.ward_ids).filtered("enrolment_ids")

    def _excuse_domain(self):
        """The excuses that the user asked for, and those of the user's students."""
        students = self._excuse_students()
        asked_by_user = ("asked_by_id", "=", request.env.user.partner_id.id)
        return ["|", asked_by_user, ("partner_id", "in", students.ids)]

    def _excuse_count(self):
        return request.env["small_school.excuse"].sudo().search_count(self._excuse_domain())

    def _prepare_portal_layout_values(self):  # Odoo 13 counts here
        values = super()._prepare_portal_layout_values()
        values["excuse_count"] = self._excuse_count()
        return values

    def _prepare_home_portal_values(self, counters):  # Odoo 14 counts here
        values = super()._prepare_home_portal_values(counters)
        if "excuse_count" in counters:
            values["excuse_count"] = self._excuse_count()
        return values

    @route("/my/excuses", type="http", auth="user", website=True, methods=["GET"])
    def classroom_my_excuses(self, **_arguments):
        """The page with the form and the list of excuses."""
        return self._excuse_page({})

    @route("/my/excuses/ask", type="http", auth="user", website=True, methods=["POST"])
    def classroom_ask(self, document=None, **form):
        """Ask for an excuse. form: student, lesson (id, or empty for days), date_from, date_to,
        reason. A refused request shows the page with the reason and keeps the text of the form."""
        try:
            with request.env.cr.savepoint():
                self._create_excuse(form, document)
        except UserError as error:
            return self._excuse_page(form, error.args[0])
        return redirect("/my/excuses?asked=1", 303)

    @route(
        "/my/excuses/<string(maxlength=10):excuse_id>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
    )
    def classroom_withdraw(self, excuse_id, **_arguments):
        """Withdraw a request."""
        self._own(excuse_id)._withdraw_request()
        return redirect("/my/excuses", 303)

    @route(
        "/my/excuses/<string(maxlength=10):excuse_id>/document",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def small_school_excuse_document(self, excuse_id, **_arguments):
        """The document, for the user who handed it in."""
        excuse = self._own(excuse_id)
        if not excuse.document:
            return request.not_found()
        content = base64.b64decode(excuse.document)
        name = excuse.document_name or _("document")
        return request.make_response(
            content,
            [
                ("Content-Type", media_type(content) or "application/octet-stream"),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "private, no-store"),
            ],
        )

    def _own(self, excuse_id):
        """The excuse, if the user asked for it; else an empty recordset."""
        own = [
            ("id", "=", asked.number(excuse_id)),
            ("asked_by_id", "=", request.env.user.partner_id.id),
        ]
        return request.env["small_school.excuse"].sudo().search(own)

    def _create_excuse(self, form, document):
        """Create the excuse of the form. Raises UserError."""
        me = request.env.user.partner_id
        students = self._excuse_students()
        student = students.filtered(lambda one: str(one.id) == form.get("student"))
        if not student:
            raise UserError(_("Choose for whom you ask."))
        excuses = request.env["small_school.excuse"].sudo()
        waiting = [("asked_by_id", "=", me.id), ("state", "=", "asked")]
        if excuses.search_count(waiting) >= WAITING:
            raise UserError(_("Many excuses of yours wait for an answer: wait for it first."))
        reason = asked.clean(form.get("reason"))
        values = {"partner_id": student.id, "asked_by_id": me.id, "reason": reason}
        if form.get("lesson"):
            lessons = self._excuse_lessons(student)
            lesson = lessons.filtered(lambda one: str(one.id) == form["lesson"])
            if not lesson:
                raise UserError(_("Choose a lesson of this student."))
            values["lesson_id"] = lesson.id
        else:
            for name in ("date_from", "date_to"):
                values[name] = asked.day(form.get(name)) or False
        if getattr(document, "filename", None):  # anything else is no file, or empty
            # one byte too many shows that it is too large; the rest is not read
            values["document"] = base64.b64encode(document.read(LARGEST + 1))
            values["document_name"] = asked.clean(document.filename)[-200:]
        excuses.create(values)

    def _excuse_lessons(self, student):
        """The student's lessons of these weeks, the earliest first."""
        now = fields.Datetime.now()
        lessons = request.env["small_school.lesson"].sudo()
        near = lessons.search(
            [
                ("classroom_id", "in", student.enrolment_ids.mapped("classroom_id").ids),
                ("start", ">=", now - BEFORE),
                ("start", "<", now + AHEAD),
                ("state", "!=", "cancelled"),
            ],
            order="start",
        )
        return near.filtered(lambda one: student in dict(Sheet(one).people()))

    def _excuse_page(self, form, warning=None):
        """Return the page, with the text of the form so far, and a warning."""
        me = request.env.user.partner_id
        students = self._excuse_students()
        excuses = request.env["small_school.excuse"].sudo()
        today = fields.Date.today()
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "excuses",
                "me": me,
                "students": students,
                "lessons": [(one, self._excuse_lessons(one)) for one in students],
                "excuses": excuses.search(self._excuse_domain(), limit=LISTED),
                "form": form,
                "warning": warning,
                "is_asked": bool(request.params.get("asked")),
                "earliest": today - timedelta(days=OLDEST_DAYS),
                "largest": LARGEST // 1024**2,
            }
        )
        return request.render("small_school.portal_my_excuses", values)
