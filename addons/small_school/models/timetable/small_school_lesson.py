"""A lesson in the timetable, with its sheet. The model has fields, hooks and buttons; their work is
in the other modules of this room, and in `sheet*.py` of `../attendance`."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.lesson_register.rules import asked

from ..attendance.sheet import Sheet
from ..attendance.sheet_by_hand import SheetByHand, finish_all
from .lesson_changes import LessonChanges
from .lesson_conflicts import LessonConflicts, conflicting_ids, lesson_label
from .lesson_times import LONGEST, LessonTimes
from .own_lessons import own_lessons_domain
from .planned_lessons import exclude_days


class ClassroomLesson(models.Model):
    """A lesson of a classroom, and the holder of its attendance sheet. Times are UTC."""

    _name = "small_school.lesson"
    _description = "Lesson"
    _inherit = ["mail.thread", "small_school.record.mixin"]
    _order = "start desc, id desc"

    classroom_id = fields.Many2one(
        "small_school.classroom", "Classroom", required=True, index=True, ondelete="restrict"
    )
    name = fields.Char("Subject", required=True)
    start = fields.Datetime("Start", required=True, index=True)
    stop = fields.Datetime("End", required=True)
    local_time = fields.Char("Local time", compute="_compute_local_time")
    teacher_id = fields.Many2one("res.partner", "Teacher", index=True, ondelete="restrict")
    state = fields.Selection(
        [("planned", "Planned"), ("open", "Open"), ("held", "Held"), ("cancelled", "Cancelled")],
        "State",
        required=True,
        default="planned",
    )
    company_id = fields.Many2one(related="classroom_id.company_id", string="School")

    # the timetable
    pattern_id = fields.Many2one(
        "small_school.pattern", "Weekly lesson", index=True, readonly=True, copy=False
    )
    pattern_date = fields.Date(
        "Day of the timetable",
        readonly=True,
        copy=False,
        help="The day on which the timetable has this lesson, wherever it was moved to.",
    )
    is_changed = fields.Boolean(
        "Changed by hand",
        readonly=True,
        copy=False,
        help="The lesson does not follow its timetable any more.",
    )
    substitute_id = fields.Many2one(
        "res.partner", "Substitute", index=True, copy=False, ondelete="restrict", tracking=True
    )
    substitution_id = fields.Many2one(
        "small_school.substitution", "Substitution", readonly=True, copy=False, ondelete="set null"
    )
    holiday_id = fields.Many2one("small_school.holiday", "Holidays", readonly=True, copy=False)
    cancel_reason = fields.Char("Why cancelled", readonly=True, copy=False, tracking=True)
    opens_at = fields.Datetime("Started by hand at", readonly=True, copy=False)
    revision = fields.Integer(
        "Revision", readonly=True, copy=False, default=0, help="Grows with each move."
    )
    has_conflict = fields.Boolean(
        "Conflict", compute="_compute_conflicts", search="_search_has_conflict"
    )
    conflict_text = fields.Text("Conflicts", compute="_compute_conflicts")
    conflict_students = fields.Text("Students elsewhere", compute="_compute_conflict_students")

    # the sheet
    line_ids = fields.One2many("small_school.attendance", "lesson_id", "Attendance")
    sheet_state = fields.Selection(
        [("draft", "Draft"), ("final", "Final"), ("confirmed", "Confirmed")],
        "Sheet",
        required=True,
        default="draft",
        tracking=True,
    )
    sheet_counts = fields.Char("Students", compute="_compute_sheet_counts")
    is_imported = fields.Boolean(
        "Imported", readonly=True, copy=False, help="The sheet was taken over from another system."
    )
    import_key = fields.Char(readonly=True, copy=False, index=True)

    # the user's rights, and own lessons
    join_url = fields.Char("Way into the call", compute="_compute_join_url")
    may_start = fields.Boolean(compute="_compute_may")
    may_end = fields.Boolean(compute="_compute_may")
    may_prolong = fields.Boolean(compute="_compute_may")
    may_substitute = fields.Boolean(compute="_compute_may")
    may_fill_in = fields.Boolean(compute="_compute_may")
    may_all_present = fields.Boolean(compute="_compute_may")
    may_undo_all_present = fields.Boolean(compute="_compute_may")
    may_plan_again = fields.Boolean(compute="_compute_may")
    is_own = fields.Boolean(
        "One's own as a student", compute="_compute_is_own", search="_search_is_own"
    )

    _sql_constraints = [
        ("order", "check (stop > start)", "The lesson must end after it begins."),
        ("import_once", "unique (classroom_id, import_key)", "This lesson was imported already."),
    ]

    def init(self):
        super().init()
        # two transactions that make lessons at the same moment must not both win
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS small_school_lesson_once_in_pattern"
            " ON small_school_lesson (pattern_id, pattern_date) WHERE pattern_id IS NOT NULL"
        )
        # the few lessons whose sheet is still to be finished
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS small_school_lesson_draft"
            " ON small_school_lesson (stop) WHERE state = 'held' AND sheet_state = 'draft'"
        )

    # -- computed ---------------------------------------------------------------------------------

    @api.depends("start", "stop", "classroom_id.tz")
    @api.depends_context("lang")
    def _compute_local_time(self):
        for lesson in self:
            lesson.local_time = LessonTimes(lesson).text()

    @api.depends("line_ids.role", "line_ids.status")
    @api.depends_context("lang")
    def _compute_sheet_counts(self):
        for lesson in self:
            lesson.sheet_counts = Sheet(lesson).counts_text()

    @api.depends("start", "stop", "state", "classroom_id", "teacher_id", "substitute_id")
    @api.depends_context("lang")
    def _compute_conflicts(self):
        sentences = LessonConflicts(self).sentences()
        for lesson in self:
            own = sentences.get(lesson._origin.id, [])
            lesson.has_conflict = bool(own)
            lesson.conflict_text = "\n".join(own)

    @api.depends("start", "stop", "state", "classroom_id")
    @api.depends_context("lang")
    def _compute_conflict_students(self):
        sentences = LessonConflicts(self).student_sentences()
        for lesson in self:
            lesson.conflict_students = "\n".join(sentences.get(lesson._origin.id, []))

    @api.model
    def _search_has_conflict(self, operator, value):
        is_wanted = (operator == "=") == bool(value)
        return [("id", "in" if is_wanted else "not in", conflicting_ids(self))]

    @api.depends("state", "start", "stop")
    @api.depends_context("uid")
    def _compute_join_url(self):
        for lesson in self:
            lesson.join_url = lesson._origin.id and lesson._join_url_for(self.env.user.partner_id)

    @api.depends(
        *("state", "start", "stop", "sheet_state", "line_ids.status", "line_ids.corrected_by"),
        "line_ids.is_all_present",
    )
    @api.depends_context("uid")
    def _compute_may(self):
        for lesson in self:
            lesson.may_substitute = LessonChanges(lesson).may_name_substitutes()
            lesson.update(LessonTimes(lesson).buttons())
            lesson.update(SheetByHand(lesson).buttons())

    @api.depends("classroom_id", "start")
    @api.depends_context("uid")
    def _compute_is_own(self):
        own = self.search([("id", "in", self.ids), ("is_own", "=", True)])
        for lesson in self:
            lesson.is_own = lesson in own

    @api.model
    def _search_is_own(self, operator, value):
        is_wanted = (operator == "=") == bool(value)
        domain = own_lessons_domain(self.env)
        return domain if is_wanted else ["!"] + domain

    @api.constrains("start", "stop")
    def _check_length(self):
        for lesson in self:
            if lesson.stop - lesson.start > LONGEST:
                raise ValidationError(_("A lesson lasts a day at most: mend its times."))

    def name_get(self):
        """In a calendar, also name the class, and say that a lesson is cancelled."""
        names = super().name_get()
        if not self.env.context.get("classroom_in_calendar"):
            return names
        longer = []
        for lesson, (lesson_id, name) in zip(self, names):
            name = "%s · %s" % (name, lesson.sudo().classroom_id.name)
            if lesson.state == "cancelled":
                name = _("Cancelled: %s") % name
            longer.append((lesson_id, name))
        return longer

    # -- CRUD -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("substitute_id") for vals in vals_list):
            LessonChanges(self).check_may_name_substitutes()
        lessons = super().create(vals_list)
        for lesson in lessons:
            SheetByHand(lesson).check_not_early()
        return lessons

    def write(self, vals):
        """Write with the effects of a change; see `LessonChanges`."""
        changes = LessonChanges(self)
        changes.check(vals)
        result = super().write(changes.completed(vals))
        changes.follow_up(vals)
        return result

    def unlink(self):
        """Keep deleted lessons from being made again by their weekly lesson."""
        if self.filtered(lambda lesson: lesson.state in ("open", "held")):
            raise UserError(_("A lesson that was held is kept: it is part of the record."))
        days = [(one.pattern_id.id, one.pattern_date) for one in self if one.pattern_id]
        result = super().unlink()
        if not self.env.context.get("classroom_generating"):
            exclude_days(self.env, days, _("The lesson was deleted."))
        return result

    # -- hooks of other addons --------------------------------------------------------------------

    def _join_url_for(self, partner):
        """Return the address of the lesson's call for this person, from its opening until the
        lesson's end; empty at other times, for others, and if lessons have no call."""
        return ""

    def _may_move_start(self):
        """Return whether nothing has begun for the lesson's start, so that it can still be
        changed."""
        return True

    def _conflict_in_classroom(self, other):
        """The sentence for two lessons of one classroom at the same time."""
        return _("The class has another lesson at the same time: %s.") % lesson_label(other)

    def _refresh_sheets(self):
        """Bring the sheets, which somebody reads, up to date with the observation so far."""

    def _is_sheet_pending(self):
        """Return whether observations of the lesson are still being computed into a final sheet."""
        return False

    def _sheet_changed(self):
        """Hook: data that these sheets (none of them locked) depend on have changed. An addon that
        computes sheets computes them again."""
        self.sudo().mapped("line_ids")._apply_excuses()

    def _sheet_extras(self):
        """The parts of the printed sheet besides its lines: dict(

        guests: people outside the class, as far as the reader may know: a list of dict(name, times
        ((came, went), "HH:MM" by the classroom's clock), minutes);
        channels: participants who took part as a channel: the same, with who (a sentence);
        notes: sentences about the sheet as a whole, in the reader's language).
        """
        return {"guests": [], "channels": [], "notes": []}

    def _page_refresh_s(self):
        """Return the seconds until the page for phones asks again; 0: never automatically."""
        return LessonTimes(self).page_refresh_s()

    def _sheet_questions(self):
        """Return the questions of the page for phones: None, or dict(title, hint, words (undo,
        more, likely, offline, refused), questions). A question: id, name, detail, answer (a
        sentence or empty), may_answer, choices and more (lists of dict(id, name, is_likely))."""
        return None

    def _answer_question(self, question, choice):
        """Store an answer: the ids of the question and of the choice; a choice False takes the
        answer back. Raises UserError, and AccessError for a user who may not answer."""
        raise UserError(_("This sheet has changed: load the page again."))

    # -- buttons: the lesson ----------------------------------------------------------------------

    def action_join(self):
        """Button: join the call."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        url = self._join_url_for(self.env.user.partner_id)
        if not url:
            raise UserError(_("The call of this lesson is not open, or you are not in its group."))
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_cancel(self, reason=False):
        """Cancel lessons that have not been held."""
        if self.filtered(lambda lesson: lesson.state == "held"):
            raise UserError(_("A lesson that was held cannot be cancelled."))
        reason = asked.clean(reason) or False
        self.write({"state": "cancelled", "cancel_reason": reason, "holiday_id": False})
        return True

    def action_start_now(self):
        """Button: start the lesson before its time."""
        for lesson in self:
            LessonTimes(lesson).start()
        return True

    def action_end_now(self):
        """Button: end a lesson that runs."""
        for lesson in self:
            LessonTimes(lesson).end()
            SheetByHand(lesson).finish()
        return True

    def action_prolong(self, minutes=None):
        """Button: let a lesson that runs, or has just ended, end so many minutes later; the buttons
        put the number into the context."""
        minutes = minutes or self.env.context.get("classroom_minutes") or 5
        for lesson in self:
            LessonTimes(lesson).prolong(minutes)
        return True

    def action_plan_again(self):
        """Button: undo a cancellation, or the mark of a lesson as held by mistake."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            SheetByHand(lesson).plan_again()
        return True

    # -- buttons: the sheet -----------------------------------------------------------------------

    def action_sheet_page(self):
        """Button: the page with big buttons on which the sheet is filled in."""
        self.ensure_one()
        url = "/classroom/sheet/%s" % self.id
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_sheet_file(self):
        """Button: the sheet as a file; its format (pdf, xlsx, csv) is in the context."""
        self.ensure_one()
        form = self.env.context.get("classroom_format") or "pdf"
        url = "/classroom/report/lesson?id=%s&format=%s" % (self.id, form)
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_prepare_sheet(self):
        """Give a line to everybody who belongs, for filling in by hand."""
        for lesson in self:
            Sheet(lesson).prepare()
        return True

    def action_all_present(self):
        """Button, for a lesson held without calls: set everybody with an unknown status to
        present."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            SheetByHand(lesson).check()
        self._refresh_sheets()
        for lesson in self:
            SheetByHand(lesson).mark_all_present()
        return True

    def action_undo_all_present(self):
        """Button: take “All present” back."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            SheetByHand(lesson).undo_all_present()
        return True

    def action_confirm_sheet(self):
        """Button: confirm the sheet; from now on it is locked."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            Sheet(lesson).check_confirmable()
        self.write({"sheet_state": "confirmed"})
        return True

    def action_unlock_sheet(self):
        """Button: unlock a confirmed sheet."""
        for lesson in self:
            Sheet(lesson).check_may_unlock()
        self.write({"sheet_state": "final"})
        self._sheet_changed()
        return True

    @api.model
    def _cron_finish(self):
        """Make sheets final that were filled in by hand while their lesson ran."""
        finish_all(self.env)
