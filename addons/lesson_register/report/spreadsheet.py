"""A table as a file that spreadsheets open."""

import datetime
import io

import xlsxwriter

from ..rules.tables import lines_of, spreadsheet_day, widths

_COLOURS = {"red": "#f8d7da", "amber": "#fff3cd"}
_GRID = {"valign": "top", "border": 1, "border_color": "#d0d0d0"}
#: A table that is wider (in characters) would be too small on one sheet of paper.
_SHEET = 200
#: Points: of an upright head (a day and an hour) and foot, and of a line.
_HEAD, _FOOT, _LINE = 112, 48, 15


def to_xlsx(table, is_rtl=False):
    """The bytes of an XLSX of one sheet. table: `rules.tables.Table`. is_rtl: the reader's language
    is written from right to left."""
    stream = io.BytesIO()
    # a text stays a text: never a formula, a link or a number
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, dict(options, strings_to_numbers=False))
    sheet = _Sheet(book, table)
    sheet.fill()
    sheet.lay_out()
    if is_rtl:
        sheet.sheet.right_to_left()
    book.close()
    return stream.getvalue()


class _Sheet:
    """A table on the sheet of a workbook."""

    def __init__(self, book, table):
        self.book, self.table = book, table
        self.sheet = book.add_worksheet()
        self.top = len(table.lines) + 2
        self.formats = {}
        day = spreadsheet_day(table.day)
        # as the reader writes them, and still days, hours and numbers to compute with
        self.numbers = {
            datetime.datetime: day + " hh:mm",
            datetime.date: day,
            datetime.time: "hh:mm",
            float: "0.0",
        }

    def fill(self):
        """Write title, lines, header, rows and foot."""
        table = self.table
        self.sheet.write_string(
            0, 0, table.title, self.book.add_format({"bold": True, "font_size": 14})
        )
        for number, line in enumerate(table.lines, 1):
            self.sheet.write_string(number, 0, line)
        for column, value in enumerate(table.header):
            self._write(self.top, column, value, "head")
        for number, cells in enumerate(table.rows):
            for column, value in enumerate(cells):
                tone = table.tones.get((number, column), "body")
                self._write(self.top + 1 + number, column, value, tone)
        for number, cells in enumerate(table.foot, self.top + 1 + len(table.rows)):
            for column, value in enumerate(cells):
                self._write(number, column, value, "foot")

    def lay_out(self):
        """Set widths, heights, and how the sheet is printed."""
        table, sheet = self.table, self.sheet
        columns = widths(table)
        for column, width in enumerate(columns):
            sheet.set_column(column, column, width)
        if table.upright:
            sheet.set_row(self.top, _HEAD)
            for number in range(len(table.foot)):
                sheet.set_row(self.top + 1 + len(table.rows) + number, _FOOT)
        for number, cells in enumerate(table.rows, self.top + 1):
            lines = lines_of(cells, columns, table.upright)
            if lines > 1:
                sheet.set_row(number, _LINE * lines)
        sheet.freeze_panes(self.top + 1, table.fixed)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.6)
        sheet.set_footer("&C&P / &N")
        sheet.repeat_rows(self.top)
        if sum(columns) <= _SHEET:
            sheet.fit_to_pages(1, 0)
        else:
            sheet.set_print_scale(60)
            sheet.repeat_columns(0, table.fixed - 1)

    def _write(self, row, column, value, place):
        """Write one cell with its format. place: as for `_format`."""
        form = self._format(place, type(value), column in self.table.upright)
        if value is None:
            self.sheet.write_blank(row, column, None, form)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, form)
        elif isinstance(value, (datetime.date, datetime.time)):
            self.sheet.write_datetime(row, column, value, form)
        else:
            self.sheet.write_number(row, column, value, form)

    def _format(self, place, kind, is_upright):
        """Return the format of a cell. place: `head`, `body`, `foot` or the name of a colour. Each
        is made once: a register has sixty thousand cells."""
        key = place, kind, is_upright
        if key not in self.formats:
            style = dict(_GRID)
            if place == "head":
                style.update(bold=True, text_wrap=True, bg_color="#e8eef4")
            elif place == "foot":
                style.update(bold=True)
            elif place in _COLOURS:
                style.update(bg_color=_COLOURS[place])
            if is_upright:
                style.update(align="center", rotation=90 if place in ("head", "foot") else 0)
            elif kind is str:
                style.update(text_wrap=True, indent=1)
            elif kind in (datetime.date, datetime.time, datetime.datetime):
                style.update(align="left")
            if kind in self.numbers:
                style.update(num_format=self.numbers[kind])
            self.formats[key] = self.book.add_format(style)
        return self.formats[key]
