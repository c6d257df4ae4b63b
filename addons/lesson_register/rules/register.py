"""A classroom's register: students × lessons, its totals, and its pages."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

#: The part of a lesson for which a status counts in the rate. Others do not count: an excused
#: student was not expected, and an unknown status says nothing.
WEIGHTS = {"present": 1.0, "late": 1.0, "left_early": 1.0, "partial": 0.5, "absent": 0.0}
#: Statuses in the order of the totals.
STATUSES = ("present", "late", "left_early", "partial", "absent", "excused", "unknown")


@dataclass(frozen=True)
class Lesson:
    """A lesson of a register. start: by the classroom's clock."""

    id: int
    start: datetime
    name: str


@dataclass(frozen=True)
class Student:
    """A student of a register."""

    id: int
    name: str
    number: str = ""


@dataclass(frozen=True)
class Register:
    """A register. marks: {(id of the student, id of the lesson): status}; none for a student who
    was not expected."""

    lessons: Sequence[Lesson]
    students: Sequence[Student]
    marks: Mapping[Tuple[int, int], str] = field(default_factory=dict)

    def of_student(self, student: Student) -> Dict[str, int]:
        """Return the number of each status of a student."""
        ids = (lesson.id for lesson in self.lessons)
        return count(self.marks.get((student.id, lesson_id)) for lesson_id in ids)

    def of_lesson(self, lesson: Lesson) -> Dict[str, int]:
        """Return the number of each status in a lesson."""
        ids = (student.id for student in self.students)
        return count(self.marks.get((student_id, lesson.id)) for student_id in ids)


@dataclass(frozen=True)
class Page:
    """A part of the register that fits on one sheet of paper. has_totals: it has the last
    lessons, with the totals of the students beside them. has_foot: it has the last students,
    with the totals of the lessons below them."""

    lessons: Sequence[Lesson]
    students: Sequence[Student]
    has_totals: bool
    has_foot: bool


def count(statuses: Iterable[Optional[str]]) -> Dict[str, int]:
    """Return {status: number}, without statuses that do not occur."""
    counts = {}  # type: Dict[str, int]
    for status in statuses:
        if status:
            counts[status] = counts.get(status, 0) + 1
    return counts


def rate(counts: Mapping[str, int]) -> Optional[float]:
    """Return the attendance rate, 0 to 100; None if no status counts."""
    counted = sum(number for status, number in counts.items() if status in WEIGHTS)
    if not counted:
        return None
    came = sum(WEIGHTS[status] * number for status, number in counts.items() if status in WEIGHTS)
    return round(100 * came / counted, 1)


def sort_key(name: str) -> str:
    """Return the key by which names are sorted: Élodie beside Elodie, and Łukasz under L."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(_base(one) for one in letters if not unicodedata.combining(one))


#: What people sort as two letters.
_TWO = {"æ": "ae", "œ": "oe"}


def _base(letter: str) -> str:
    """Return the letter without its stroke: l for ł."""
    name, _with, mark = unicodedata.name(letter, "").partition(" WITH ")
    return unicodedata.lookup(name) if mark else _TWO.get(letter, letter)


def pages(register: Register, columns: int, rows: int) -> List[Page]:
    """Return the register in parts of at most `columns` lessons and `rows` students: all students
    of the first lessons, then of the next. There is at least one page."""
    parts = []
    lessons = [
        register.lessons[at : at + columns] for at in range(0, len(register.lessons), columns)
    ] or [[]]
    students = [
        register.students[at : at + rows] for at in range(0, len(register.students), rows)
    ] or [[]]
    for across, some_lessons in enumerate(lessons):
        for down, some_students in enumerate(students):
            parts.append(
                Page(
                    some_lessons,
                    some_students,
                    across == len(lessons) - 1,
                    down == len(students) - 1,
                )
            )
    return parts
