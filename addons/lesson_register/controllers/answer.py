"""The answer to somebody who asks for a sheet, a register or a record."""

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request

from ..report.spreadsheet import to_xlsx
from ..rules import asked
from ..rules.tables import file_name, to_csv
from ..services.pdf import render
from ..services.record import RecordPaper
from ..services.register import RegisterPaper
from ..services.sheet import SheetPaper

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def answer(source_class, kind, id, first, last, form):
    """Return a paper as a file or page, in the reader's language and with their rights.

    source_class: of the `Source`; kind: lesson, register or student; id: of the lesson, the class
    or the person; first, last: days (ISO); form: pdf, xlsx, csv, and html for a register.
    """
    source = source_class(request.env(context=dict(request.context, lang=request.env.user.lang)))
    days = [asked.day(first), asked.day(last)]
    number = asked.number(id)
    makers = {
        "lesson": (source.lesson_model, lambda lesson: _sheet(source, lesson)),
        "register": (source.class_model, lambda one: RegisterPaper(source, one, *days)),
        "student": ("res.partner", lambda person: RecordPaper(source, person, *days)),
    }
    is_known = kind in makers and number is not None
    is_known = is_known and (form in _TYPES or (kind, form) == ("register", "html"))
    if not is_known or (kind != "lesson" and None in days):
        return request.not_found()
    model, make = makers[kind]
    try:
        record = source.env[model].with_context(active_test=False).browse(number)
        return _give(make(record), form)
    except MissingError:
        return request.not_found()
    except AccessError as error:
        return _refuse(error, 403)
    except UserError as error:
        return _refuse(error, 400)


def _sheet(source, lesson):
    """Return the sheet of a lesson, as it is at this moment."""
    source.check("lesson", lesson)
    source.refresh(lesson)
    return SheetPaper(source, lesson)


def _refuse(error, status):
    response = request.make_response(error.args[0], [("Content-Type", "text/plain; charset=utf-8")])
    response.status_code = status
    return response


def _give(paper, form):
    """Return the response with the paper in this form."""
    if form == "html":
        return request.render("lesson_register.register_page", paper.page())
    if form == "pdf":
        return _file(render(paper)[0], paper.name_parts(), form)
    lang, table = paper.words.lang(), paper.table()
    if form == "xlsx":
        content = to_xlsx(table, lang.direction == "rtl")
    else:
        # in languages with a decimal comma, spreadsheets expect semicolons between cells
        is_comma = lang.decimal_point == ","
        content = to_csv(table, ";" if is_comma else ",", lang.decimal_point)
    return _file(content, paper.name_parts(), form)


def _file(content, parts, form):
    """Return the response with a file, which browsers do not keep. parts: of its name."""
    return request.make_response(
        content,
        [
            ("Content-Type", _TYPES[form]),
            ("Content-Disposition", content_disposition(file_name(parts, form))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "private, no-store"),
        ],
    )
