"""The timeline of a lesson: a picture of who was in the call when."""

from datetime import timedelta

from odoo import _, fields

from ...rules import timeline
from ...rules.bounds import GRACE, LEAD_IN, LONGEST
from ...rules.intervals import Observation, Presence, Window
from ...rules.spans import Span
from ..calls import clock, joining
from ..membership import roster
from ..messages import group_texts, lesson_texts
from ..service import LessonService
from . import school_sheet, sheet

#: While somebody looks at a running lesson, its sheet is computed again after each event, and at
#: least this often, since the minutes go on.
REFRESH = timedelta(seconds=20)


class Timeline(LessonService):
    """Draws the timeline of a lesson, and keeps the picture on open screens fresh."""

    def is_live(self):
        """Return whether the picture still changes by itself."""
        now = fields.Datetime.now()
        return (
            self.lesson._telegram_start() - LEAD_IN <= now < self.lesson._telegram_stop() + GRACE
            and self.row.sheet_state != "final"
        )

    def draw(self):
        """Return the SVG in the context's language; empty for a lesson that has no picture
        (yet)."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        classroom = self.lesson._telegram_classroom()
        now = fields.Datetime.now()
        if not (start and stop and classroom) or not self.lesson._telegram_is_planned():
            return ""
        if start - LEAD_IN > now:
            return ""
        is_live = self.is_live()
        until = min(stop, now) if is_live else stop
        elsewhere = self.lesson._telegram_elsewhere()
        observation = self.observation(elsewhere, until)
        if observation.held is None and not is_live:
            return ""  # there was no call: the sheet says so
        svg = timeline.draw(
            timeline.Picture(
                observation,
                stop,
                self.rows(observation, elsewhere),
                group_texts.GroupTexts(classroom).local,
                roster.ClassRoster(classroom).thresholds(),
                now if is_live and now < stop else None,
                self.words(),
            )
        )
        if is_live:
            svg = svg.replace("<svg ", '<svg data-live="%s" ' % self.stamp(), 1)
        return svg

    def observation(self, elsewhere, until):
        """Return the `rules.intervals.Observation` that is drawn, up to `until` (naive UTC).

        elsewhere: lines of a lesson that was held elsewhere; it is drawn as they say."""
        if elsewhere is None:
            return sheet.LessonSheet(self.lesson).observe(until)
        whole = self.lesson._telegram_start(), self.lesson._telegram_stop()
        people = {
            line["partner"].id: Presence((Span(line["arrived_at"], line["departed_at"]),))
            for line in elsewhere
            if line["arrived_at"] and line["departed_at"]
        }
        return Observation(Window(*whole), Span(*whole), people=people)

    def rows(self, observation, elsewhere=None):
        """Return a `rules.timeline.Row` for each student; a status corrected by hand goes first.
        elsewhere: the lines of a lesson that was held elsewhere."""
        words = sheet.LessonSheet(self.lesson).status_words()
        by_hand = school_sheet.SchoolSheet(self.lesson).by_hand()
        rows = []
        lines = elsewhere
        if lines is None:
            lines = sheet.LessonSheet(self.lesson).compute(False, observation)
        for line in lines:
            if line["role"] != "student":
                continue
            partner = line["partner"]
            # a school may have words of its own for a status
            status = by_hand.get(partner.id)
            status = status if status in words else line["status"]
            rows.append(
                timeline.Row(
                    partner.name or "",
                    status,
                    words[status],
                    observation.people.get(partner.id, Presence()),
                    self.row_text(line, words[status]),
                )
            )
        return rows

    def row_text(self, line, status):
        """Return a person's row as a sentence, in the context's language."""
        name = line["partner"].name or ""
        if not line["arrived_at"]:
            return _("%s: %s.") % (name, status)
        if not line["departed_at"]:
            return _("%s: %s, since %s and still there, %s minutes in the lesson so far.") % (
                name,
                status,
                lesson_texts.LessonTexts(self.lesson).hour(line["arrived_at"]),
                round(line["minutes"]),
            )
        return _("%s: %s, from %s to %s, %s minutes in the lesson.") % (
            name,
            status,
            lesson_texts.LessonTexts(self.lesson).hour(line["arrived_at"]),
            lesson_texts.LessonTexts(self.lesson).hour(line["departed_at"]),
            round(line["minutes"]),
        )

    def words(self):
        """Return the words of the picture in the context's language, as `rules.timeline.draw` wants
        them."""
        no_call = _("There is no call yet.")
        if self.lesson._telegram_start() > fields.Datetime.now():
            no_call = _("The lesson has not begun.")
        return {
            "title": _("Timeline of the lesson"),
            "none": _("Nobody is on the sheet."),
            "no_call": no_call,
            "there": _("in the call"),
            "before": _("before the start"),
            "blind": _("not observed"),
            "start": _("start"),
            "stop": _("end"),
            "late": _("late from here"),
            "early": _("left early before here"),
            "now": _("now"),
        }

    def look(self):
        """Bring the sheets of these lessons, which somebody looks at, up to date if they run."""
        for lesson in self.lesson.sudo():
            rule = clock.LessonClock(lesson).rule()
            if not rule or not rule.planned or not Timeline(lesson).is_live():
                continue
            if Timeline(lesson).is_fresh():
                continue
            # another transaction that holds the lock computes the same
            self.env.cr.execute(
                "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [self.lesson._name, lesson.id]
            )
            if self.env.cr.fetchone()[0]:
                sheet.LessonSheet(lesson).refresh()

    def hint_in(self, chats):
        """Hint at the lessons, of all models, whose picture changes now: something was seen in a
        call of these groups."""
        now = fields.Datetime.now()
        for model in self.lesson._telegram_models():
            comodel = model._fields[model._telegram_classroom_field].comodel_name
            owners = chats.filtered(lambda chat, comodel=comodel: chat.res_model == comodel)
            if not owners:
                continue
            near = model.sudo().search(
                [
                    (model._telegram_classroom_field, "in", owners.mapped("res_id")),
                    (model._telegram_start_field, ">=", now - LONGEST),
                    (model._telegram_start_field, "<=", now + LEAD_IN),
                ]
            )
            Timeline(
                near.filtered(lambda one: one._telegram_stop() and Timeline(one).is_live())
            ).hint()

    def hint(self):
        """Notify the open pages of these lessons, by the bus, that something is new. The hint holds
        no data, since anybody may listen on the bus: the page asks for them with its user's
        rights."""
        if self.lesson:
            rows = self.env["telegram.lesson"]._rows_of(self.lesson).values()
            hints = [("telegram_lesson:%s" % row.id, row.id) for row in rows]
            self.env["bus.bus"].sudo().sendmany(hints)

    def stamp(self):
        """Return a text that changes with the sheet and with whether the call can be joined."""
        lines = self.env["telegram.attendance"].sudo().search([("lesson_id", "=", self.row.id)])
        lines.flush()
        changed = max(lines.mapped("write_date"), default=None)
        is_open = "open" if joining.Joining(self.lesson).is_opened() else "shut"
        return "%s-%s-%s" % (len(lines), changed and changed.isoformat(), is_open)

    def is_fresh(self):
        """Return whether the sheet was computed less than `REFRESH` ago and nothing was seen
        since."""
        row = self.row
        computed_at = row.computed_at
        return (
            bool(computed_at)
            and computed_at > fields.Datetime.now() - REFRESH
            and row.seen_mark == self.mark_of_seen()
        )

    def mark_of_seen(self):
        """Return a text that changes with each event in the group's calls of this lesson's time."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        self.env["telegram.call"].flush()
        self.env.cr.execute(
            """
            SELECT count(DISTINCT call.id), count(DISTINCT call.closed_at), count(one.id), max(one.id)
            FROM telegram_call AS call LEFT JOIN telegram_presence AS one ON one.call_id = call.id
            WHERE call.chat_id = %s AND (call.closed_at IS NULL OR call.closed_at >= %s)
            """,
            [chat.id, self.lesson._telegram_start() - LEAD_IN],
        )
        return "-".join(str(one or 0) for one in self.env.cr.fetchone())
