"""The file of people that BigBlueButton's learning dashboard exports, and the presence that it
shows.

Its twelve first columns are the same in all versions; their titles, the dates and the clock of the
dates are those of the browser in which somebody pressed the button. A row that cannot be read is
returned as a problem with its line, never left out silently.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

#: Order of day and month in a date.
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
#: Positions of the columns if their titles are in a language that is not listed.
POSITIONS = {"name": 0, "moderator": 1, "joined": 9, "left": 10, "duration": 11}
TITLES = {
    "name": ("name", "nom", "user", "utilisateur", "الاسم"),
    "moderator": ("moderator", "modérateur", "moderateur", "المشرف"),
    "joined": ("join", "joined", "rejoindre", "rejoint", "registeredon", "انضم"),
    "left": ("left", "quitté", "quitte", "parti", "lefton", "غادر"),
    "duration": ("duration", "durée", "duree", "online time", "temps en ligne", "المدة"),
}
_EPOCH = datetime(1970, 1, 1)
_REQUIRED = ("name", "joined", "left", "duration")

# Codes of problems, which the caller puts into words.
NO_COLUMNS, NO_ROWS, NO_NAME, BAD_DATE, BAD_DURATION, BACKWARDS, ORDER = (
    "no_columns",
    "no_rows",
    "no_name",
    "bad_date",
    "bad_duration",
    "backwards",
    "order",
)


@dataclass(frozen=True)
class Person:
    """One row. line: of the file, from 1. joined, left: by the browser's clock, naive; left is
    None for somebody who was still there when the file was made. seconds: time in the room."""

    line: int
    name: str
    is_moderator: bool
    joined: datetime
    left: Optional[datetime]
    seconds: int


@dataclass(frozen=True)
class Problem:
    """A fault of a file. line: 0 for the file as a whole. text: the content of the cell."""

    line: int
    code: str
    text: str = ""


@dataclass(frozen=True)
class Read:
    """The content of a file."""

    people: Tuple[Person, ...] = ()
    problems: Tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Stamp:
    """A date as written in the file: the order of its first two numbers is open, unless
    year_first."""

    first: int
    second: int
    year: int
    clock: Tuple[int, int, int]
    year_first: bool
    has_slash: bool

    def at(self, order: str) -> Optional[datetime]:
        """Return the date as naive datetime, with day and month in this order; None if there is no
        such day."""
        day, month = self.first, self.second
        if self.year_first or order == MONTH_FIRST:
            day, month = month, day
        try:
            return datetime(self.year, month, day, *self.clock)
        except ValueError:
            return None


def read(text: str, order: Optional[str] = None, near: Optional[date] = None) -> Read:
    """Return the people of a file. order: of day and month, if somebody said it. near: the day in
    the file's name, which shows the order that is meant. If nothing shows it, the result is the
    problem ORDER."""
    lines = list(_records(text))
    if not lines:
        return Read(problems=(Problem(0, NO_ROWS),))
    columns = _columns(lines[0][1], [cells for _line, cells in lines[1:]])
    if columns is None:
        return Read(problems=(Problem(lines[0][0], NO_COLUMNS, ", ".join(lines[0][1])[:200]),))
    width = len(lines[0][1])
    rows = []
    for line, cells in lines[1:]:
        cells = _aligned(cells, columns, width)
        row = {key: cells[at].strip() if at < len(cells) else "" for key, at in columns.items()}
        # the last row gathers the answers that were given without a name
        if row["joined"] or row["duration"]:
            rows.append((line, row))
    if not rows:
        return Read(problems=(Problem(0, NO_ROWS),))
    stamps = [stamp(row[key]) for _line, row in rows for key in ("joined", "left")]
    if order is None:
        order = _order([one for one in stamps if one], near)
    if order is None:
        return Read(problems=(Problem(rows[0][0], ORDER, rows[0][1]["joined"]),))
    people, problems = [], []  # type: List[Person], List[Problem]
    for line, row in rows:
        result = _person(line, row, order)
        if isinstance(result, Person):
            people.append(result)
        else:
            problems.append(result)
    return Read(tuple(people), tuple(problems))


def _records(text: str) -> Iterable[Tuple[int, List[str]]]:
    """Yield (first line, cells) of each record that is not empty.

    The dashboard writes quotation marks that people typed unescaped, so that an answer with one of
    them swallows the rows after it: a line with all the columns is a row of its own.
    """
    text = text.lstrip("\ufeff").replace("\0", "")
    written = re.split(r"\r\n|\r|\n", text)
    first = next((line for line in written if line.strip()), "")
    delimiter = max(",;\t", key=first.count)

    def parsed(part: str) -> List[str]:
        return next(csv.reader(io.StringIO(part, newline=""), delimiter=delimiter), [])

    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for cells in reader:
        inner = [
            (number, alone)
            for number in range(line + 1, reader.line_num + 1)
            for alone in [parsed(written[number - 1])]
            if len(alone) > POSITIONS["duration"]
        ]
        if inner:
            yield line, parsed(written[line - 1])
            yield from inner
        elif any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _aligned(cells: List[str], columns: Mapping[str, int], width: int) -> List[str]:
    """Return a row whose name contains unescaped quotation marks and the delimiter, put together
    again; any other row as it is."""
    joined, last = columns["joined"], columns["duration"]
    more = len(cells) - width
    if columns["name"] or more <= 0 or len(cells) <= last + more:
        return cells
    if stamp(cells[joined]) is not None:
        return cells  # the surplus is behind, in an answer
    if stamp(cells[joined + more]) is None or duration(cells[last + more]) is None:
        return cells
    return [", ".join(cell.strip(' "') for cell in cells[: more + 1]), *cells[more + 1 :]]


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Optional[Dict[str, int]]:
    """Return {column: position}, by the titles or, in another language, by the usual places; None
    if the file has other columns."""
    titles = [_clean(cell).casefold().strip(' "') for cell in header]
    columns = {}
    for key, names in TITLES.items():
        at = next((number for number, title in enumerate(titles) if title in names), None)
        if at is not None:
            columns[key] = at
    if all(key in columns for key in _REQUIRED):
        return columns
    if len(header) <= max(POSITIONS.values()):
        return None
    # another language: the columns are at their usual places, if their content fits
    for cells in rows:
        if len(cells) > POSITIONS["duration"] and cells[POSITIONS["joined"]].strip():
            fits = stamp(cells[POSITIONS["joined"]]) and duration(cells[POSITIONS["duration"]])
            return dict(POSITIONS) if fits is not None and fits is not False else None
    return None


def _clean(text: str) -> str:
    """Return the text with plain digits and blanks, and without marks of direction."""
    parts = []
    for char in unicodedata.normalize("NFKC", text):
        if unicodedata.category(char) == "Nd":
            parts.append(str(unicodedata.decimal(char)))
        elif unicodedata.category(char) != "Cf":
            parts.append(char)
    return "".join(parts).strip()


def stamp(text: str) -> Optional[_Stamp]:
    """Return the date of “15/01/2026, 14:03:04”, “1/15/2026, 02:03:04 PM”, “2026-01-15 14:03”; None
    for anything else."""
    cleaned = _clean(text).casefold()
    numbers = [int(one) for one in re.findall(r"\d{1,4}", cleaned)]
    if not 5 <= len(numbers) <= 6:
        return None
    year_first = numbers[0] > 31
    year, first, second = numbers[:3] if year_first else (numbers[2], numbers[0], numbers[1])
    hour, minute, seconds = (numbers[3:] + [0])[:3]
    half = re.search(r"(?<![^\W\d])([ap])\.?\s?m\b|(?<!\w)([صم])(?!\w)", cleaned)
    if half:
        is_afternoon = half.group(1) == "p" or half.group(2) == "م"
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if is_afternoon else 0)
    is_real = 2000 <= year <= 2100 and hour <= 23 and minute <= 59 and seconds <= 59
    if not is_real or not (1 <= first <= 31 and 1 <= second <= 31):
        return None
    return _Stamp(first, second, year, (hour, minute, seconds), year_first, "/" in cleaned)


def _is_near(at: Optional[datetime], day: date) -> bool:
    """Return whether that may be the day in a file's name, which is a day in UTC."""
    some = timedelta(days=1)
    return at is not None and day - some <= at.date() <= day + 2 * some


