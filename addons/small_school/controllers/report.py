"""Reports of the school's staff: the sheet of a lesson, registers, records of students."""

from datetime import timedelta

from odoo import _, http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request

from odoo.addons.lesson_register.report.spreadsheet import to_xlsx
from odoo.addons.lesson_register.rules import asked
from odoo.addons.lesson_register.rules.register_html import screen_html
from odoo.addons.lesson_register.rules.tables import file_name, to_csv

from ..models.attendance.lesson_record import LessonRecord
from ..models.attendance.register import ClassroomRegister
from ..models.attendance.report_words import ReportWords
from ..models.attendance.student_record import StudentRecord
from ..models.timetable.lesson_times import local_start

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: Students in a group of rows of the page, and how wide its columns are (pixels, as its style
#: says).
BLOCK = 10
NAME, LESSON, TOTALS = 220, 40, 7 * 40 + 52


class ClassroomReports(http.Controller):
    """Reports as files, and the register as a page. An address can be kept as a bookmark: it
    names the report, and the rights are those of the user who opens it."""

    @http.route("/classroom/report/<string:kind>", type="http", auth="user", methods=["GET"])
    def report(self, kind, id="", first="", last="", format="pdf", **_arguments):
        """Return a report as a file or page.

        kind: lesson, register or student; id: of the lesson, the classroom or the person; first,
        last: days (ISO); format: pdf, xlsx, csv, and html for a register.
        """
        env = request.env(context=dict(request.context, lang=request.env.user.lang))
        makers = {
            "lesson": ("small_school.lesson", self._lesson),
            "register": ("small_school.classroom", self._register),
            "student": ("res.partner", self._student),
        }
        days = [asked.day(first), asked.day(last)]
        number = asked.number(id)
        is_known = kind in makers and number is not None
        is_known = is_known and (format in _TYPES or (kind, format) == ("register", "html"))
        if not is_known or (kind != "lesson" and None in days):
            return request.not_found()
        model, make = makers[kind]
        record = env[model].with_context(active_test=False).browse(number)
        try:
            return make(env, record, days, format)
        except MissingError:
            return request.not_found()
        except AccessError as error:
            return self._refused(error, 403)
        except UserError as error:
            return self._refused(error, 400)

    @staticmethod
    def _refused(error, status):
        response = request.make_response(
            error.args[0], [("Content-Type", "text/plain; charset=utf-8")]
        )
        response.status_code = status
        return response

    # -- the reports ----------------------------------------------------------------------------

    def _lesson(self, env, lesson, _days, form):
        ReportWords(env).check_may_read(lesson)
        lesson._refresh_sheets()
        parts = [lesson.sudo().classroom_id.name, lesson.name, str(local_start(lesson).date())]
        if form == "pdf":
            return self._pdf(env, "small_school.report_sheet", lesson, parts, {})
        return self._file(env, LessonRecord(lesson).table(), parts, form)

    def _register(self, env, classroom, days, form):
        """Return the register of a classroom. days: (first, last)."""
        first, last = days
        ReportWords(env).check_may_read(classroom)
        if form == "html":
            return self._page(env, classroom, first, last)
        parts = [_("Register"), classroom.name, str(first), str(last)]
        if form == "pdf":
            data = {"first": str(first), "last": str(last)}
            return self._pdf(env, "small_school.report_register", classroom, parts, data)
        return self._file(env, ClassroomRegister(classroom, first, last).table(), parts, form)

    def _student(self, env, partner, days, form):
        """Return the record of a student. days: (first, last)."""
        first, last = days
        ReportWords(env).check_may_read(partner)
        parts = [_("Attendance"), partner.name, str(first), str(last)]
        if form == "pdf":
            data = {"first": str(first), "last": str(last)}
            return self._pdf(env, "small_school.report_record", partner, parts, data)
        return self._file(env, StudentRecord(partner, first, last).table(), parts, form)

    # -- the answers ----------------------------------------------------------------------------

    def _file(self, env, table, parts, form):
        """Return the table as a spreadsheet file. parts: of the file's name; form: xlsx or csv."""
        lang = ReportWords(env).lang()
        if form == "xlsx":
            content = to_xlsx(table, lang.direction == "rtl")
        else:
            # in languages with a decimal comma, spreadsheets expect semicolons between cells
            is_comma = lang.decimal_point == ","
            content = to_csv(table, ";" if is_comma else ",", lang.decimal_point)
        return self._answer(content, parts, form)

    def _pdf(self, env, report, record, parts, data):
        action = env.ref(report)
        render = getattr(action, "_render_qweb_pdf", None) or action.render_qweb_pdf  # 14, 13
        content = render(record.ids, data=data)[0]
        return self._answer(content, parts, "pdf")

    @staticmethod
    def _answer(content, parts, form):
        """Return the response with a file, which browsers do not keep."""
        disposition = content_disposition(file_name(parts, form))
        return request.make_response(
            content,
            [
                ("Content-Type", _TYPES[form]),
                ("Content-Disposition", disposition),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "private, no-store"),
            ],
        )

    def _page(self, env, classroom, first, last):
        """Return the register as a page, with the months beside it."""
        words = ReportWords(env)
        register = ClassroomRegister(classroom, first, last).read()
        address = "/classroom/report/register?id=%s&first=%s&last=%s&format=" % (
            classroom.id,
            first,
            last,
        )
        month = first.replace(day=1)
        return request.render(
            "small_school.register_page",
            {
                "classroom": classroom,
                "first": first,
                "last": last,
                "period": words.period(first, last),
                "rows": screen_html(register, words.of_html(), BLOCK),
                "width": NAME + LESSON * len(register.lessons) + TOTALS,
                "is_empty": not register.lessons,
                "lessons": len(register.lessons),
                "students": len(register.students),
                "legend": words.legend(),
                "rate_rule": words.rate_rule(),
                "files": [(one.upper(), address + one) for one in ("pdf", "xlsx", "csv")],
                "before": self._month(month - timedelta(days=1)),
                "after": self._month(month + timedelta(days=32)),
                "is_rtl": words.lang().direction == "rtl",
            },
        )

    @staticmethod
    def _month(day):
        """Return the (first, last) day of the month."""
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
