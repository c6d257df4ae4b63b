"""Changes of lessons, by anybody and in any way: who may make them, and their effects."""

from odoo import _
from odoo.exceptions import AccessError

from ..attendance.sheet import Sheet
from ..attendance.sheet_by_hand import SheetByHand

#: A change of one of these makes a new revision of the lesson for calendars that follow it.
_PUBLISHED = ("start", "stop", "name", "teacher_id", "substitute_id", "classroom_id")


class LessonChanges:
    """One write to these lessons: `check` and `completed` before it, `follow_up` after it."""

    def __init__(self, lessons):
        self.lessons, self.env = lessons, lessons.env
        self._unlocked = lessons.browse()
        self._before = {}

    def may_name_substitutes(self):
        return self.env.su or self.env.user.has_group("small_school.group_supervisor")

    def check_may_name_substitutes(self):
        # a substitute gets into the group and the sheet: teachers do not grant that
        if not self.may_name_substitutes():
            raise AccessError(_("Only a supervisor may name a substitute."))

    def check(self, vals):
        """Raise UserError or AccessError for values that may not be written."""
        if "substitute_id" in vals:
            self.check_may_name_substitutes()
        if {"start", "classroom_id"} & set(vals):
            for lesson in self.lessons:
                Sheet(lesson).check_unlocked()
        if "sheet_state" in vals and vals["sheet_state"] != "confirmed":
            self._unlocked = self.lessons.filtered(lambda one: one.sheet_state == "confirmed")
        for lesson in self._unlocked:
            Sheet(lesson).check_may_unlock()
        self._before = {lesson.id: _published(lesson) for lesson in self.lessons}

    def completed(self, vals):
        """Return the values together with derived ones."""
        is_by_person = not self.env.context.get("classroom_generating")
        if is_by_person and set(_PUBLISHED) & set(vals) and self.lessons.mapped("pattern_id"):
            vals = dict(vals, is_changed=True)  # it no longer follows its weekly lesson
        if is_by_person and "substitute_id" in vals:
            vals = dict(vals, substitution_id=False)
        if "start" in vals and "opens_at" not in vals:
            vals = dict(vals, opens_at=False)
        return vals

    def follow_up(self, vals):
        """Log unlocked sheets, refuse lessons that are marked as held too early, count
        revisions."""
        for lesson in self._unlocked:
            Sheet(lesson).log_unlocked()
        if {"state", "sheet_state", "start"} & set(vals):
            for lesson in self.lessons:
                SheetByHand(lesson).check_not_early()
        self._grow_revision(
            self.lessons.filtered(lambda one: _published(one) != self._before[one.id])
        )

    def _grow_revision(self, lessons):
        """Add one to the revision of these lessons, which calendars go by."""
        if lessons:
            lessons.flush()
            self.env.cr.execute(
                "UPDATE small_school_lesson SET revision = coalesce(revision, 0) + 1 WHERE id IN %s",
                [tuple(lessons.ids)],
            )
            lessons.invalidate_cache(["revision"], lessons.ids)


def _published(lesson):
    """Return the values of the lesson that calendars show."""
    return tuple(lesson[name] for name in _PUBLISHED) + (lesson.state == "cancelled",)