def _order(stamps: Sequence[_Stamp], near: Optional[date]) -> Optional[str]:
    """Return the only order in which all these dates can be read; None if both are possible."""
    if all(one.year_first or not one.has_slash for one in stamps):
        return DAY_FIRST  # 15.1.2026, 15-1-2026: nobody writes the month first so
    fitting = [order for order in (DAY_FIRST, MONTH_FIRST) if all(one.at(order) for one in stamps)]
    if near is not None:
        close = [order for order in fitting if all(_is_near(one.at(order), near) for one in stamps)]
        fitting = close or fitting
    if len(fitting) == 2 and all(one.at(DAY_FIRST) == one.at(MONTH_FIRST) for one in stamps):
        return DAY_FIRST
    if len(fitting) == 1:
        return fitting[0]
    # none fits: each date that is wrong is named as a problem of its own
    return None if fitting else DAY_FIRST


def duration(text: str) -> Optional[int]:
    """Return the seconds of “01:02:03”; None for anything else."""
    match = re.match(r"^(\d{1,3}):(\d{2}):(\d{2})$", _clean(text))
    if not match:
        return None
    hours, minutes, seconds = (int(one) for one in match.groups())
    return hours * 3600 + minutes * 60 + seconds if minutes < 60 and seconds < 60 else None


