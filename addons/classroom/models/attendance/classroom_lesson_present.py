from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...rules import by_hand as rules

from .classroom_attendance import OBSERVED


class ClassroomLesson(models.Model):
    """What a person says of the whole lesson: everybody was there, and back again; that it was not
    held after all. What may be said when is decided in `rules/by_hand.py`."""

    _inherit = "classroom.lesson"

    may_fill_in = fields.Boolean(compute="_compute_may_fill_in")
    may_all_present = fields.Boolean(compute="_compute_may_fill_in")
    may_undo_all_present = fields.Boolean(compute="_compute_may_fill_in")
    may_plan_again = fields.Boolean(compute="_compute_may_fill_in")

    @api.depends("state", "start", "stop", "sheet_state", "line_ids.status")
    @api.depends("line_ids.is_all_present", "line_ids.corrected_by")
    @api.depends_context("uid")
    def _compute_may_fill_in(self):
        for lesson in self:
            is_kept = bool(lesson._origin.id and lesson.start and lesson.stop)
            lesson.may_fill_in = is_kept and not lesson._why_not_by_hand()
            is_left = not lesson.line_ids or bool(lesson._not_said())
            lesson.may_all_present = lesson.may_fill_in and is_left
            lesson.may_undo_all_present = is_kept and lesson._may_undo_all_present()
            lesson.may_plan_again = is_kept and not lesson._why_not_plan_again()

    def _standing(self):
        self.ensure_one()
        return rules.Standing(self.state, self.sheet_state, self.start, self.stop)

    def _stand(self, standing):
        """Write what differs of state and sheet."""
        changes = {
            name: value
            for name, value in standing._asdict().items()
            if name in ("state", "sheet_state") and self[name] != value
        }
        if changes:
            self.write(changes)

    def _is_sheet_to_come(self):
        """Whether what was seen of the lesson is still being worked out, into a final sheet."""
        return False

    # -- from the start on ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lessons = super().create(vals_list)
        lessons._check_marked_early()
        return lessons

    def write(self, vals):
        result = super().write(vals)
        if {"state", "sheet_state", "start"} & set(vals):
            self._check_marked_early()
        return result

    def _check_marked_early(self):
        """Nobody says by hand of a lesson that is to come that it was held."""
        if self.env.su:
            return
        now = fields.Datetime.now()
        for lesson in self:
            if rules.is_marked_early(lesson._standing(), now):
                raise UserError(
                    _("“%s” has not begun yet: it can be marked as held from its start on.")
                    % lesson.name
                )

    def _why_not_by_hand(self):
        """Why the sheet cannot be filled in now, as a sentence; empty: it can."""
        code = rules.refusal(self._standing(), fields.Datetime.now())
        return self._by_hand_words()[code] if code else ""

    def _by_hand_words(self):
        return {
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

    def _filled_in(self):
        """Somebody has said who was there."""
        for lesson in self:
            now, is_observed = fields.Datetime.now(), lesson._is_sheet_to_come()
            lesson._stand(rules.filled_in(lesson._standing(), now, is_observed))

    def _finish_by_hand(self):
        """Sheets that were filled in while the lesson ran are final after it."""
        for lesson in self.filtered(lambda one: any(line.corrected for line in one.line_ids)):
            now, is_observed = fields.Datetime.now(), lesson._is_sheet_to_come()
            lesson._stand(rules.finished(lesson._standing(), now, is_observed))

    @api.model
    def _cron_finish(self):
        now = fields.Datetime.now()
        domain = [("state", "=", "held"), ("sheet_state", "=", "draft"), ("stop", "<=", now)]
        self.search(domain + [("line_ids.corrected", "=", True)])._finish_by_hand()

    # -- all present, and back --------------------------------------------------------------------

    def action_all_present(self):
        """A lesson held without calls: everybody was there, then the exceptions are set. What was
        observed, or said by somebody, is such an exception."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            lesson._refuse(lesson._why_not_by_hand())
        self._observe_now()
        self.action_prepare_sheet()
        for lesson in self:
            lines = lesson._not_said()
            lines.write({"status": "present"})
            lines._computed().write({"is_all_present": True})
            lesson._filled_in()
        return True

    def _not_said(self):
        """The lines of whom nothing is known and nobody has said anything."""
        return self.line_ids.filtered(
            lambda line: not line.corrected and line.status in (False, "unknown")
        )

    def _may_undo_all_present(self):
        is_locked = self.sheet_state == "confirmed"
        return not is_locked and any(line.is_all_present for line in self.line_ids)

    def action_undo_all_present(self):
        """Take “All present” back: what was observed counts again, what people said of somebody
        stays."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self._check_sheet_open()
        for lesson in self:
            lesson.line_ids.filtered("is_all_present")._withdraw()
            is_filled = any(line._is_said() for line in lesson.line_ids)
            if not is_filled:
                lesson.line_ids._withdraw()
            lesson._stand(rules.emptied(lesson._standing(), is_filled))
        return True

    # -- planned again ----------------------------------------------------------------------------

    def _why_not_plan_again(self):
        """Why the lesson cannot be planned again by this user, as a sentence; empty: it can."""
        lines = self.line_ids
        code = rules.no_planning_again(
            self._standing(),
            self.is_imported or any(line.computed_status in OBSERVED for line in lines),
            any(line.corrected and line.corrected_by != self.env.user for line in lines),
            self.env.su or self.env.user.has_group("classroom.group_supervisor"),
        )
        return self._by_hand_words()[code] if code else ""

    def action_plan_again(self):
        """Take a cancellation back, or that a lesson was marked as held by mistake: what was filled
        in by hand goes with it."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for lesson in self:
            lesson._refuse(lesson._why_not_plan_again())
        held = self.filtered(lambda lesson: lesson.state == "held")
        for lesson in held:
            lesson.line_ids._withdraw()
            lesson._message_log(
                body=_("Marked as held by mistake, and planned again: what was filled in is gone.")
            )
        held.write({"state": "planned", "sheet_state": "draft"})
        (self - held)._plan_again()
        return True
