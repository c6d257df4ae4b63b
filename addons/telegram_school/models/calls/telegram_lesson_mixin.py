from odoo import _, api, fields, models

from odoo.addons.lesson_register.services.pdf import PaperFile
from odoo.addons.lesson_register.services.sheet import SheetPaper

from ...rules import bounds
from ...rules.bounds import PAST
from ...rules.template import parse, render
from ...services.attendance.papers import TelegramSource
from ...services.attendance.sheet import LessonSheet
from ...services.calls.clock import LessonClock
from ...services.calls.due import LessonsDue
from ...services.membership.roster import ClassRoster
from ...services.messages.lesson_people import LessonMessages
from ...services.messages.lesson_texts import LessonTexts
from .. import telegram_choices

#: Longest caption of a file on Telegram, in UTF-16 units.
CAPTION_MAX = 1024


class TelegramLessonMixin(models.AbstractModel):
    """A lesson that is held as a call in the group of its class.

    An adapter inherits it, names its fields or overrides the hooks. Nothing of ours is stored on
    the school's table: see `telegram.lesson`.
    """

    _name = "telegram.lesson.mixin"
    _inherit = "telegram.adapter.mixin"
    _description = "Lesson held in a Telegram call"
    #: The adapter's fields: Many2one to the classroom, naive UTC start and stop, name.
    _telegram_classroom_field = "classroom_id"
    _telegram_start_field = "start"
    _telegram_stop_field = "stop"
    _telegram_name_field = "name"
    #: Further own fields whose change affects the commands, or the lesson's teacher.
    _telegram_watched = ("state",)
    #: True if the school's own portal shows its lessons and attendance: ours leaves them out.
    _telegram_has_portal = False
    telegram_sheet_state = fields.Selection(
        telegram_choices.sheet_states,
        "Telegram sheet",
        compute="_compute_telegram_sheet_state",
        search="_search_telegram_sheet_state",
    )

    telegram_row_id = fields.Many2one(
        "telegram.lesson", "Beside it", compute="_compute_telegram_row_id"
    )

    def _telegram_classroom(self):
        """Return the record of `telegram.classroom.mixin` in whose group the lesson is held. No
        hook: searches go by the field, too."""
        return self[self._telegram_classroom_field]

    def _telegram_start(self):
        """Return the start, naive UTC. No hook: searches go by the field, too."""
        return self[self._telegram_start_field]

    def _telegram_stop(self):
        """Return the end, naive UTC."""
        return self[self._telegram_stop_field]

    def _telegram_name(self):
        """Return the lesson's name in the group and in the call's title. No hook: name a field."""
        return self[self._telegram_name_field] or self._telegram_classroom().display_name or ""

    def _telegram_is_planned(self):
        """Return whether the lesson is to be held (not cancelled)."""
        return True

    def _telegram_teacher(self):
        """Return the teacher of the lesson, if the school knows one: a res.partner, or a record of
        another model of people."""
        return self.env["res.partner"]

    def _telegram_cancel_reason(self):
        """Return the reason why the lesson was cancelled, for the texts; empty if nobody gave
        one."""
        return ""

    def _telegram_opens_at(self):
        """Return when a person had the call opened before its time, naive UTC; else False."""
        return False

    def _telegram_on_opened(self, call):
        """Hook: the lesson's call was opened. call: the telegram.call."""

    def _compute_telegram_row_id(self):
        rows = self.env["telegram.lesson"]._rows_of(self)
        for lesson in self:
            lesson.telegram_row_id = rows.get(lesson.id, False)

    def _compute_telegram_sheet_state(self):
        states = self.env["telegram.lesson"]._states(self)
        for lesson in self:
            lesson.telegram_sheet_state = states.get(lesson.id, "none")

    def _search_telegram_sheet_state(self, operator, value):
        return self.env["telegram.lesson"]._domain_of_state(self, operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        LessonClock(records).write_commands()
        return records

    def write(self, vals):
        watched = {
            self._telegram_classroom_field,
            self._telegram_start_field,
            self._telegram_stop_field,
            self._telegram_name_field,
        }
        if not (watched | set(self._telegram_watched)) & set(vals):
            return super().write(vals)
        before = {lesson.id: LessonClock(lesson).told_before() for lesson in self}
        standing = {lesson: LessonMessages(lesson).standing() for lesson in self.sudo()}
        result = super().write(vals)
        for lesson in self:
            late = LessonClock(lesson).write_commands()
            if any(key.endswith((":remind", ":open")) for key in late):
                LessonTexts(lesson).send_correction(before[lesson.id])
        if {self._telegram_start_field, self._telegram_stop_field} & set(vals):
            LessonSheet(self).mark()
        for lesson, (was_at, was_planned) in standing.items():
            LessonMessages(lesson).tell_change(was_at, was_planned)
        return result

    def unlink(self):
        for lesson in self.sudo():
            was_at, was_planned = LessonMessages(lesson).standing()
            if was_planned and was_at:
                LessonMessages(lesson).tell_everybody("cancelled", was_at)
        farewells = LessonTexts(self.sudo()).farewells()
        LessonClock(self).cancel_commands()
        self.env["telegram.lesson"]._forget(self)
        result = super().unlink()
        for chat, text in farewells:
            if text:
                chat._send(text, priority=30)
        return result

    @api.model
    def _telegram_models(self):
        """Return the models that inherit this mixin and have a table."""
        names = sorted(self.env.registry.descendants(["telegram.lesson.mixin"], "_inherit"))
        models_ = [self.env[name] for name in names]
        return [model for model in models_ if not model._abstract and not model._transient]

    @api.model
    def _telegram_horizon(self, ahead=bounds.HORIZON):
        """Return the domain of the lessons whose clock may still have something to do; of those
        that begin within `ahead`."""
        now = fields.Datetime.now()
        return [
            (self._telegram_start_field, ">=", now - PAST),
            (self._telegram_start_field, "<=", now + ahead),
        ]

    @api.model
    def _cron_telegram_lessons(self):
        """Write commands of lessons that enter the horizon, compute sheets that no fact brought,
        and let visitors of one lesson in and out."""
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            self.env["telegram.chat"]._sweep(model)
        for model in self._telegram_models():
            self.env["telegram.lesson"]._sweep(model)
            LessonsDue(model.sudo()).look()
        self.env["telegram.sheet.due"]._work()

    #: The adapter's One2many to its `telegram.attendance.mixin`; dotted if another record is
    #: between them; False if the school has no sheet of its own.
    _telegram_sheet_field = "line_ids"
    #: True if the school's sheet is written while the lesson runs. Else it is written once the
    #: lesson is over, and again only if the presence says something else then.
    _telegram_writes_live = False

    def _telegram_sheet_is_locked(self):
        """Return whether the sheet was confirmed and must not change."""
        return False

    def _telegram_excused(self):
        """Return the people who are excused: records of res.partner, or of another model of
        people."""
        return self.env["res.partner"]

    def _telegram_write_sheet(self, lines, is_final):
        """Write the computed lines (see `LessonSheet.compute`) into the school's sheet."""
        if self._telegram_sheet_field:
            self.mapped(self._telegram_sheet_field)._telegram_write_lines(self, lines)

    def _telegram_sheet_file(self):
        """Return the sheet as a file for everybody in the group (no remarks, no reasons), in the
        context's language: dict(name, mimetype, content bytes). None: there is no such file. By
        default it is ours, as a PDF; raises UserError if Odoo makes none."""
        row = self.env["telegram.lesson"]._of(self).with_env(self.env)
        if row.sheet_state == "none":
            return None
        return PaperFile(SheetPaper(TelegramSource(self.env), row, has_remarks=False)).make()

    def _telegram_attachment(self):
        """Called by `telegram.attachment`, as the superuser, in the language of the chat."""
        classroom = self._telegram_classroom()
        if not classroom.telegram_report_pdf or not self._telegram_is_planned():
            return None  # the setting was changed, or the lesson was cancelled
        made = self._telegram_sheet_file()
        if not made:
            return None
        values = {
            "lesson": self._telegram_name(),
            "when": LessonTexts(self).day_and_hour(self._telegram_start()),
        }
        words = parse(_("Attendance sheet: <b>{lesson}</b>, {when}"), values)
        return dict(made, text=render([(words, values)], CAPTION_MAX))

    def _telegram_belonging(self):
        """Return who belonged at some time of the lesson: list of (person, role, part).

        person: a res.partner, or a record of another model of people; part: (from, until), naive
        UTC, for somebody who belonged during that part only; None: during the whole lesson.

        By default the roster decides, which keeps the last time that somebody came and went. A
        school that keeps the history of its enrolments answers from that.
        """
        return LessonSheet(self).belonging_by_roster()

    def _telegram_elsewhere(self):
        """Return the lines of a lesson that was held elsewhere, as the school's sheet has them:
        list of dict(partner, role, status, arrived_at, departed_at, minutes). None: it is held in
        Telegram."""
        return None

    def action_telegram_lesson(self):
        """Button: open the lesson's page, for whoever may see it."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        ClassRoster(self._telegram_classroom().sudo()).known_chat()
        row = self.env["telegram.lesson"]._of(self)
        row._read_anew(self.sudo())
        return row.with_env(self.env)._open()
