from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ...rules import asked

#: What those who follow a calendar must be told of when it changes.
_TOLD = ("start", "stop", "name", "teacher_id", "substitute_id", "classroom_id")
#: How long before its start a lesson can be started by hand; else it is moved.
EARLIEST = timedelta(hours=3)
#: How long a lesson lasts at most.
LONGEST = timedelta(days=1)
#: How long after its end a lesson can still be prolonged.
AFTERTIME = timedelta(minutes=30)
#: By so many a lesson is prolonged at once.
MOST_MINUTES = 600


class ClassroomLesson(models.Model):
    """A lesson in the timetable: where it comes from, and what a person does with its times.

    The buttons only change the lesson's own data; what follows from them elsewhere (the call in a
    Telegram group) is worked out from that.
    """

    _inherit = "classroom.lesson"

    pattern_id = fields.Many2one(
        "classroom.pattern", "Weekly lesson", index=True, readonly=True, copy=False
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
        "classroom.substitution", "Substitution", readonly=True, copy=False, ondelete="set null"
    )
    holiday_id = fields.Many2one("classroom.holiday", "Holidays", readonly=True, copy=False)
    cancel_reason = fields.Char("Why cancelled", readonly=True, copy=False, tracking=True)
    opens_at = fields.Datetime("Started by hand at", readonly=True, copy=False)
    revision = fields.Integer(
        "Revision", readonly=True, copy=False, default=0, help="Grows with each move."
    )

    may_start = fields.Boolean(compute="_compute_may")
    may_end = fields.Boolean(compute="_compute_may")
    may_prolong = fields.Boolean(compute="_compute_may")
    may_substitute = fields.Boolean(compute="_compute_may")

    @api.depends("state", "start", "stop", "sheet_state")
    def _compute_may(self):
        is_supervisor = self.env.su or self.env.user.has_group("classroom.group_supervisor")
        for lesson in self:
            lesson.may_substitute = is_supervisor
            has_times = bool(lesson.start and lesson.stop and lesson._origin.id)
            lesson.may_start = has_times and not lesson._why_not_start()
            lesson.may_end = has_times and not lesson._why_not_end()
            lesson.may_prolong = has_times and not lesson._why_not_prolong()

    def init(self):
        super().init()
        # Two that make lessons at the same moment must not both win.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS classroom_lesson_once_in_pattern"
            " ON classroom_lesson (pattern_id, pattern_date) WHERE pattern_id IS NOT NULL"
        )

    def name_get(self):
        """In a calendar the name also says which class, and that the lesson is cancelled."""
        names = super().name_get()
        if not self.env.context.get("classroom_in_calendar"):
            return names
        told = []
        for lesson, (lesson_id, name) in zip(self, names):
            name = "%s · %s" % (name, lesson.sudo().classroom_id.name)
            if lesson.state == "cancelled":
                name = _("Cancelled: %s") % name
            told.append((lesson_id, name))
        return told

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("substitute_id") for vals in vals_list):
            self._check_may_substitute()
        return super().create(vals_list)

    def write(self, vals):
        if "substitute_id" in vals:
            self._check_may_substitute()
        if {"start", "classroom_id"} & set(vals):
            self._check_sheet_open()
        by_hand = not self.env.context.get("classroom_generating")
        if by_hand and set(_TOLD) & set(vals) and self.mapped("pattern_id"):
            vals = dict(vals, is_changed=True)
        if by_hand and "substitute_id" in vals:
            vals = dict(vals, substitution_id=False)
        if "start" in vals and "opens_at" not in vals:
            vals = dict(vals, opens_at=False)
        before = {lesson.id: lesson._told() for lesson in self}
        result = super().write(vals)
        moved = self.filtered(lambda lesson: lesson._told() != before[lesson.id])
        moved._grow_revision()
        return result

    def unlink(self):
        """A lesson that a person deletes is not made again by its pattern."""
        days = [(one.pattern_id.id, one.pattern_date) for one in self if one.pattern_id]
        result = super().unlink()
        if days and not self.env.context.get("classroom_generating"):
            exceptions = self.env["classroom.pattern.exception"].sudo()
            paused = exceptions.with_context(classroom_paused=True)
            for pattern_id, day in days:
                own = {"pattern_id": pattern_id, "date": day}
                if not paused.search_count([(name, "=", value) for name, value in own.items()]):
                    paused.create(dict(own, reason=_("The lesson was deleted.")))
        return result

    def _told(self):
        return tuple(self[name] for name in _TOLD) + (self.state == "cancelled",)

    def _grow_revision(self):
        if self:
            self.flush()
            self.env.cr.execute(
                "UPDATE classroom_lesson SET revision = coalesce(revision, 0) + 1 WHERE id IN %s",
                [tuple(self.ids)],
            )
            self.invalidate_cache(["revision"], self.ids)

    def _check_may_substitute(self):
        # a substitute is let into the group and to the sheet: that is not a teacher's to give
        if not (self.env.su or self.env.user.has_group("classroom.group_supervisor")):
            raise AccessError(_("Only a supervisor may name a substitute."))

    # -- following the timetable ----------------------------------------------------------------

    def _is_untouched(self):
        """Whether the lesson is still to come and still the timetable's."""
        self.ensure_one()
        is_to_come = self.start > fields.Datetime.now() and self.state == "planned"
        return bool(self.pattern_id and is_to_come and not self.is_changed)

    def _follow(self, vals):
        """Take over what the timetable says; writes only what differs."""
        self.ensure_one()
        if self.substitute_id and not self.substitution_id:
            vals = {name: vals[name] for name in vals if not name.startswith("substitut")}
        changes = {
            name: value
            for name, value in vals.items()
            if self._fields[name].convert_to_write(self[name], self) != (value or False)
        }
        if changes:
            self.write(changes)

    def _drop(self):
        """Delete lessons that the timetable no longer has."""
        self.sudo().with_context(classroom_generating=True).unlink()

    # -- buttons --------------------------------------------------------------------------------

    def action_cancel(self, reason=False):
        """Cancel lessons that have not been held."""
        if self.filtered(lambda lesson: lesson.state == "held"):
            raise UserError(_("A lesson that was held cannot be cancelled."))
        self.write(
            {
                "state": "cancelled",
                "cancel_reason": asked.clean(reason) or False,
                "holiday_id": False,
            }
        )
        return True

    def _plan_again(self):
        self.write({"state": "planned", "cancel_reason": False, "holiday_id": False})

    def _why_not_start(self):
        """Why the lesson cannot be started by hand now, as a sentence; empty: it can."""
        now = fields.Datetime.now()
        if self.state != "planned" or self.stop <= now:
            return _("Only a lesson that is still to come can be started.")
        if self.start - now > EARLIEST:
            return _("It is too early for this lesson: move it if it is to be held now.")
        return ""

    def _may_move_start(self):
        """Whether nothing has been begun for the lesson's start, so that it can still be another."""
        return True

    def action_start_now(self):
        """Start the lesson before its time: it begins now, and ends when it was to."""
        for lesson in self:
            lesson._refuse(lesson._why_not_start())
            now = min(fields.Datetime.now(), lesson.start)
            values = {"state": "open", "opens_at": now}
            if lesson.start > now and lesson._may_move_start():
                values.update(start=now, stop=min(lesson.stop, now + LONGEST))
            lesson.write(values)
        return True

    def _why_not_end(self):
        now = fields.Datetime.now()
        # one that somebody has marked as held while it runs still runs
        is_over = self.state == "cancelled" or self.sheet_state == "confirmed"
        if is_over or not self.start <= now < self.stop:
            return _("Only a lesson that runs can be ended.")
        return ""

    def action_end_now(self):
        """End a lesson that runs."""
        for lesson in self:
            lesson._refuse(lesson._why_not_end())
            # it lasts, however soon it is ended
            stop = max(fields.Datetime.now(), lesson.start + timedelta(seconds=1))
            lesson.write({"stop": stop, "state": "held"})
            lesson._finish_by_hand()
        return True

    def _why_not_prolong(self):
        now = fields.Datetime.now()
        is_about = self.start <= now <= self.stop + AFTERTIME or self.state == "open"
        if self.state == "cancelled" or not is_about:
            return _("Only a lesson that runs, or has just ended, can be prolonged.")
        if self.sheet_state == "confirmed":
            return _("The sheet is confirmed: have a supervisor unlock it first.")
        return ""

    def action_prolong(self, minutes=None):
        """Have a lesson that runs, or has just ended, end so much later.

        minutes: default from the context, where the buttons put it.
        """
        minutes = minutes or self.env.context.get("classroom_minutes") or 5
        if not isinstance(minutes, int) or not 0 < minutes <= MOST_MINUTES:
            raise UserError(_("Prolong a lesson by 1 to %s minutes.") % MOST_MINUTES)
        for lesson in self:
            lesson._refuse(lesson._why_not_prolong())
            # one that has ended goes on from now
            stop = max(lesson.stop, fields.Datetime.now()) + timedelta(minutes=minutes)
            vals = {"stop": stop}
            if lesson.state == "held":
                vals.update(state="open", sheet_state="draft")
            lesson.write(vals)
        return True

    def _refuse(self, reason):
        if reason:
            raise UserError(reason)
