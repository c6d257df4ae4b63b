import json
import logging
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import html_escape
from odoo.tools.misc import format_date

from ..rules import commands as rules
from . import telegram_choices

_logger = logging.getLogger(__name__)

#: Commands are written for lessons that begin within this time.
HORIZON = timedelta(days=7)
#: Lessons that ended longer ago are left alone by the cron.
PAST = timedelta(days=2)
#: How long after the end the sheet is computed without the fact that the call was closed.
GRACE = timedelta(minutes=10)


class TelegramLessonMixin(models.AbstractModel):
    """A lesson that is held as a call in its classroom's group.

    Its commands (reminder, opening, closing) are written in the transaction that plans, moves or
    cancels it; the gateway carries them out at their time even when Odoo is down.
    """

    _name = "telegram.lesson.mixin"
    _description = "Lesson held in a Telegram call"

    #: The adapter's fields: Many2one to the classroom, naive UTC start and stop, name.
    _telegram_classroom_field = "classroom_id"
    _telegram_start_field = "start"
    _telegram_stop_field = "stop"
    _telegram_name_field = "name"
    #: Further own fields whose change concerns the commands.
    _telegram_watched = ("state",)

    telegram_sheet_state = fields.Selection(
        telegram_choices.sheet_states,
        "Telegram sheet",
        default="none",
        required=True,
        readonly=True,
        copy=False,
    )

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_classroom(self):
        """The record of `telegram.classroom.mixin` in whose group the lesson is held."""
        return self[self._telegram_classroom_field]

    def _telegram_start(self):
        """Start, naive UTC."""
        return self[self._telegram_start_field]

    def _telegram_stop(self):
        """End, naive UTC."""
        return self[self._telegram_stop_field]

    def _telegram_name(self):
        """What the lesson is called in the group and in the call's title."""
        return self[self._telegram_name_field] or self._telegram_classroom().display_name or ""

    def _telegram_is_planned(self):
        """Whether the lesson is to be held (not cancelled)."""
        return True

    def _telegram_on_opened(self, call):
        """The lesson's call runs. call: the telegram.call."""

    # -- CRUD -----------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._telegram_write_commands()
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
        before = {lesson.id: lesson._telegram_facts() for lesson in self}
        result = super().write(vals)
        for lesson in self:
            late = lesson._telegram_write_commands()
            if any(key.endswith(":remind") for key in late):
                lesson._telegram_correct(before[lesson.id])
        return result

    def unlink(self):
        self._telegram_cancel_commands()
        return super().unlink()

    # -- commands -------------------------------------------------------------------------------

    def _telegram_facts(self):
        """What a reminder said, to be able to correct it: (start, stop, classroom)."""
        return self._telegram_start(), self._telegram_stop(), self._telegram_classroom()

    def _telegram_rule(self):
        """The lesson as the rules want it; None while it lacks its times."""
        start, stop = self._telegram_start(), self._telegram_stop()
        if not start or not stop:
            return None
        classroom = self._telegram_classroom()
        is_planned = bool(
            classroom
            and classroom.sudo()._telegram_is_active()
            and classroom.sudo().telegram_chat_id
            and self._telegram_is_planned()
            and start <= fields.Datetime.now() + HORIZON
        )
        return rules.Lesson(self._name, self.id, start, stop, is_planned)

    def _telegram_key(self, part):
        """Key of the command `part` (remind, open, close, report) for the present times."""
        lesson = self._telegram_rule()
        return rules.key(lesson, part) if lesson else False

    def _telegram_rows(self):
        """All commands ever written for this lesson's clock, by key."""
        rows = (
            self.env["telegram.outbox"]
            .sudo()
            .search([("key", "=like", rules.prefix(self._name, self.id).replace("_", r"\_") + "%")])
        )
        parts = (":remind", ":open", ":close")
        return {row.key: row for row in rows if row.key.endswith(parts)}

    def _telegram_write_commands(self):
        """Make the outbox say what the lessons want now; rows that say it already stay.

        Returns the keys of commands that are no longer wanted but were begun or done already.
        """
        late = []
        for lesson in self.sudo():
            late += lesson._telegram_write_own_commands()
        return late

    def _telegram_write_own_commands(self):
        now = fields.Datetime.now()
        rule = self._telegram_rule()
        classroom = self._telegram_classroom()
        wanted = rules.commands(rule, classroom._telegram_settings()) if rule else []
        rows = self._telegram_rows()
        pending = [key for key, row in rows.items() if row.state == "pending"]
        change = rules.diff(pending, wanted)
        outbox = self.env["telegram.outbox"].sudo()
        late = [
            key
            for key, row in rows.items()
            if row.state in ("working", "done") and key not in {c.key for c in wanted}
        ]
        cancel = []
        for key in change.cancel:
            opened = key.endswith(":close") and key[: -len("close")] + "open" in late
            if opened:
                # The call of a lesson that is no longer then would stay open for ever.
                outbox._enqueue([self._telegram_row_again(rows[key], now)])
            else:
                cancel.append(key)
        late += outbox._cancel(cancel)
        is_over = rule and rule.stop <= now
        outbox._enqueue(
            [
                row
                for row in (self._telegram_row(command, wanted) for command in change.write)
                # Nothing new is begun for a lesson that is over; what waits may change its time.
                if not (is_over and row["key"] not in pending)
                and self._telegram_differs(rows.get(row["key"]), row)
            ]
        )
        return late

    def _telegram_cancel_commands(self):
        """The lessons are going to be gone: take back what was not begun, close what is open."""
        now = fields.Datetime.now()
        outbox = self.env["telegram.outbox"].sudo()
        for lesson in self.sudo():
            rows = lesson._telegram_rows()
            for key, row in rows.items():
                opening = (
                    rows.get(key[: -len("close")] + "open") if key.endswith(":close") else None
                )
                if opening and opening.state in ("working", "done") and row.state == "pending":
                    outbox._enqueue([lesson._telegram_row_again(row, now)])
                else:
                    outbox._cancel([key])

    def _telegram_row(self, command, wanted):
        """A row for the outbox, with its text in the group's language."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        lesson = self.with_context(lang=chat.lang)
        if command.part == rules.REMIND:
            payload = {"text": lesson._telegram_reminder_text(), "buttons": [], "silent": False}
        elif command.part == rules.OPEN:
            payload = {"title": lesson._telegram_name()}
        else:
            opening = [other.key for other in wanted if other.part == rules.OPEN]
            payload = {"open_key": opening[0] if opening else None}
        return {
            "chat_id": chat.id,
            "kind": command.kind,
            "payload": payload,
            "due_at": command.due_at,
            "expires_at": command.expires_at,
            "priority": command.priority,
            "key": command.key,
        }

    @api.model
    def _telegram_row_again(self, row, due_at):
        return {
            "chat_id": row.chat_id.id,
            "kind": row.kind,
            "payload": json.loads(row.payload),
            "due_at": due_at,
            "priority": row.priority,
            "key": row.key,
        }

    @api.model
    def _telegram_differs(self, row, wanted):
        """Whether writing `wanted` over the row in the outbox would change anything."""
        if not row or row.state in ("cancelled", "expired"):
            return True
        if row.state != "pending":
            return False
        same = (
            row.chat_id.id == wanted["chat_id"]
            and row.due_at == wanted["due_at"].replace(microsecond=0)
            and (row.expires_at or None) == wanted["expires_at"]
            and json.loads(row.payload) == wanted["payload"]
        )
        return not same

    # -- what is said ---------------------------------------------------------------------------

    def _telegram_hour(self, at):
        return self._telegram_classroom()._telegram_local(at).strftime("%H:%M")

    def _telegram_day_and_hour(self, at):
        local = self._telegram_classroom()._telegram_local(at)
        return "%s, %s" % (format_date(self.env, local.date()), local.strftime("%H:%M"))

    def _telegram_reminder_text(self):
        """The reminder, in the context's language and the classroom's time."""
        classroom = self._telegram_classroom()
        start, stop = self._telegram_start(), self._telegram_stop()
        text = _("Reminder: <b>%s</b>, from %s to %s.") % (
            html_escape(self._telegram_name()),
            self._telegram_hour(start),
            self._telegram_hour(stop),
        )
        if classroom.telegram_open_minutes > 0:
            opening = start - timedelta(minutes=classroom.telegram_open_minutes)
            text += "\n" + _("The call opens here at %s.") % self._telegram_hour(opening)
        return text

    def _telegram_correct(self, before):
        """A reminder was out already and no longer holds: say so, once for each change."""
        was_at, was_until, classroom = before
        chat = classroom.sudo().telegram_chat_id
        # Putting the past in order is nobody's news.
        if not chat or not was_at or was_until <= fields.Datetime.now():
            return
        text = self.sudo().with_context(lang=chat.lang)._telegram_correction_text(was_at)
        if text:
            chat._send(text, priority=30)

    def _telegram_correction_text(self, was_at):
        """What is different from the reminder, in the context's language; empty: nothing."""
        name = html_escape(self._telegram_name())
        was = self._telegram_day_and_hour(was_at)
        if not self._telegram_is_planned():
            return _("Cancelled: <b>%s</b> (%s).") % (name, was)
        start = self._telegram_start()
        if start == was_at:
            return ""
        now = self._telegram_day_and_hour(start)
        return _("Moved: <b>%s</b> (%s) is now on %s.") % (name, was, now)

    # -- models and cron ------------------------------------------------------------------------

    @api.model
    def _telegram_models(self):
        """Models that inherit this mixin and have a table."""
        names = sorted(self.env.registry.descendants(["telegram.lesson.mixin"], "_inherit"))
        models_ = [self.env[name] for name in names]
        return [model for model in models_ if not model._abstract and not model._transient]

    @api.model
    def _telegram_horizon(self):
        """Domain of the lessons whose clock may still have to do something."""
        now = fields.Datetime.now()
        return [
            (self._telegram_start_field, ">=", now - PAST),
            (self._telegram_start_field, "<=", now + HORIZON),
        ]

    @api.model
    def _cron_telegram_lessons(self):
        """Lessons enter the horizon; sheets that no fact brought are computed."""
        for model in self._telegram_models():
            for lesson in model.sudo().search(model._telegram_horizon()):
                try:
                    with self.env.cr.savepoint():
                        lesson._telegram_write_commands()
                        lesson._telegram_look()
                except Exception:  # one lesson must not hold up the others
                    _logger.exception("Clock of %s could not be looked at", lesson)