def _person(line: int, row: Mapping[str, str], order: str) -> Union[Person, Problem]:
    """Return the person of a row, or the problem that makes it unreadable."""
    name = " ".join(row["name"].split())
    if not name:
        return Problem(line, NO_NAME)
    joined = stamp(row["joined"])
    joined_at = joined.at(order) if joined else None
    if joined_at is None:
        return Problem(line, BAD_DATE, row["joined"])
    left_at = None
    if row["left"] not in ("", "-", "–", "N/A", "N/D"):
        left = stamp(row["left"])
        left_at = left.at(order) if left else None
        if left_at is None:
            return Problem(line, BAD_DATE, row["left"])
        if left_at < joined_at:
            return Problem(line, BACKWARDS, "%s – %s" % (row["joined"], row["left"]))
    seconds = duration(row["duration"])
    if seconds is None:
        return Problem(line, BAD_DURATION, row["duration"])
    is_moderator = row.get("moderator", "").casefold() in ("true", "vrai", "1")
    return Person(line, name, is_moderator, joined_at, left_at, seconds)


# -- the lesson --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """The limits of partial presence (per cent), of being late and of leaving early."""

    partial_percent: float = 50.0
    late: timedelta = timedelta(minutes=10)
    early: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Stay:
    """One person's rows together. seconds: at most as long as from `arrived` to `departed`."""

    arrived: datetime
    departed: datetime
    seconds: int


def proposed_times(people: Sequence[Person]) -> Tuple[datetime, datetime]:
    """Return (start, end) of the lesson as far as the file shows them: half of the students had
    come by the start and left by the end, to a quarter of an hour. A person checks it before it
    counts."""
    students = [one for one in people if not one.is_moderator] or list(people)
    start = _quarter(median(_seconds(one.joined) for one in students))
    ends = [_seconds(one.left or _last(people)) for one in students]
    return start, max(_quarter(median(ends)), start + timedelta(minutes=15))


def overlapping(
    lessons: Sequence[Tuple[str, datetime, datetime]],
) -> List[Tuple[datetime, datetime]]:
    """Return, for each (subject, start, end), the start and the end of its lesson: meetings of one
    subject that overlap are one lesson. A meeting that follows another is not: two lessons in a row
    look the same as a meeting that was restarted, and only a person can tell."""
    whole = [(start, stop) for _name, start, stop in lessons]
    # grown together until nothing changes: a third one may join two
    for _round in lessons:
        for at, (name, _start, _stop) in enumerate(lessons):
            for (other, _other_start, _other_stop), span in zip(lessons, list(whole)):
                if other == name and span[0] < whole[at][1] and whole[at][0] < span[1]:
                    whole[at] = min(whole[at][0], span[0]), max(whole[at][1], span[1])
    return whole


def _seconds(at: datetime) -> float:
    return (at - _EPOCH).total_seconds()


def _quarter(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=900 * round(seconds / 900))


def _last(people: Sequence[Person]) -> datetime:
    return max(one.left or one.joined for one in people)


def stay(rows: Sequence[Person], last: datetime) -> Stay:
    """Return the rows of one person as one stay: somebody who came in with two devices has two
    rows. last: until then somebody counts who had not left."""
    arrived = min(one.joined for one in rows)
    departed = max(max(one.left or last, one.joined) for one in rows)
    whole = int((departed - arrived).total_seconds())
    return Stay(arrived, departed, min(sum(one.seconds for one in rows), whole))


def status(
    stays: Sequence[Stay], start: datetime, stop: datetime, limits: Limits
) -> Tuple[str, float]:
    """Return (status, minutes in the lesson) of a lesson from `start` to `stop`, by the same clock.
    stays: one for each meeting of the lesson in which the person was; time in two of them counts
    once."""
    seconds, covered, reached = 0.0, 0.0, start
    for stay in sorted(stays, key=lambda stay: stay.arrived):
        begins, ends = max(stay.arrived, start), min(stay.departed, stop)
        if ends > begins:
            seconds += min(float(stay.seconds), (ends - begins).total_seconds())
            covered += max((ends - max(begins, reached)).total_seconds(), 0.0)
            reached = max(reached, ends)
    seconds = min(seconds, covered)
    length = (stop - start).total_seconds()
    minutes = round(seconds / 60, 2)
    if seconds <= 0:
        return "absent", 0.0
    if 100 * seconds / length < limits.partial_percent:
        return "partial", minutes
    if min(stay.arrived for stay in stays) - start > limits.late:
        return "late", minutes
    if stop - max(stay.departed for stay in stays) > limits.early:
        return "left_early", minutes
    return "present", minutes
