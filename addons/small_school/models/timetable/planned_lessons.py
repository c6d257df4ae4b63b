"""Lessons that are still to come, and the timetable that they follow."""

from odoo import fields


def follows_pattern(lesson):
    """Return whether the lesson is still to come and nobody has changed it, so that a change of its
    weekly lesson changes it too."""
    is_to_come = lesson.start > fields.Datetime.now() and lesson.state == "planned"
    return bool(lesson.pattern_id and is_to_come and not lesson.is_changed)


def update_lesson(lesson, values):
    """Write the values that differ. A substitute whom a person chose for this lesson alone
    stays."""
    if lesson.substitute_id and not lesson.substitution_id:
        values = {name: values[name] for name in values if not name.startswith("substitut")}
    changes = {
        name: value
        for name, value in values.items()
        if lesson._fields[name].convert_to_write(lesson[name], lesson) != (value or False)
    }
    if changes:
        lesson.write(changes)


def drop_lessons(lessons):
    """Delete lessons that the timetable no longer has."""
    lessons.sudo().with_context(classroom_generating=True).unlink()


def restore_lessons(lessons):
    """Plan cancelled lessons again."""
    lessons.write({"state": "planned", "cancel_reason": False, "holiday_id": False})


def exclude_days(env, days, reason):
    """Exclude these days from weekly lessons, without making their lessons again. days: [(id of the
    weekly lesson, day)]."""
    exceptions = env["small_school.pattern.exception"].sudo().with_context(classroom_paused=True)
    for pattern_id, day in days:
        values = {"pattern_id": pattern_id, "date": day}
        if not exceptions.search_count([(name, "=", value) for name, value in values.items()]):
            exceptions.create(dict(values, reason=reason))
