"""The clock of a lesson: its commands (reminder, opening, closing), written in the transaction that
plans, moves or cancels it."""

import json
from dataclasses import replace
from datetime import timedelta

from odoo import fields

from ...rules import bounds, revision
from ...rules import commands as rules
from ...rules.bounds import GRACE, VISIT
from ...rules.looks import next_look
from ..attendance import sheet
from ..membership import roster
from ..messages import lesson_people, lesson_texts
from ..messages.announcements import VISITOR
from ..service import LessonService
from . import by_hand
from .written import CLOCK, Written

#: The number of times that a call is opened again if somebody ends it before the lesson's end.
REOPEN = 3


class LessonClock(LessonService):
    """Writes the commands of a lesson into the outbox. The gateway carries them out when they are
    due, even if Odoo is down."""

    def told_before(self):
        """Return (start, stop, classroom) as a reminder named them, so that it can be corrected
        later."""
        return (
            self.lesson._telegram_start(),
            self.lesson._telegram_stop(),
            self.lesson._telegram_classroom(),
        )

    def rule(self, rows=None):
        """Return the lesson as a `rules.commands.Lesson`; None while it lacks its times. rows: the
        result of `rows`, if it is at hand."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        if not start or not stop:
            return None
        classroom = self.lesson._telegram_classroom()
        is_planned = bool(
            classroom
            and classroom.sudo().telegram_chat_id.active
            and classroom.sudo().telegram_chat_id._is_there()
            and self.lesson._telegram_is_planned()
            and start <= fields.Datetime.now() + bounds.HORIZON
        )
        opens_at = self.lesson._telegram_opens_at() or None
        rule = rules.Lesson(self.lesson._name, self.lesson.id, start, stop, is_planned, opens_at)
        rows = self.rows() if rows is None else rows
        closed = [key for key, row in rows.items() if row.state in revision.BEGUN]
        return replace(rule, closed_at=rules.closed_before(rule, closed))

    def key(self, part):
        """Return the key of the command `part` (remind, open, close, report) for the present
        times."""
        lesson = self.rule()
        return rules.key(lesson, part) if lesson else False

    def reminder_key(self):
        """Key of the reminder for the present start; it needs no look at what was written."""
        lesson = self.rule({})
        return rules.key(lesson, rules.REMIND) if lesson else False

    def rows(self):
        """Return all commands ever written for this lesson's clock, {key: row of the outbox}."""
        return Written(self.lesson).rows(self.lesson, CLOCK)

    def write_commands(self):
        """Make the outbox hold the commands that the lessons need now; rows that fit already stay.

        Returns the keys of commands that are no longer wanted but were begun or done already.
        """
        late, written = [], Written(self.lesson.sudo())
        for lesson in self.lesson.sudo():
            late += LessonClock(lesson).write_one(written)
        written.write()
        return late

    def write_one(self, written):
        """Do the work of `write_commands` for this one lesson. Returns the keys of commands that
        are no longer wanted but were begun or done already."""
        now = fields.Datetime.now()
        self.row._read_anew(self.lesson)
        rows = written.rows(self.lesson, CLOCK)
        rule = self.rule(rows)
        classroom = self.lesson._telegram_classroom()
        wanted = rules.commands(rule, roster.ClassRoster(classroom).settings()) if rule else []
        known = {
            key: revision.Row(row.state, row._payload().get("open_key"), row.state_at or None)
            for key, row in rows.items()
        }
        change = revision.revise(rule, known, wanted, now)
        outbox = self.env["telegram.outbox"].sudo()
        outbox._enqueue([self.row_again(rows[key], now) for key in change.again])
        late = change.late + outbox._cancel(change.cancel)
        # a lesson that somebody starts takes the call that was announced
        is_taken = bool(rule and rule.planned and rule.opens_at)
        for key in late:
            if key.endswith(":" + rules.ANNOUNCE) and not is_taken:
                outbox._enqueue(self.withdrawal(rows, rows[key]))
        for command in change.write:
            row = self.outbox_row(command, wanted)
            if command.key in change.ended:
                row["payload"]["grace_s"] = 0
            row["again"] = command.key in change.once_more
            if row["again"] or self.differs(rows.get(row["key"]), row):
                written.to_write.append(row)
        is_over = rule and rule.stop <= now
        if rule and not is_over and self.row.sheet_state == "final":
            if not self.lesson._telegram_sheet_is_locked():  # prolonged: it is not final any more
                self.row._set(self.lesson, sheet_state="live")
        lesson_people.LessonMessages(self.lesson).write_one(written)
        by_hand.OpenByHand(self.lesson).write(written)
        return late

    def cancel_commands(self):
        """Withdraw commands that were not begun, and close open calls: the lessons are about to be
        deleted."""
        now = fields.Datetime.now()
        outbox = self.env["telegram.outbox"].sudo()
        written = Written(self.lesson.sudo())
        for lesson in self.lesson.sudo():
            rows = written.rows(lesson, CLOCK)
            for key, row in rows.items():
                opening = rows.get(row._payload().get("open_key"))
                if opening and opening.state in revision.BEGUN and row.state == "pending":
                    outbox._enqueue([LessonClock(lesson).row_again(row, now)])
                elif key.endswith(":announce") and row.state in revision.BEGUN:
                    outbox._enqueue(LessonClock(lesson).withdrawal(rows, row))
                elif not key.endswith(":withdraw"):
                    outbox._cancel([key])
            by_hand.OpenByHand(lesson).cancel(written)

    def outbox_row(self, command, wanted):
        """Return the values of a command for the outbox, with its text in the group's language."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        lesson = self.lesson.with_context(lang=chat.lang)
        expires_at = command.expires_at
        if command.part == rules.REMIND:
            expires_at = LessonClock(lesson).reminder_expires()
            payload = {
                "text": lesson_texts.LessonTexts(lesson).reminder_text(),
                "buttons": [],
                "silent": False,
            }
        elif command.part == rules.OPEN:
            payload = dict(LessonClock(lesson).call_options(), title=lesson._telegram_name())
        elif command.part == rules.ANNOUNCE:
            at = self.lesson._telegram_start().isoformat() + "Z"
            payload = {"title": lesson._telegram_name(), "at": at}
        else:
            grace = self.lesson._telegram_classroom().sudo().telegram_grace_minutes
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

    def row_again(self, row, due_at):
        """Return the close `row` with another due time, as values for the outbox; it closes the
        call even if people still talk."""
        return {
            "chat_id": row.chat_id.id,
            "kind": row.kind,
            "payload": dict(row._payload(), grace_s=0),
            "due_at": due_at,
            "priority": row.priority,
            "key": row.key,
        }

    def differs(self, row, wanted):
        """Return whether writing `wanted` over the row in the outbox would change anything."""
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

    def opening(self):
        """Return when the call opens by itself, naive UTC; None if it does not, or did already."""
        minutes = self.lesson._telegram_classroom().sudo().telegram_open_minutes
        at = self.lesson._telegram_start() - timedelta(minutes=max(minutes, 0))
        return at if minutes > 0 and at > fields.Datetime.now() else None

    def reminder_expires(self):
        """Return when a reminder that waits expires, naive UTC: nobody wants one that names a past
        hour."""
        return self.opening() or self.lesson._telegram_start()

    def look_at_visitors(self):
        """Cron: bring the roster up to date as visitors of this lesson come or go."""
        now = fields.Datetime.now()
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        if start and stop and start - VISIT <= now <= stop + VISIT and self.has_visitor():
            roster.ClassRoster(self.lesson._telegram_classroom()).sync()

    def has_visitor(self):
        """Return whether a substitute gives the lesson: a teacher who does not belong to the class,
        and comes into the group for this lesson only."""
        teacher = self.row.teacher_id
        place = self.env["telegram.roster"]._place(self.lesson._telegram_classroom(), teacher)
        return bool(teacher) and (place.status != "in" or place.reason == VISITOR)

    def look(self, written=None):
        """Cron: write the commands that are needed now, follow a running lesson, and let visitors
        in or out. Return when time brings something next (naive UTC); None: never. written: the
        `Written` of this lesson and others, if it is at hand."""
        written = written or Written(self.lesson)
        written.to_write = []  # of a lesson that failed nothing is written
        self.write_one(written)
        written.write()
        self.look_at_end()
        self.look_at_visitors()
        classroom = self.lesson._telegram_classroom()
        return next_look(
            self.rule({}),
            roster.ClassRoster(classroom).settings(),
            fields.Datetime.now(),
            self.row.sheet_state == "final",
            self.has_visitor(),
        )

    def is_last_close(self, key):
        """Return whether the lesson needs nothing more after the close with this key: it is that of
        the lesson's end, or the end was moved earlier since and no other close waits."""
        rows = self.rows()
        rule = self.rule(rows)
        if not rule or not rules.is_close_of(rule, key):
            return False
        waiting = [one for one, row in rows.items() if row.state in ("pending", "working")]
        is_over = rule.stop <= fields.Datetime.now()
        return key == rules.key(rule, rules.CLOSE) or (
            is_over and not any(rules.is_close_of(rule, one) for one in waiting if one != key)
        )

    def look_at_end(self):
        """Cron: follow a lesson that runs, or that ended without a fact from the gateway."""
        self.lesson.ensure_one()
        rule = self.rule()
        now = fields.Datetime.now()
        if not rule or not rule.planned or rule.start > now:
            return
        if rule.stop > now:
            sheet.LessonSheet(self.lesson).refresh()
            return
        if self.row.sheet_state == "final" or rule.stop + GRACE > now:
            return
        # While the close waits or is being done the gateway has more to tell.
        closing = self.rows().get(rules.key(rule, rules.CLOSE))
        if closing and closing.state in ("done", "failed", "expired"):
            sheet.LessonSheet(self.lesson).finish()

    def call_options(self):
        """Return the options of the command `open_call` for this lesson."""
        classroom = self.lesson._telegram_classroom().sudo()
        options = {"reopen": REOPEN}
        if classroom.telegram_mute_newcomers:
            options["join_muted"] = True
        if classroom.telegram_record in ("audio", "video"):
            options["record"] = classroom.telegram_record
        return options

    def withdrawal(self, rows, announced):
        """Return a list of the command that takes back what the command `announced` put into the
        group; empty if it was written already."""
        key = announced.key[: -len(rules.ANNOUNCE)] + rules.WITHDRAW
        if key in rows:
            return []
        payload = {"announce_key": announced.key}
        return [
            {
                "chat_id": announced.chat_id.id,
                "kind": "withdraw_call",
                "payload": payload,
                "priority": 10,
                "key": key,
            }
        ]
