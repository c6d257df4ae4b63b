"""The data of a school, as sheets, registers and records want them."""

from datetime import datetime, time, timedelta

import pytz

from ..rules.register import Student, sort_key
from .words import ReportWords


class Source:
    """The base of a school's own source. It reads for the user of `env`: `check` and `lines` see to
    the user's rights; the other methods are called after `check`."""

    #: Models of a lesson and of a class, and the address of their reports.
    lesson_model = class_model = address = ""

    def __init__(self, env):
        self.env = env

    @property
    def words(self):
        return ReportWords(self.env, self.labels())

    def labels(self):
        """Return {status: its name}, in the reader's language."""
        raise NotImplementedError

    def footnote(self):
        """Return the sentence that says where these data are from, or an empty text."""
        return ""

    def check(self, kind, record):
        """Raise AccessError unless the user may read this paper about the record. kind: lesson,
        register or student."""
        raise NotImplementedError

    def refresh(self, lesson):
        """Bring the sheet of a lesson, which somebody reads, up to date."""

    # -- the sheet ------------------------------------------------------------------------------

    def sheet(self, lesson, has_remarks):
        """Return the `rules.lines.Sheet` of a lesson. has_remarks: else remarks and others than the
        class may be left out, since they are not shown."""
        raise NotImplementedError

    # -- the register ---------------------------------------------------------------------------

    def class_name(self, classroom):
        return classroom.sudo().display_name

    def school(self, classroom):
        """Return the name of the school."""
        return classroom.sudo().company_id.name or ""

    def zone(self, classroom):
        """Return the name of the class's time zone."""
        raise NotImplementedError

    def lessons(self, classroom, start, stop):
        """Return [(id, start, name)] of the lessons that begin from `start` (included) to `stop`,
        naive UTC, in order."""
        raise NotImplementedError

    def marks(self, classroom, lesson_ids):
        """Return {(id of a student's res.partner, id of a lesson): status}."""
        raise NotImplementedError

    def enrolled(self, classroom, first, last):
        """Return ids of the res.partner of those who were students in this period (days)."""
        raise NotImplementedError

    def numbers(self, partner_ids):
        """Return {id of a student: their number at the school}."""
        return {}

    def students(self, partner_ids):
        """Return the `rules.register.Student`s, by name."""
        self.env["res.partner"].flush()
        self.env.cr.execute(
            "SELECT id, coalesce(name, '') FROM res_partner WHERE id = ANY(%s)",
            [list(partner_ids)],
        )
        names, numbers = self.env.cr.fetchall(), self.numbers(partner_ids)
        students = [Student(key, name, numbers.get(key, "")) for key, name in names]
        return sorted(students, key=lambda student: (sort_key(student.name), student.id))

    # -- the record -----------------------------------------------------------------------------

    def lines(self, partner, first, last):
        """Return the `rules.lines.RecordLine`s of a student that the user may see, oldest first, of
        lessons from `first` to `last` (days by each class's clock)."""
        raise NotImplementedError


def local(instant, zone):
    """Return a naive UTC instant by the clock of a zone, naive."""
    return pytz.utc.localize(instant).astimezone(pytz.timezone(zone)).replace(tzinfo=None)


def bounds(first, last, zone):
    """Return the naive UTC instants at which the day `first` begins and the day `last` ends, by the
    clock of a zone."""
    clock = pytz.timezone(zone)
    return tuple(
        clock.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        for day in (first, last + timedelta(days=1))
    )
