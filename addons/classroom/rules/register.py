"""A classroom's register: students × lessons, its totals, and how it is cut into pages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from .names import plain

#: How much of a lesson a status counts for in the rate; what is not listed is not counted at all:
#: of an excused student nothing was expected, of an unknown status nobody can say anything.
WEIGHTS = {"present": 1.0, "late": 1.0, "left_early": 1.0, "partial": 0.5, "absent": 0.0}
#: In the order in which they are counted up.
STATUSES = ("present", "late", "left_early", "partial", "absent", "excused", "unknown")


@dataclass(frozen=True)
class Lesson:
    """start: by the classroom's clock."""

    id: int
    start: datetime
    name: str


@dataclass(frozen=True)
class Student:
    id: int
    name: str
    number: str = ""


@dataclass(frozen=True)
class Register:
    """marks: {(student's id, lesson's id): status}; nothing where a student was not expected."""

    lessons: Sequence[Lesson]
    students: Sequence[Student]
    marks: Mapping[Tuple[int, int], str] = field(default_factory=dict)

    def of_student(self, student: Student) -> Dict[str, int]:
        """How often each status."""
        ids = (lesson.id for lesson in self.lessons)
        return count(self.marks.get((student.id, lesson_id)) for lesson_id in ids)

    def of_lesson(self, lesson: Lesson) -> Dict[str, int]:
        """How often each status."""
        ids = (student.id for student in self.students)
        return count(self.marks.get((student_id, lesson.id)) for student_id in ids)


@dataclass(frozen=True)
class Page:
    """A part of the register that fits on one sheet; has_totals: it shows the last lessons, so that
    the students' totals stand beside them. has_foot: likewise the lessons' totals."""

    lessons: Sequence[Lesson]
    students: Sequence[Student]
    has_totals: bool
    has_foot: bool


def count(statuses: Iterable[Optional[str]]) -> Dict[str, int]:
    """{status: how often}, without those that do not occur."""
    found = {}  # type: Dict[str, int]
    for status in statuses:
        if status:
            found[status] = found.get(status, 0) + 1
    return found


def rate(counts: Mapping[str, int]) -> Optional[float]:
    """The attendance rate, 0 to 100; None where nothing counts."""
    counted = sum(number for status, number in counts.items() if status in WEIGHTS)
    if not counted:
        return None
    came = sum(WEIGHTS[status] * number for status, number in counts.items() if status in WEIGHTS)
    return round(100 * came / counted, 1)


def sort_key(name: str) -> str:
    """Élodie stands beside Elodie, and Łukasz under L."""
    return plain(name)


def pages(register: Register, columns: int, rows: int) -> List[Page]:
    """The register in parts of at most `columns` lessons and `rows` students: all students of the
    first lessons, then of the next. One page at least."""
    found = []
    lessons = [
        register.lessons[at : at + columns] for at in range(0, len(register.lessons), columns)
    ] or [[]]
    students = [
        register.students[at : at + rows] for at in range(0, len(register.students), rows)
    ] or [[]]
    for across, some_lessons in enumerate(lessons):
        for down, some_students in enumerate(students):
            found.append(
                Page(
                    some_lessons,
                    some_students,
                    across == len(lessons) - 1,
                    down == len(students) - 1,
                )
            )
    return found
