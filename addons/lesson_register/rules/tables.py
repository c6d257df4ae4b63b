"""A table that becomes a file: CSV here, a spreadsheet elsewhere."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import FrozenSet, List, Mapping, Optional, Sequence, Tuple, Union

#: A text, a number, a day, an hour, both (by the reader's clock), or nothing.
Cell = Union[str, int, float, date, time, datetime, None]

#: With one of these at its beginning a spreadsheet takes a text for a formula; the last four are
#: the wide forms of the first ones, which some programs read alike.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class Table:
    """A table. title, lines: the text above it. fixed: columns that stay while one scrolls to the
    right. upright: columns of a letter or a small number, whose heads are written upright so that
    they can be narrow. tones: {(row, column): name of a colour}, rows counted from the first one
    below the header. foot: rows of totals. day: the reader's format of a day (strftime)."""

    title: str
    header: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[str] = ()
    foot: Sequence[Sequence[Cell]] = ()
    fixed: int = 1
    upright: FrozenSet[int] = frozenset()
    tones: Mapping[Tuple[int, int], str] = field(default_factory=dict)
    day: str = "%Y-%m-%d"


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it if a spreadsheet would take it for a
    formula."""
    # blanks before it do not make it harmless
    return "'" + text if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text


def to_csv(table: Table, delimiter: str = ",", point: str = ".") -> bytes:
    """Return UTF-8 with a byte order mark, which spreadsheets need; the header first, which
    programs need."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    for cells in [table.header, *table.rows, *table.foot]:
        texts = (as_text(cell, table.day, point) for cell in cells)
        writer.writerow(
            [harmless(text) if isinstance(cell, str) else text for cell, text in zip(cells, texts)]
        )
    return stream.getvalue().encode("utf-8-sig")


def as_text(cell: Cell, day: str, point: str) -> str:
    """Return a cell as the reader writes it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime(day + " %H:%M")
    if isinstance(cell, date):
        return cell.strftime(day)
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    return str(cell).replace(".", point) if isinstance(cell, float) else str(cell)


#: Where strftime and a spreadsheet write the same differently.
_SPREADSHEET = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%b": "mmm", "%B": "mmmm"}
_SPREADSHEET.update({"%a": "ddd", "%A": "dddd", "%-d": "d", "%-m": "m", "%e": "d"})


def spreadsheet_day(day: str) -> str:
    """Return the number format of a spreadsheet for a day in this format (strftime); the ISO one if
    a spreadsheet has no such format."""
    # longest first: %-d is not %- and d
    for name in sorted(_SPREADSHEET, key=len, reverse=True):
        day = day.replace(name, _SPREADSHEET[name])
    return "yyyy-mm-dd" if "%" in day or '"' in day else day


#: Characters: of an upright column; and no column is wider, a longer text takes several lines.
NARROW, WIDEST = 4.0, 40.0


def widths(table: Table) -> Sequence[float]:
    """Return the width of each column, in characters."""
    result = []
    for column in range(len(table.header)):
        if column in table.upright:
            result.append(NARROW)
            continue
        texts = [
            as_text(row[column], table.day, ".") for row in [table.header, *table.rows, *table.foot]
        ]
        longest = max(len(line) for text in texts for line in text.split("\n") or [""])
        result.append(float(min(max(longest + 3, 7), WIDEST)))
    return result


def lines_of(cells: Sequence[Cell], columns: Sequence[float], upright: FrozenSet[int]) -> int:
    """Return the number of lines that a row takes in columns of these widths: not every program
    computes it itself."""
    most = 1
    for column, cell in enumerate(cells):
        if isinstance(cell, str) and column not in upright:
            room = max(int(columns[column]) - 3, 1)
            most = max(most, sum(-(-len(line) // room) or 1 for line in cell.split("\n")))
    return most


def file_name(parts: Sequence[Optional[str]], extension: str) -> str:
    """Return a file name that every system accepts, with its accents."""
    kept: List[str] = []
    for part in parts:
        word = "".join(one if one.isalnum() or one in "-_" else " " for one in part or "")
        kept += word.split()
    return "_".join(kept)[:120] + "." + extension
