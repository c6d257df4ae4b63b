"""A table that becomes a file: CSV here, a spreadsheet elsewhere."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import FrozenSet, List, Mapping, Optional, Sequence, Tuple, Union

#: A text, a number, a day, an hour, both (by the reader's clock), or nothing.
Cell = Union[str, int, float, date, time, datetime, None]

#: With one of these at its beginning a spreadsheet takes a text for a formula; the last four are the
#: wide forms of the first ones, which some programs read alike.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True)
class Table:
    """title, lines: what stands above. fixed: columns that stay while one scrolls to the right.
    upright: columns that hold a letter or a small number, whose heads stand upright so that they
    can be narrow. tones: {(row, column): name of a colour}, rows counted from the first one
    below the header. foot: rows of totals. day: how the reader writes a day (strftime)."""

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
    """The text, with an apostrophe before it where a spreadsheet would compute with it."""
    # blanks before it do not make it harmless
    return "'" + text if text.lstrip(" \u00a0").startswith(_DANGEROUS) else text


def to_csv(table: Table, delimiter: str = ",", point: str = ".") -> bytes:
    """UTF-8 with a byte order mark, so that a spreadsheet sees that it is; the header first, as
    programs want it."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    for cells in [table.header, *table.rows, *table.foot]:
        texts = (as_text(cell, table.day, point) for cell in cells)
        writer.writerow(
            [harmless(text) if isinstance(cell, str) else text for cell, text in zip(cells, texts)]
        )
    return stream.getvalue().encode("utf-8-sig")


def as_text(cell: Cell, day: str, point: str) -> str:
    """A cell as the reader writes it."""
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
    """The number format of a spreadsheet for a day that is written so (strftime); the ISO one where
    a spreadsheet cannot write it so."""
    # longest first: %-d is not %- and d
    for name in sorted(_SPREADSHEET, key=len, reverse=True):
        day = day.replace(name, _SPREADSHEET[name])
    return "yyyy-mm-dd" if "%" in day or '"' in day else day


#: Characters: of an upright column; and no column is wider, a longer text takes several lines.
NARROW, WIDEST = 4.0, 40.0


def widths(table: Table) -> Sequence[float]:
    """How wide each column must be, in characters."""
    found = []
    for column in range(len(table.header)):
        if column in table.upright:
            found.append(NARROW)
            continue
        texts = [
            as_text(row[column], table.day, ".") for row in [table.header, *table.rows, *table.foot]
        ]
        longest = max(len(line) for text in texts for line in text.split("\n") or [""])
        found.append(float(min(max(longest + 3, 7), WIDEST)))
    return found


def lines_of(cells: Sequence[Cell], columns: Sequence[float], upright: FrozenSet[int]) -> int:
    """How many lines a row takes in columns of these widths: not every program finds out by
    itself."""
    most = 1
    for column, cell in enumerate(cells):
        if isinstance(cell, str) and column not in upright:
            room = max(int(columns[column]) - 3, 1)
            most = max(most, sum(-(-len(line) // room) or 1 for line in cell.split("\n")))
    return most


def file_name(parts: Sequence[Optional[str]], extension: str) -> str:
    """A name that every system takes, with its accents."""
    kept: List[str] = []
    for part in parts:
        word = "".join(one if one.isalnum() or one in "-_" else " " for one in part or "")
        kept += word.split()
    return "_".join(kept)[:120] + "." + extension
