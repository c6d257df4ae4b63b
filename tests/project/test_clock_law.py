"""Laws of a lesson's commands, whatever is planned and whenever something dies.

A small model of the outbox, of Telegram and of a gateway that can be killed between any two steps;
every decision in it is the product's own: Odoo's side by `rules.commands` and `rules.revision`, the
gateway's by `core.commands`, `core.calls` and `core.retry`. Time is what the machine says it is.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from telegram_gateway.core.calls import End, Need, ending, needs
from telegram_gateway.core.commands import (
    Command,
    agenda,
    call_random_id,
    is_over,
    message_random_id,
)
from telegram_gateway.core.model import TgUserId
from telegram_gateway.core.retry import Again, after_fault

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "addons/telegram_school"))
from rules import commands as clock  # noqa: E402
from rules.revision import BEGUN, Row, opening_of, revise  # noqa: E402

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_SHORT = timedelta(seconds=1)
_NUMBERS = st.integers(0, 1)  # of the lessons


@dataclass
class Stored:
    """A row of the outbox. Instants aware, UTC."""

    id: int
    key: str
    kind: str
    due_at: datetime
    expires_at: datetime | None
    priority: int
    open_key: str | None
    state: str = "pending"
    state_at: datetime = T0
    attempts: int = 0

    @property
    def command(self) -> Command:
        return Command(
            id=self.id,
            kind=self.kind,
            key=self.key,
            due_at=self.due_at,
            expires_at=self.expires_at,
            priority=self.priority,
            chat_id=1,
            payload={"open_key": self.open_key},
            attempts=self.attempts,
        )


@dataclass
class Telegram:
    """The group: its call, and what was done there."""

    call: int | None = None  # number of the running one
    calls: int = 0
    is_ours: bool = False  # it was begun by a command, or one took it for the lesson's
    doubled: int = 0  # calls that ended because another one was begun
    said: set[int] = field(default_factory=set)  # random ids of messages
    acts: Counter[str] = field(default_factory=Counter)  # effects by the key of their command
    is_away: bool = False

    def begin(self, key: str) -> None:
        self.doubled += self.call is not None
        self.calls += 1
        self.call, self.is_ours = self.calls, True
        self.acts[key] += 1


class Died(Exception):
    """The gateway was killed."""


class LessonClock(RuleBasedStateMachine):
    """Two lessons of one group, the school's changes, and the gateway's deaths."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.rows: dict[str, Stored] = {}
        self.telegram = Telegram()
        self.steps_left: int | None = None  # until the gateway dies
        self.is_up = False
        self.rests: dict[str, datetime] = {}  # in the gateway's memory: lane -> until
        self.intents: Counter[str] = Counter()
        self.closing: dict[str, int] = {}  # the call that a close was ending, by its key
        self.times: Counter[str] = Counter()  # how often the school asked once more, by key
        self.lessons: dict[int, clock.Lesson] = {}
        self.wanted: dict[int, list[clock.Command]] = {}

    @initialize(
        plans=st.tuples(*[st.tuples(st.integers(1, 40), st.integers(1, 40))] * 2),
        remind=st.sampled_from([0, 5, 15]),
        opening=st.sampled_from([0, 1, 5]),
    )
    def first_plan(self, plans: tuple[tuple[int, int], ...], remind: int, opening: int) -> None:
        self.settings = clock.Settings(timedelta(minutes=remind), timedelta(minutes=opening))
        for number, (ahead, length) in enumerate(plans):
            start = self.now + timedelta(minutes=ahead)
            stop = start + timedelta(minutes=length)
            self.save(clock.Lesson("small_school.lesson", number, _naive(start), _naive(stop)))

    # --- the school: each change is one transaction -----------------------------------------------

    def save(self, lesson: clock.Lesson) -> None:
        """What `telegram.lesson.mixin` does when a lesson changes, and its cron."""
        mine = clock.prefix(lesson.model, lesson.id)
        rows = {key: row for key, row in self.rows.items() if key.startswith(mine)}
        closed = [key for key, row in rows.items() if row.state in BEGUN]
        lesson = replace(lesson, closed_at=clock.closed_before(lesson, closed))
        wanted = clock.commands(lesson, self.settings)
        self.lessons[lesson.id], self.wanted[lesson.id] = lesson, wanted
        known = {
            key: Row(row.state, row.open_key, _naive(row.state_at)) for key, row in rows.items()
        }
        change = revise(lesson, known, wanted, _naive(self.now))
        for key in change.again:
            self.rows[key].due_at, self.rows[key].expires_at = self.now, None
        for key in change.cancel:
            assert self.rows[key].state == "pending"
            self.rows[key].state = "cancelled"
        for key in change.once_more:
            if key in self.rows and self.rows[key].state == "done":
                self.rows[key].state = "cancelled"  # written anew below, whatever became of it
                self.times[key] += 1
        for command in change.write:
            self.enqueue(command, opening_of(wanted))
        self.notify()

    def enqueue(self, command: clock.Command, opening: str | None) -> None:
        """`telegram.outbox._enqueue`: what is done stays done."""
        due_at, expires_at = _aware(command.due_at), _aware(command.expires_at)
        row = self.rows.get(command.key)
        if row is None:
            row = Stored(len(self.rows) + 1, command.key, command.kind, due_at, expires_at, 0, None)
            self.rows[command.key] = row
        elif row.state == "expired" and expires_at is not None and expires_at <= self.now:
            return
        elif row.state not in ("pending", "cancelled", "expired"):
            return
        row.due_at, row.expires_at, row.priority = due_at, expires_at, command.priority
        if row.state != "pending":  # a new life
            row.attempts = 0
        row.state, row.open_key = "pending", None
        if command.part == clock.CLOSE:
            row.open_key = opening

    @rule(number=_NUMBERS, minutes=st.integers(-30, 60))
    def move(self, number: int, minutes: int) -> None:
        by, lesson = timedelta(minutes=minutes), self.lessons[number]
        start, stop = lesson.start + by, lesson.stop + by
        self.save(replace(lesson, start=start, stop=stop, opens_at=None))

    @rule(number=_NUMBERS, minutes=st.integers(-20, 30))
    def prolong(self, number: int, minutes: int) -> None:
        lesson = self.lessons[number]
        stop = max(lesson.stop + timedelta(minutes=minutes), lesson.start + _SHORT)
        self.save(replace(lesson, stop=stop))

    @rule(number=_NUMBERS)
    def end_now(self, number: int) -> None:
        lesson = self.lessons[number]
        if lesson.start < _naive(self.now) < lesson.stop:
            self.save(replace(lesson, stop=_naive(self.now)))

    @rule(number=_NUMBERS)
    def start_now(self, number: int) -> None:
        lesson = self.lessons[number]
        now = _naive(self.now)
        if not lesson.planned or now >= lesson.stop:
            return
        begun = min(now, lesson.start)
        opening = self.rows.get(clock.key(lesson, clock.OPEN))
        if opening and opening.state in BEGUN:  # that call is the lesson's
            self.save(replace(lesson, opens_at=begun))
        else:
            self.save(replace(lesson, start=begun, opens_at=begun))

    @rule(number=_NUMBERS)
    def cancel_or_plan_again(self, number: int) -> None:
        lesson = self.lessons[number]
        self.save(replace(lesson, planned=not lesson.planned))

    @rule(number=_NUMBERS)
    def cron(self, number: int) -> None:
        self.save(self.lessons[number])

    # --- people and trouble -----------------------------------------------------------------------

    @rule()
    def teacher_starts_a_call(self) -> None:
        if self.telegram.call is None and self.is_any_to_come:
            self.telegram.calls += 1
            self.telegram.call = self.telegram.calls

    @property
    def is_any_to_come(self) -> bool:
        """Return whether a lesson is still to be held, or runs."""
        now = _naive(self.now)
        return any(one.planned and now < one.stop for one in self.lessons.values())

    @rule()
    def telegram_fails_or_is_back(self) -> None:
        self.telegram.is_away = not self.telegram.is_away

    @rule(steps=st.integers(0, 12))
    def gateway_dies_soon(self, steps: int) -> None:
        self.steps_left = steps

    @precondition(lambda self: not self.is_up)
    @rule()
    def gateway_starts(self) -> None:
        self.is_up, self.steps_left, self.rests = True, None, {}
        for row in self.rows.values():  # those of the dead owner
            if row.state == "working":
                row.state = "pending"
        self.turn()
        # Odoo's cron comes by: a lesson may have been planned again while its close lay half done
        for lesson in list(self.lessons.values()):
            self.save(lesson)

    @rule(minutes=st.integers(1, 50))
    def time_goes_by(self, minutes: int) -> None:
        ends = self.now + timedelta(minutes=minutes)
        while self.is_up:
            wakes = [at for at in (self.next_due_at, *self.rests.values()) if at is not None]
            at = min((at for at in wakes if at > self.now), default=ends)
            if at >= ends:
                break
            self.now = at
            self.turn()
        self.now = ends
        self.notify()

    # --- the gateway ------------------------------------------------------------------------------

    next_due_at: datetime | None = None

    def notify(self) -> None:
        if self.is_up:
            self.turn()

    @property
    def rests_now(self) -> bool:
        """Return whether the gateway waits for Telegram to recover."""
        return any(until > self.now for until in self.rests.values())

    def turn(self) -> None:
        """Whatever is due, to its end; or until the gateway dies between two steps."""
        try:
            while self.work():
                pass
        except Died:
            self.is_up = False

    def work(self) -> bool:
        """One look at the outbox; whether there may be more to do at this instant."""
        waiting = [row.command for row in self.rows.values() if row.state == "pending"]
        plan = agenda(waiting, self.now)
        self.next_due_at = plan.next_due_at
        for command in plan.expired:
            self.rows[command.key].state = "expired"
        free = [one for one in plan.now if self.rests.get(one.lane[0], self.now) <= self.now]
        if not free:
            return False
        row = self.rows[free[0].key]
        self.step()
        row.state, row.attempts = "working", row.attempts + 1
        self.step()
        if is_over(row.command, self.now) and not self.telegram.is_away:
            # looked for in the chat
            is_there = message_random_id("db", row.id) in self.telegram.said
            row.state = "done" if is_there else "expired"
            return True
        try:
            for _ in self.effect(row):
                self.step()
        except ConnectionError:
            decided = after_fault(self.now, row.command, "NETWORK")
            if isinstance(decided, Again):
                self.rests[free[0].lane[0]] = decided.at
                row.state = "pending"
            else:
                row.state = "expired" if decided.error_code == "expired" else "failed"
            return True
        row.state, row.state_at = "done", self.now
        return True

    def step(self) -> None:
        if self.steps_left is not None:
            if self.steps_left == 0:
                self.steps_left = None
                raise Died
            self.steps_left -= 1

    def effect(self, row: Stored) -> Generator[None]:
        """As `lesson_call.Calls` and `Service._send` do it: look, intent, act."""
        telegram = self.telegram
        if telegram.is_away:
            raise ConnectionError
        assert row.due_at <= self.now, "before its time"
        assert row.expires_at is None or self.now < row.expires_at, "after its time"
        if row.kind == "send":
            random_id = message_random_id("db", row.id)
            if random_id not in telegram.said:
                telegram.said.add(random_id)
                telegram.acts[row.key] += 1
            yield
        elif row.kind == "open_call":
            running = telegram.call
            yield
            if running is not None:
                telegram.is_ours = True  # adopted
            else:
                assert call_random_id("db", row.key, self.intents[row.key])
                self.intents[row.key] += 1
                yield
                telegram.begin(row.key)
                yield
        else:
            if row.attempts == 1:  # in this life of the row
                self.closing.pop(row.key, None)
            yield
            running, ended = telegram.call, self.closing.get(row.key)
            yield
            if running is None or (ended is not None and running != ended):
                telegram.is_ours = False  # a call that runs has been begun since
            elif ending(row.command, self.now, [], TgUserId(1), self.needs()) == End():
                self.closing[row.key] = running
                yield
                telegram.call, telegram.is_ours = None, False
                telegram.acts[row.key] += 1
            yield

    def needs(self) -> tuple[Need, ...]:
        """As `database.outbox.needs_of_call` reads them."""
        closings = [
            row.command
            for row in self.rows.values()
            if row.kind == "close_call" and row.state == "pending"
        ]
        named = {str(closing.payload["open_key"]) for closing in closings}
        openings = [(row.command, row.state) for row in self.rows.values() if row.key in named]
        return needs(closings, openings, self.now)

    # --- what holds -------------------------------------------------------------------------------

    @invariant()
    def each_command_acts_at_most_once(self) -> None:
        acts = self.telegram.acts.items()
        assert [key for key, times in acts if times > 1 + self.times[key]] == []
        assert self.telegram.doubled == 0, "a call ended since another one was begun"

    @invariant()
    def nothing_is_called_expired_that_was_said(self) -> None:
        for row in self.rows.values():
            if row.state == "expired" and row.kind == "send":
                assert not self.telegram.acts[row.key]

    @invariant()
    def nothing_fails_because_telegram_was_away(self) -> None:
        assert [row for row in self.rows.values() if row.state == "failed"] == []

    @invariant()
    def each_command_was_done_if_the_gateway_was_up_in_time(self) -> None:
        if not self.is_up or self.rests_now:
            return
        for number, wanted in self.wanted.items():
            for command in wanted:
                due_at, expires_at = _aware(command.due_at), _aware(command.expires_at)
                if due_at > self.now or (expires_at is not None and expires_at <= self.now):
                    continue
                row = self.rows.get(command.key)
                # nothing is begun for a lesson that was over when it was planned
                if row is None or row.state == "cancelled":
                    assert _aware(self.lessons[number].stop) <= self.now
                else:  # or Telegram is away for longer than there is time
                    is_hopeless = row.state == "expired" and self.telegram.is_away
                    assert row.state == "done" or is_hopeless

    @invariant()
    def a_call_runs_while_a_lesson_needs_it_and_no_longer(self) -> None:
        """As soon as the gateway has had a moment."""
        if not self.is_up or self.rests_now:
            return
        if not self.is_any_to_come:
            assert self.telegram.call is None or not self.telegram.is_ours
        for number, wanted in self.wanted.items():
            opening = self.rows.get(opening_of(wanted) or "")
            lesson = self.lessons[number]
            if opening is not None and opening.state == "done":
                is_over = _aware(lesson.stop) <= self.now
                assert is_over or self.telegram.call is not None


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


TestLessonClock = pytest.mark.slow(LessonClock.TestCase)
TestLessonClock.settings = hypothesis_settings(
    max_examples=200, stateful_step_count=40, deadline=None
)


def test_a_message_that_went_out_before_a_death_is_not_called_expired() -> None:
    """Wherever it dies at the reminder, and comes back when the lesson has begun."""
    outcomes = set()
    for steps in range(5):
        machine = LessonClock()
        machine.first_plan(plans=((20, 10), (90, 10)), remind=15, opening=0)
        machine.gateway_starts()
        machine.gateway_dies_soon(steps=steps)
        machine.time_goes_by(minutes=25)
        machine.is_up = False
        machine.gateway_starts()
        machine.nothing_is_called_expired_that_was_said()
        first = clock.prefix("small_school.lesson", 0)
        outcomes |= {
            row.state
            for key, row in machine.rows.items()
            if key.startswith(first) and key.endswith(clock.REMIND)
        }
    assert outcomes == {"done", "expired"}
