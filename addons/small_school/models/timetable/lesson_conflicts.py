"""Lessons of one classroom, teacher or student at the same time. Conflicts are shown and never
refused: a timetable is put in order step by step, and an import must not fail because of one."""

from odoo import _

#: Pairs (a, b) of lessons at the same time, unless they were over 30 days ago. Each kind of
#: conflict is a query of its own: an equality lets the database find the few pairs that may
#: overlap.
_PAIRS = """
    FROM small_school_lesson a
    JOIN small_school_lesson b ON b.id <> a.id AND b.start < a.stop AND b.stop > a.start
    {join}
    WHERE a.state <> 'cancelled' AND b.state <> 'cancelled'
        AND a.stop > now() AT TIME ZONE 'UTC' - interval '30 days' AND {where}
"""
_SAME_CLASSROOM = "a.classroom_id = b.classroom_id"
_TEACHES = "coalesce({0}.substitute_id, {0}.teacher_id)"
_SAME_TEACHER = "%s = %s" % (_TEACHES.format("a"), _TEACHES.format("b"))
_SAME_STUDENTS = """
    JOIN small_school_enrolment ea ON ea.classroom_id = a.classroom_id AND ea.state = 'active'
        AND ea.date_from <= a.start AND (ea.date_to IS NULL OR ea.date_to >= a.start::date)
    JOIN small_school_enrolment eb ON eb.classroom_id = b.classroom_id AND eb.state = 'active'
        AND eb.partner_id = ea.partner_id
        AND eb.date_from <= b.start AND (eb.date_to IS NULL OR eb.date_to >= b.start::date)
"""


class LessonConflicts:
    """Conflicts of these lessons with any others; a constant number of queries."""

    def __init__(self, lessons):
        self.lessons, self.env = lessons, lessons.env

    def sentences(self):
        """Return {id of a lesson: [a sentence for each conflict of its classroom or its
        teacher]}."""
        by_lesson = {}
        for lesson, other in self._overlapping(_SAME_CLASSROOM):
            by_lesson.setdefault(lesson._origin.id, []).append(lesson._conflict_in_classroom(other))
        for lesson, other in self._overlapping("%s AND NOT %s" % (_SAME_TEACHER, _SAME_CLASSROOM)):
            teacher = (lesson.substitute_id or lesson.teacher_id).name
            by_lesson.setdefault(lesson._origin.id, []).append(
                _("%s also teaches at that time: %s.") % (teacher, lesson_label(other))
            )
        return by_lesson

    def student_sentences(self):
        """Return {id of a lesson: [a sentence for each lesson elsewhere that some of its students
        have]}."""
        by_lesson = {}
        for lesson_id, other_id, students in self._pairs(
            "a.id, b.id, count(DISTINCT ea.partner_id)",
            "NOT %s" % _SAME_CLASSROOM,
            join=_SAME_STUDENTS,
            tail="GROUP BY a.id, b.id",
        ):
            other = self.lessons.browse(other_id).sudo()
            by_lesson.setdefault(lesson_id, []).append(
                _("%s of the students also have: %s.") % (students, lesson_label(other))
            )
        return by_lesson

    def _overlapping(self, where):
        """Return [(lesson, as in the form; the other lesson, as superuser)]."""
        by_id = {lesson._origin.id: lesson for lesson in self.lessons}
        return [
            (by_id[lesson_id], self.lessons.browse(other_id).sudo())
            for lesson_id, other_id in self._pairs("a.id, b.id", where)
        ]

    def _pairs(self, columns, where, join="", tail=""):
        """Return rows about pairs whose first lesson is one of these."""
        ids = self.lessons._origin.ids
        if not ids:
            return []
        self.env["small_school.enrolment"].flush()
        self.lessons.flush()
        query = "SELECT " + columns + _PAIRS.format(join=join, where=where + " AND a.id IN %s")
        self.env.cr.execute(query + tail + " ORDER BY 1, 2", [tuple(ids)])
        return self.env.cr.fetchall()


def lesson_label(lesson):
    """Return the name of a lesson for a sentence about another one."""
    return "%s, %s, %s" % (lesson.name, lesson.classroom_id.name, lesson.local_time)


def conflicting_ids(lessons):
    """Return ids of all lessons of the database that have a conflict of classroom or teacher.
    lessons: the model."""
    lessons.flush()
    ids = set()
    for where in (_SAME_CLASSROOM, _SAME_TEACHER):
        lessons.env.cr.execute("SELECT DISTINCT a.id " + _PAIRS.format(join="", where=where))
        ids.update(lesson_id for (lesson_id,) in lessons.env.cr.fetchall())
    return sorted(ids)
