"""The times of one lesson: how the classroom's clock shows them, and their change by buttons.
Effects of new times elsewhere (a call in Telegram) are not decided here."""

from datetime import timedelta

import pytz

from odoo import _, fields
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...rules import timetable as rules

#: Time before its start from which a lesson can be started by hand; earlier it has to be moved.
EARLIEST_START = timedelta(hours=3)
#: The longest lesson.
LONGEST = timedelta(days=1)
#: Time after its end in which a lesson can still be prolonged.
PROLONG_AFTER_END = timedelta(minutes=30)
#: The most minutes by which a lesson is prolonged at once.
MOST_MINUTES = 600
#: The page for phones asks again automatically from this time before the lesson until this time
#: after it, and this number of seconds apart.
AROUND = timedelta(minutes=15)
REFRESH_S = 15


def local_start(lesson):
    """The lesson's start by the classroom's clock, a naive datetime."""
    # a substitute reads the lesson, but not the classroom
    zone = pytz.timezone(lesson.sudo().classroom_id.tz or "UTC")
    return pytz.utc.localize(lesson.start).astimezone(zone).replace(tzinfo=None)


class LessonTimes:
    """The times of one lesson, and starting, ending and prolonging it now. The `…_refusal` methods
    return the sentence that says why something is not possible, or an empty text; the others raise
    it as UserError."""

    def __init__(self, lesson):
        lesson.ensure_one()
        self.lesson, self.env = lesson, lesson.env

    def text(self):
        """Return day, times and zone by the classroom's clock, in the reader's language; False
        while the lesson has no times."""
        lesson = self.lesson
        # a substitute reads the lesson, but not the classroom
        zone = lesson.sudo().classroom_id.tz
        if not (lesson.start and lesson.stop and zone):
            return False
        day, begins, ends = rules.shown(lesson.start, lesson.stop, zone)
        return "%s %s–%s (%s)" % (format_date(self.env, day), begins, ends, zone)

    def page_refresh_s(self):
        """Return the seconds until the page for phones asks again; 0: never automatically."""
        lesson = self.lesson
        is_around = lesson.start - AROUND < fields.Datetime.now() < lesson.stop + AROUND
        return REFRESH_S if is_around and lesson.state != "cancelled" else 0

    # -- buttons --------------------------------------------------------------------------------

    def buttons(self):
        """Return {field that shows a button: whether it is shown}."""
        lesson = self.lesson
        has_times = bool(lesson.start and lesson.stop and lesson._origin.id)
        return {
            "may_start": has_times and not self.start_refusal(),
            "may_end": has_times and not self.end_refusal(),
            "may_prolong": has_times and not self.prolong_refusal(),
        }

    def start_refusal(self):
        lesson, now = self.lesson, fields.Datetime.now()
        if lesson.state != "planned" or lesson.stop <= now:
            return _("Only a lesson that is still to come can be started.")
        if lesson.start - now > EARLIEST_START:
            return _("It is too early for this lesson: move it if it is to be held now.")
        return ""

    def start(self):
        """Start the lesson before its time: it begins now, and ends as planned."""
        self._check(self.start_refusal())
        lesson = self.lesson
        now = min(fields.Datetime.now(), lesson.start)
        values = {"state": "open", "opens_at": now}
        if lesson.start > now and lesson._may_move_start():
            values.update(start=now, stop=min(lesson.stop, now + LONGEST))
        lesson.write(values)

    def end_refusal(self):
        lesson, now = self.lesson, fields.Datetime.now()
        # a lesson that was marked as held while it runs still runs
        is_over = lesson.state == "cancelled" or lesson.sheet_state == "confirmed"
        if is_over or not lesson.start <= now < lesson.stop:
            return _("Only a lesson that runs can be ended.")
        return ""

    def end(self):
        """End a lesson that runs; it was held."""
        self._check(self.end_refusal())
        # the end has to be after the start, however soon the lesson is ended
        stop = max(fields.Datetime.now(), self.lesson.start + timedelta(seconds=1))
        self.lesson.write({"stop": stop, "state": "held"})

    def prolong_refusal(self):
        """Return the sentence that says why the lesson cannot be prolonged; empty if it can."""
        lesson, now = self.lesson, fields.Datetime.now()
        is_recent = lesson.start <= now <= lesson.stop + PROLONG_AFTER_END
        if lesson.state == "cancelled" or not (is_recent or lesson.state == "open"):
            return _("Only a lesson that runs, or has just ended, can be prolonged.")
        if lesson.sheet_state == "confirmed":
            return _("The sheet is confirmed: have a supervisor unlock it first.")
        return ""

    def prolong(self, minutes):
        """Let a lesson that runs, or has just ended, end so many minutes later."""
        if not isinstance(minutes, int) or not 0 < minutes <= MOST_MINUTES:
            raise UserError(_("Prolong a lesson by 1 to %s minutes.") % MOST_MINUTES)
        self._check(self.prolong_refusal())
        lesson = self.lesson
        # a lesson that has ended goes on from now
        stop = max(lesson.stop, fields.Datetime.now()) + timedelta(minutes=minutes)
        values = {"stop": stop}
        if lesson.state == "held":
            values.update(state="open", sheet_state="draft")
        lesson.write(values)

    @staticmethod
    def _check(refusal):
        if refusal:
            raise UserError(refusal)
