import json
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import format_date

from odoo.addons.telegram_base.beside import each

from ..rules import commands as rules
from ..rules import revision
from . import telegram_choices

#: Commands are written for lessons that begin within this time.
HORIZON = timedelta(days=7)
#: Lessons that ended longer ago are left alone by the cron.
PAST = timedelta(days=2)
#: How long after the end the sheet is computed without the fact that the call was closed.
GRACE = timedelta(minutes=10)
#: People of one lesson only are looked at so long before its start and after its end; the cron
#: that compares all rosters sees to what is missed.
VISIT = timedelta(hours=2)


class TelegramLessonMixin(models.AbstractModel):
    """A lesson that is held as a call in its classroom's group.

    Its commands (reminder, opening, closing) are written in the transaction that plans, moves or
    cancels it; the gateway carries them out at their time even when Odoo is down.
    """

    _name = "telegram.lesson.mixin"
    _inherit = "telegram.labels.mixin"
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

    def _telegram_teacher(self):
        """Who gives the lesson (res.partner), where the school knows it: for the texts."""
        return self.env["res.partner"]

    def _telegram_cancel_reason(self):
        """Why the lesson was cancelled, where somebody said so: for the texts."""
        return ""

    def _telegram_opens_at(self):
        """When a person had the call opened before its time, naive UTC; else False."""
        return False

    def _telegram_has_visitors(self):
        """Whether somebody belongs into the group for this lesson only (a substitute): then the
        roster is computed again around the lesson."""
        return False

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
            if any(key.endswith((":remind", ":open")) for key in late):
                lesson._telegram_correct(before[lesson.id])
        return result

    def unlink(self):
        farewells = self.sudo()._telegram_farewells()
        self._telegram_cancel_commands()
        result = super().unlink()
        for chat, text in farewells:
            if text:
                chat._send(text, priority=30)
        return result

    # -- commands -------------------------------------------------------------------------------

    def _telegram_facts(self):
        """What a reminder said, to be able to correct it: (start, stop, classroom)."""
        return self._telegram_start(), self._telegram_stop(), self._telegram_classroom()

    def _telegram_rule(self, rows=None):
        """The lesson as the rules want it; None while it lacks its times. rows: those of
        `_telegram_rows`, where they are at hand."""
        start, stop = self._telegram_start(), self._telegram_stop()
        if not start or not stop:
            return None
        classroom = self._telegram_classroom()
        is_planned = bool(
            classroom
            and classroom.sudo()._telegram_is_active()
            and classroom.sudo().telegram_chat_id._is_there()
            and self._telegram_is_planned()
            and start <= fields.Datetime.now() + HORIZON
        )
        opens_at = self._telegram_opens_at() or None
        rule = rules.Lesson(self._name, self.id, start, stop, is_planned, opens_at)
        rows = self._telegram_rows() if rows is None else rows
        closed = [key for key, row in rows.items() if row.state in revision.BEGUN]
        return replace(rule, closed_at=rules.closed_before(rule, closed))

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
        parts = (":remind", ":announce", ":withdraw", ":open", ":close")
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
        rows = self._telegram_rows()
        rule = self._telegram_rule(rows)
        classroom = self._telegram_classroom()
        wanted = rules.commands(rule, classroom._telegram_settings()) if rule else []
        known = {
            key: revision.Row(row.state, row._payload().get("open_key"), row.state_at or None)
            for key, row in rows.items()
        }
        change = revision.revise(rule, known, wanted, now)
        outbox = self.env["telegram.outbox"].sudo()
        outbox._enqueue([self._telegram_row_again(rows[key], now) for key in change.again])
        late = change.late + outbox._cancel(change.cancel)
        # a lesson that somebody starts takes the call that was announced
        is_taken = bool(rule and rule.planned and rule.opens_at)
        for key in late:
            if key.endswith(":" + rules.ANNOUNCE) and not is_taken:
                outbox._enqueue(self._telegram_withdrawal(rows, rows[key]))
        write = []
        for command in change.write:
            row = self._telegram_row(command, wanted)
            if command.key in change.ended:
                row["payload"]["grace_s"] = 0
            row["again"] = command.key in change.once_more
            if row["again"] or self._telegram_differs(rows.get(row["key"]), row):
                write.append(row)
        outbox._enqueue(write)
        is_over = rule and rule.stop <= now
        if rule and not is_over and self.telegram_sheet_state == "final":
            if not self._telegram_sheet_is_locked():  # prolonged: it is not the last word any more
                self.telegram_sheet_state = "live"
        return late

    def _telegram_cancel_commands(self):
        """The lessons are going to be gone: take back what was not begun, close what is open."""
        now = fields.Datetime.now()
        outbox = self.env["telegram.outbox"].sudo()
        for lesson in self.sudo():
            rows = lesson._telegram_rows()
            for key, row in rows.items():
                opening = rows.get(row._payload().get("open_key"))
                if opening and opening.state in revision.BEGUN and row.state == "pending":
                    outbox._enqueue([lesson._telegram_row_again(row, now)])
                elif key.endswith(":announce") and row.state in revision.BEGUN:
                    outbox._enqueue(lesson._telegram_withdrawal(rows, row))
                elif not key.endswith(":withdraw"):
                    outbox._cancel([key])

    def _telegram_row(self, command, wanted):
        """A row for the outbox, with its text in the group's language."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        lesson = self.with_context(lang=chat.lang)
        expires_at = command.expires_at
        if command.part == rules.REMIND:
            expires_at = lesson._telegram_reminder_expires()
            payload = {"text": lesson._telegram_reminder_text(), "buttons": [], "silent": False}
        elif command.part == rules.OPEN:
            payload = dict(lesson._telegram_call_options(), title=lesson._telegram_name())
        elif command.part == rules.ANNOUNCE:
            at = self._telegram_start().isoformat() + "Z"
            payload = {"title": lesson._telegram_name(), "at": at}
        else:
            grace = self._telegram_classroom().sudo().telegram_grace_minutes
            payload = {
                "open_key": revision.opening_of(wanted),
                "grace_s": max(0, round(60 * grace)),
            }
        return {
            "chat_id": chat.id,
            "kind": command.kind,
            "payload": payload,
            "due_at": command.due_at,
            "expires_at": expires_at,
            "priority": command.priority,
            "key": command.key,
        }

    @api.model
    def _telegram_row_again(self, row, due_at):
        """The close `row` at another time, whoever talks then."""
        return {
            "chat_id": row.chat_id.id,
            "kind": row.kind,
            "payload": dict(row._payload(), grace_s=0),
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

    def _telegram_said(self, kind, **values):
        """The text of a notice about this lesson, in the context's language; empty where the
        classroom does not want it said. values: beside those of `_telegram_values`."""
        classroom = self._telegram_classroom().with_context(lang=self.env.context.get("lang"))
        if not classroom._telegram_says(kind):
            return ""
        # what hours show are minutes
        minute = fields.Datetime.now().replace(second=0, microsecond=0)
        values.setdefault("is_begun", self._telegram_start() < minute)
        return classroom._telegram_text([(kind, dict(self._telegram_values(), **values))])

    def _telegram_opening(self):
        """When the call opens by itself, while that is to come; else None."""
        minutes = self._telegram_classroom().sudo().telegram_open_minutes
        at = self._telegram_start() - timedelta(minutes=max(minutes, 0))
        return at if minutes > 0 and at > fields.Datetime.now() else None

    def _telegram_reminder_expires(self):
        """Nobody wants a reminder that names an hour which is past; the next one names none."""
        return self._telegram_opening() or self._telegram_start()

    def _telegram_values(self):
        """What every text about a lesson may use, in the context's language and by the classroom's
        clock."""
        classroom = self._telegram_classroom()
        start, stop = self._telegram_start(), self._telegram_stop()
        opening = self._telegram_opening()
        return {
            "lesson": self._telegram_name(),
            "teacher": self._telegram_teacher().name or "",
            "day": format_date(self.env, classroom._telegram_local(start).date()),
            "start": self._telegram_hour(start),
            "end": self._telegram_hour(stop),
            "opening": self._telegram_hour(opening) if opening else "",
        }

    def _telegram_reminder_text(self):
        """The reminder, in the context's language and the classroom's time."""
        return self._telegram_said("reminder")

    def _telegram_farewells(self):
        """[(chat, text)] for lessons that are going to be gone and whose reminder was out or call
        open."""
        found = []
        for lesson in self:
            rule = lesson._telegram_rule()
            if not rule or not rule.planned or rule.stop <= fields.Datetime.now():
                continue
            rows = lesson._telegram_rows()
            begun = [rows.get(rules.key(rule, part)) for part in (rules.REMIND, rules.OPEN)]
            if any(row and row.state in revision.BEGUN for row in begun):
                chat = lesson._telegram_classroom().telegram_chat_id
                said = lesson.with_context(lang=chat.lang)
                found.append((chat, said._telegram_cancelled_text(rule.start)))
        return found

    def _telegram_cancelled_text(self, was_at):
        """In the context's language; empty where it is not said."""
        before, reason = self._telegram_day_and_hour(was_at), self._telegram_cancel_reason()
        return self._telegram_said("cancelled", before=before, reason=reason or "")

    def _telegram_correct(self, before):
        """A reminder was out already, or the call open, and that no longer holds: say so, once for
        each change."""
        was_at, was_until, classroom = before
        chat = classroom.sudo().telegram_chat_id
        # Putting the past in order is nobody's news.
        if not chat or not was_at or was_until <= fields.Datetime.now():
            return
        text = self.sudo().with_context(lang=chat.lang)._telegram_correction_text(was_at)
        if text:
            told = self._telegram_log_rows().filtered(lambda row: row.key.endswith(":told"))
            about = rules.prefix(self._name, self.id) + rules.iso(was_at)
            chat._send(text, priority=30, key="%s/%d:told" % (about, len(told) + 1))

    def _telegram_correction_text(self, was_at):
        """What is different from the reminder, in the context's language; empty: nothing."""
        if not self._telegram_is_planned():
            return self._telegram_cancelled_text(was_at)
        return self._telegram_moved_text(was_at)

    def _telegram_moved_text(self, was_at):
        """In the context's language; empty where that is no news, or not said."""
        start, now = self._telegram_start(), fields.Datetime.now()
        if start == was_at or self._telegram_stop() <= now or max(start, was_at) <= now:
            return ""
        words = [self._telegram_day_and_hour(at) for at in (was_at, start)]
        return self._telegram_said("moved", before=words[0], now=words[1], is_begun=start <= now)

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

    def _telegram_look_at_visitors(self):
        """Cron: somebody who belongs for this lesson only comes or goes."""
        now = fields.Datetime.now()
        start, stop = self._telegram_start(), self._telegram_stop()
        if self._telegram_has_visitors() and start - VISIT <= now <= stop + VISIT:
            self._telegram_classroom()._telegram_sync()

    @api.model
    def _cron_telegram_lessons(self):
        """Lessons enter the horizon; sheets that no fact brought are computed; who belongs for one
        lesson only comes and goes."""
        for model in self._telegram_models():
            each(
                model.sudo().search(model._telegram_horizon()),
                lambda lesson: lesson._telegram_look_at_clock(),
                "Clock of %s could not be looked at",
                together=True,
            )
        self.env["telegram.sheet.due"]._work()

    def _telegram_look_at_clock(self):
        """Cron: whatever the time brings."""
        self._telegram_write_commands()
        self._telegram_look()
        self._telegram_look_at_visitors()
