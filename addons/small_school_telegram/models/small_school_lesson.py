from datetime import timedelta

from odoo import _, api, fields, models

from odoo.addons.lesson_register.services.pdf import PaperFile
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.small_school.models.attendance.excuse_sheets import accepted_excuses
from odoo.addons.small_school.models.attendance.report_source import SchoolSource
from odoo.addons.small_school.models.attendance.sheet import Sheet
from odoo.addons.telegram_school.rules.revision import BEGUN
from odoo.addons.telegram_school.services.attendance.channels import LessonChannels
from odoo.addons.telegram_school.services.attendance.guests import LessonGuests
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.attendance.timeline import Timeline
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.calls.joining import Joining
from odoo.addons.telegram_school.services.membership.roster import ClassRoster

#: A substitute is in the group, as an admin, from this time before the opening of the call (time to
#: follow the bot's link and be let in) until this time after the end (time to say goodbye). Longer
#: than the cron (every 5 minutes) may be late.
BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=30)


class ClassroomLesson(models.Model):
    _name = "small_school.lesson"
    _inherit = ["small_school.lesson", "telegram.lesson.mixin"]

    _telegram_watched = ("state", "opens_at", "substitute_id")
    # its pages show the school's own lines while the lesson runs
    _telegram_writes_live = True
    # /my/lessons and /my/attendance
    _telegram_has_portal = True

    def action_telegram_ask_end(self):
        """Button: ask whether the lesson ends now, with the number of people in its call."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.arrived_at and not line.departed_at)
        question = _("The lesson and its call end now, for everybody. In the call: %s.")
        agreement = self.env["telegram.agreement"]
        question = question % agreement._count(lines.mapped("partner_id"))
        return agreement._ask(_("End now"), question, self, "action_end_now")

    def _telegram_is_planned(self):
        return self.state != "cancelled"

    def _telegram_opens_at(self):
        return self.opens_at

    def _telegram_teacher(self):
        return self.substitute_id or self.teacher_id

    def _telegram_cancel_reason(self):
        return self.cancel_reason

    def _telegram_sheet_file(self):
        """Return the sheet as a PDF without remarks. Raises UserError if Odoo makes no PDF."""
        # its readers are not the school's staff, so reasons of excuses are left out
        return PaperFile(SheetPaper(SchoolSource(self.env), self, has_remarks=False)).make()

    # -- a substitute belongs into the group for this lesson --------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lessons = super().create(vals_list)
        lessons._telegram_take_turns()
        visitors = lessons.sudo().mapped("substitute_id")
        ClassRoster(lessons._telegram_visited_classrooms()).sync(partners=visitors)
        return lessons

    def write(self, vals):
        if not {"substitute_id", "classroom_id", "start", "stop", "state", "opens_at"} & set(vals):
            return super().write(vals)
        before = self._telegram_visited_classrooms()
        visitors = self.sudo().mapped("substitute_id")
        self._telegram_take_turns()
        result = super().write(vals)
        self._telegram_take_turns()
        visitors |= self.sudo().mapped("substitute_id")
        visited = before | self._telegram_visited_classrooms()
        ClassRoster(visited).sync(partners=visitors)
        return result

    def unlink(self):
        before = self._telegram_visited_classrooms()
        visitors = self.sudo().mapped("substitute_id")
        self._telegram_take_turns()
        result = super().unlink()
        ClassRoster(before).sync(partners=visitors)
        return result

    def _telegram_take_turns(self):
        self.env["telegram.roster"]._take_turns(self.sudo().mapped("substitute_id"))

    def _telegram_visited_classrooms(self):
        """Return classrooms of lessons near now that have a substitute."""
        now = fields.Datetime.now()
        near = self.sudo().filtered(
            lambda one: (
                one.substitute_id
                and one.start - timedelta(days=1) < now < one.stop + timedelta(days=1)
            )
        )
        return near.mapped("classroom_id")

    def _telegram_is_visited(self, now):
        """Return whether the lesson's substitute belongs in the group at `now` (naive UTC)."""
        lead = timedelta(minutes=max(self.classroom_id.telegram_open_minutes, 0))
        opening = min(self.start - lead, self.opens_at or self.start)
        return self.state != "cancelled" and opening - BEFORE <= now <= self.stop + AFTER

    # -- words ------------------------------------------------------------------------------------

    def _conflict_in_classroom(self, other):
        return "%s %s" % (
            super()._conflict_in_classroom(other),
            _("A Telegram group has one call at a time: both would be held in the same one."),
        )

    def _telegram_on_opened(self, call):
        super()._telegram_on_opened(call)
        if self.state == "planned":
            self.state = "open"

    def _is_sheet_pending(self):
        return super()._is_sheet_pending() or LessonSheet(self).is_to_finish()

    def _telegram_sheet_is_locked(self):
        return self.sheet_state == "confirmed" or self.is_imported

    def _telegram_excused(self):
        excused = self.line_ids.filtered("is_excused").mapped("partner_id")
        for partner in accepted_excuses(self):
            excused |= partner
        return excused

    def _telegram_belonging(self):
        """Return who belonged, by the history of enrolments, without people whom the school had
        blocked everywhere by then."""
        chat = self.classroom_id.sudo().telegram_chat_id
        rows = (
            self.env["telegram.roster"]
            .sudo()
            .search([("chat_id", "=", chat.id), ("status", "=", "banned")])
        )
        blocked_at = {row.partner_id: row.since for row in rows}
        parts = {}
        classroom = self.sudo().classroom_id
        for enrolment in (
            self.env["small_school.enrolment"].sudo()._during(classroom, self.start, self.stop)
        ):
            part = enrolment._held_part(self.start, self.stop)
            if part:
                parts.setdefault(enrolment.partner_id, []).append(part)
        belonging = []
        for partner, role in Sheet(self).people():
            first, last = self.start, self.stop
            if role == "student":
                first = min(part[0] for part in parts[partner])
                last = max(part[1] for part in parts[partner])
            last = min(last, max(blocked_at.get(partner, last), self.start))
            if first < last:
                whole = (first, last) == (self.start, self.stop)
                belonging.append((partner, role, None if whole else (first, last)))
        return belonging

    def _may_move_start(self):
        # a call that is being opened is the lesson's: another start would be another call's
        opening = LessonClock(self.sudo()).rows().get(LessonClock(self.sudo()).key("open"))
        return super()._may_move_start() and not (opening and opening.state in BEGUN)

    def _join_url_for(self, partner):
        return super()._join_url_for(partner) or Joining(self).link(partner)

    def _refresh_sheets(self):
        super()._refresh_sheets()
        Timeline(self).look()

    def _page_refresh_s(self):
        # presence in a call changes by the second
        is_live = Timeline(self.sudo()).is_live()
        return min(super()._page_refresh_s() or 3, 3) if is_live else super()._page_refresh_s()

    def _sheet_changed(self):
        super()._sheet_changed()
        LessonSheet(self).mark()

    def _sheet_extras(self):
        """Also return guests, channels and notes about them."""
        extras = super()._sheet_extras()
        lesson = self.sudo()  # a substitute may not read the classroom, whose clock it is
        guests = LessonGuests(lesson)
        extras["guests"] += guests.rows(guests.readable(self.env.user))
        extras["channels"] += LessonChannels(lesson).rows()
        extras["notes"] += LessonChannels(lesson).sentences()
        return extras

    def _sheet_questions(self):
        return LessonChannels(self.sudo()).asked()

    def _answer_question(self, question, choice):
        row = self.env["telegram.lesson"]._of(self)
        row.with_env(self.env).action_channel(question, choice)

    def _telegram_elsewhere(self):
        """Return the lines of an imported lesson, sorted by name."""
        if not self.is_imported:
            return super()._telegram_elsewhere()
        lines = self.line_ids.sorted(lambda line: line.partner_id.name or "")
        names = ("role", "status", "arrived_at", "departed_at", "minutes")
        return [
            dict({name: line[name] for name in names}, partner=line.partner_id) for line in lines
        ]

    def _telegram_write_sheet(self, lines, is_final):
        super()._telegram_write_sheet(lines, is_final)
        if is_final:
            self.write({"sheet_state": "final", "state": "held"})
