from odoo import _, api, fields, models

#: Pairs (a, b) of lessons at the same time. What is long over is nobody's concern any more. Each
#: kind is a query of its own: an equality is what lets the database find the few that may overlap.
_PAIRS = """
    FROM classroom_lesson a
    JOIN classroom_lesson b ON b.id <> a.id AND b.start < a.stop AND b.stop > a.start
    {join}
    WHERE a.state <> 'cancelled' AND b.state <> 'cancelled'
        AND a.stop > now() AT TIME ZONE 'UTC' - interval '30 days' AND {where}
"""
_SAME_ROOM = "a.classroom_id = b.classroom_id"
_TEACHES = "coalesce({0}.substitute_id, {0}.teacher_id)"
_SAME_TEACHER = "%s = %s" % (_TEACHES.format("a"), _TEACHES.format("b"))
_STUDENTS = """
    JOIN classroom_enrolment ea ON ea.classroom_id = a.classroom_id AND ea.state = 'active'
        AND ea.date_from <= a.start AND (ea.date_to IS NULL OR ea.date_to >= a.start::date)
    JOIN classroom_enrolment eb ON eb.classroom_id = b.classroom_id AND eb.state = 'active'
        AND eb.partner_id = ea.partner_id
        AND eb.date_from <= b.start AND (eb.date_to IS NULL OR eb.date_to >= b.start::date)
"""


class ClassroomLesson(models.Model):
    """What is twice at a time. It is shown and never refused: a timetable is put in order step by
    step, and an import must not fail because of it."""

    _inherit = "classroom.lesson"

    has_conflict = fields.Boolean(
        "Conflict", compute="_compute_conflicts", search="_search_has_conflict"
    )
    conflict_text = fields.Text("Conflicts", compute="_compute_conflicts")
    conflict_students = fields.Text("Students elsewhere", compute="_compute_conflict_students")

    @api.depends("start", "stop", "state", "classroom_id", "teacher_id", "substitute_id")
    @api.depends_context("lang")
    def _compute_conflicts(self):
        in_room = self._pairs("a.id, b.id", _SAME_ROOM)
        of_teacher = self._pairs("a.id, b.id", "%s AND NOT %s" % (_SAME_TEACHER, _SAME_ROOM))
        for lesson in self:
            sentences = [
                words(lesson, lesson.browse(other).sudo())
                for pairs, words in (
                    (in_room, type(lesson)._conflict_in_room),
                    (of_teacher, type(lesson)._conflict_of_teacher),
                )
                for one, other in pairs
                if one == lesson._origin.id
            ]
            lesson.has_conflict = bool(sentences)
            lesson.conflict_text = "\n".join(sentences)

    @api.depends("start", "stop", "state", "classroom_id")
    @api.depends_context("lang")
    def _compute_conflict_students(self):
        rows = self._pairs(
            "a.id, b.id, count(DISTINCT ea.partner_id)",
            "NOT %s" % _SAME_ROOM,
            join=_STUDENTS,
            tail="GROUP BY a.id, b.id",
        )
        for lesson in self:
            mine = [(other, count) for one, other, count in rows if one == lesson._origin.id]
            lesson.conflict_students = "\n".join(
                _("%s of the students also have: %s.")
                % (count, lesson.browse(other).sudo()._conflict_name())
                for other, count in mine
            )

    @api.model
    def _search_has_conflict(self, operator, value):
        wanted = (operator == "=") == bool(value)
        self.flush()
        ids = set()
        for where in (_SAME_ROOM, _SAME_TEACHER):
            self.env.cr.execute("SELECT DISTINCT a.id " + _PAIRS.format(join="", where=where))
            ids.update(one for (one,) in self.env.cr.fetchall())
        return [("id", "in" if wanted else "not in", sorted(ids))]

    def _pairs(self, columns, where, join="", tail=""):
        """Rows about pairs whose first lesson is one of these."""
        ids = self._origin.ids
        if not ids:
            return []
        self.env["classroom.enrolment"].flush()
        self.flush()
        query = "SELECT " + columns + _PAIRS.format(join=join, where=where + " AND a.id IN %s")
        self.env.cr.execute(query + tail + " ORDER BY 1, 2", [tuple(ids)])
        return self.env.cr.fetchall()

    def _conflict_name(self):
        return "%s, %s, %s" % (self.name, self.classroom_id.name, self.local_time)

    def _conflict_in_room(self, other):
        """The sentence for two lessons of one classroom."""
        return _("The class has another lesson at the same time: %s.") % other._conflict_name()

    def _conflict_of_teacher(self, other):
        """The sentence for two lessons of one teacher."""
        teacher = (self.substitute_id or self.teacher_id).name
        return _("%s also teaches at that time: %s.") % (teacher, other._conflict_name())
