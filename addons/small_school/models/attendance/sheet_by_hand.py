"""Attendance taken by hand: when a sheet may be filled in, “All present” and its undo, and planning
a lesson again that was marked as held by mistake. `rules/by_hand.py` decides; here the decision is
applied to a lesson and put into words. The page for phones is `sheet_page.py`."""

from odoo import _, fields
from odoo.exceptions import UserError

from ...rules import by_hand as rules
from ..timetable.planned_lessons import restore_lessons
from .sheet import Sheet


class SheetByHand:
    """The sheet of one lesson, filled in by a person. The `…_refusal` methods return the sentence
    that says why something is not possible, or an empty text."""

    def __init__(self, lesson):
        lesson.ensure_one()
        self.lesson, self.env = lesson, lesson.env

    # -- when -----------------------------------------------------------------------------------

    def refusal(self):
        """Return the sentence that says why the sheet cannot be filled in now."""
        return self._sentence(rules.refusal(self._status(), fields.Datetime.now()))

    def buttons(self):
        """Return {field that shows a button: whether it is shown}."""
        lesson = self.lesson
        is_stored = bool(lesson._origin.id and lesson.start and lesson.stop)
        may_fill_in = is_stored and not self.refusal()
        has_unknown = not lesson.line_ids or bool(self.unknown_lines())
        return {
            "may_fill_in": may_fill_in,
            "may_all_present": may_fill_in and has_unknown,
            "may_undo_all_present": is_stored and self.may_undo_all_present(),
            "may_plan_again": is_stored and not self.plan_again_refusal(),
        }

    def check(self):
        """Raise UserError if the sheet cannot be filled in now."""
        refusal = self.refusal()
        if refusal:
            raise UserError(refusal)

    def check_not_early(self):
        """Raise UserError if a person marks the lesson as held before it has begun."""
        if self.env.su:
            return
        if rules.is_marked_early(self._status(), fields.Datetime.now()):
            raise UserError(
                _("“%s” has not begun yet: it can be marked as held from its start on.")
                % self.lesson.name
            )

    # -- what follows for the lesson ------------------------------------------------------------

    def after_filling(self):
        """Mark the lesson as held, and its sheet as final after its end: somebody has said who was
        there."""
        lesson = self.lesson
        is_pending = lesson._is_sheet_pending()
        self._apply(rules.filled_in(self._status(), fields.Datetime.now(), is_pending))

    def finish(self):
        """Make a sheet final that was filled in while the lesson ran."""
        lesson = self.lesson
        if any(line.corrected for line in lesson.line_ids):
            is_pending = lesson._is_sheet_pending()
            self._apply(rules.finished(self._status(), fields.Datetime.now(), is_pending))

    # -- all present, and its undo --------------------------------------------------------------

    def unknown_lines(self):
        """Return the lines without an observation and without a correction."""
        return self.lesson.line_ids.filtered(
            lambda line: not line.corrected and line.status in (False, "unknown")
        )

    def mark_all_present(self):
        """Set the unknown lines to present. Observations and statuses that a person set stay: they
        are the exceptions."""
        Sheet(self.lesson).prepare()
        lines = self.unknown_lines()
        lines.write({"status": "present"})
        lines._as_computed().write({"is_all_present": True})
        self.after_filling()

    def may_undo_all_present(self):
        is_locked = self.lesson.sheet_state == "confirmed"
        return not is_locked and any(line.is_all_present for line in self.lesson.line_ids)

    def undo_all_present(self):
        """Take “All present” back: the observation counts again, statuses that people set for one
        person stay."""
        lesson = self.lesson
        Sheet(lesson).check_unlocked()
        # the reset deletes lines without content
        lesson.line_ids.filtered("is_all_present")._reset()
        is_filled = any(line._says_presence() for line in lesson.line_ids)
        if not is_filled:
            lesson.line_ids._reset()
        self._apply(rules.emptied(self._status(), is_filled))

    # -- planned again --------------------------------------------------------------------------

    def plan_again_refusal(self):
        """Return the sentence that says why this user cannot plan the lesson again."""
        lesson = self.lesson
        lines = lesson.line_ids
        return self._sentence(
            rules.no_planning_again(
                self._status(),
                lesson.is_imported or any(line.computed_status in rules.OBSERVED for line in lines),
                any(line.corrected and line.corrected_by != self.env.user for line in lines),
                self.env.su or self.env.user.has_group("small_school.group_supervisor"),
            )
        )

    def plan_again(self):
        """Undo a cancellation, or the mark of a lesson as held by mistake: then lines that were
        filled in by hand are removed."""
        refusal = self.plan_again_refusal()
        if refusal:
            raise UserError(refusal)
        lesson = self.lesson
        if lesson.state != "held":
            restore_lessons(lesson)
            return
        lesson.line_ids._reset()
        lesson._message_log(
            body=_("Marked as held by mistake, and planned again: what was filled in is gone.")
        )
        lesson.write({"state": "planned", "sheet_state": "draft"})

    # -- the rules' values ----------------------------------------------------------------------

    def _status(self):
        lesson = self.lesson
        return rules.LessonStatus(lesson.state, lesson.sheet_state, lesson.start, lesson.stop)

    def _apply(self, status):
        """Write the differing parts of the state of the lesson and of its sheet."""
        changes = {
            name: value
            for name, value in status._asdict().items()
            if name in ("state", "sheet_state") and self.lesson[name] != value
        }
        if changes:
            self.lesson.write(changes)

    def _sentence(self, code):
        """The sentence of a code of the rules; empty for none."""
        if not code:
            return ""
        sentences = {
            rules.IS_CONFIRMED: _("The sheet is confirmed, so it does not change any more."),
            rules.IS_CANCELLED: _("The lesson was cancelled."),
            rules.NOT_BEGUN: _(
                "The lesson has not begun yet: its sheet is filled in from the start on."
            ),
            rules.IS_PLANNED: _("The lesson is planned, or runs: there is nothing to take back."),
            rules.WAS_HELD: _(
                "The lesson was held, as was seen or taken over: correct its sheet instead."
            ),
            rules.OF_OTHERS: _(
                "Somebody else has corrected this sheet: have a supervisor plan the lesson again."
            ),
        }
        return sentences[code]


def finish_all(env):
    """Make the sheets final that were filled in by hand while their lesson ran, and is over now."""
    over = [("state", "=", "held"), ("sheet_state", "=", "draft")]
    lessons = env["small_school.lesson"].search(over + [("stop", "<=", fields.Datetime.now())])
    corrected = [("lesson_id", "in", lessons.ids), ("corrected", "=", True)]
    lines = env["small_school.attendance"].search(corrected, order="id")
    for lesson in lines.mapped("lesson_id"):
        SheetByHand(lesson).finish()
