"""Lines of a sheet and of a student's record, as a school's own data say them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import List, Sequence, Tuple


@dataclass(frozen=True)
class Line:
    """A person at a lesson. arrived, departed: "09:30" by the classroom's clock; "" for none."""

    status: str
    arrived: str = ""
    departed: str = ""
    minutes: float = 0.0
    percentage: float = 0.0
    remark: str = ""


@dataclass(frozen=True)
class SheetLine(Line):
    """A line of a sheet. is_student: else of the staff; role: its word; low, high: bounds of the
    minutes; is_corrected: by a person."""

    name: str = ""
    number: str = ""
    is_student: bool = True
    role: str = ""
    low: float = 0.0
    high: float = 0.0
    is_corrected: bool = False


@dataclass(frozen=True)
class RecordLine(Line):
    """A line of a student's record. start: by the classroom's clock."""

    start: datetime = datetime.min
    classroom: str = ""
    classroom_id: int = 0
    lesson: str = ""


@dataclass(frozen=True)
class Other:
    """Somebody in the call who has no line. times: arrival and departure, as in `Line`; who: a
    sentence about who that was."""

    name: str
    times: Tuple[str, str] = ("", "")
    minutes: float = 0.0
    who: str = ""


@dataclass(frozen=True)
class Sheet:
    """The sheet of a lesson. day: by the classroom's clock; when: day and times, in the reader's
    language; notes: sentences about the sheet as a whole."""

    classroom: str
    lesson: str
    day: date
    when: str = ""
    school: str = ""
    teacher: str = ""
    lines: Sequence[SheetLine] = ()
    guests: Sequence[Other] = ()
    channels: Sequence[Other] = ()
    notes: Sequence[str] = field(default_factory=list)

    def sorted_lines(self) -> List[SheetLine]:
        """Return the lines, those of students first."""
        return sorted(self.lines, key=lambda line: not line.is_student)
