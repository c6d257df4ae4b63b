"""The life of a connection, and the law of late updates: the reported interval contains the
truth."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.call_probes import (
    LONGEST_S,
    UpdateTrust,
    is_informed,
    on_list_agreed,
    on_missed,
    on_update_applied,
    relied_on,
    shows_missed,
    unseen_since,
)
from telegram_gateway.core.liveness import (
    SILENT_S,
    ConnectionLife,
    Coverage,
    on_answer,
    on_connection,
    on_turn,
)
from telegram_gateway.core.presence import (
    CallState,
    Participant,
    ParticipantList,
    known_until,
    on_end,
    on_list,
    on_update,
)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


# --- when the line counts as silent --------------------------------------------------------------


def alive(asked=10.0, answered=10.1, turned=10.0):
    return ConnectionLife(
        connection=1,
        asked_at=at(asked),
        answered_s=answered,
        turned_at=at(turned),
        turned_s=turned,
    )


def test_life__an_answer_in_time_is_no_silence():
    life, lost = on_answer(alive(), 1, at(12), 12.1)
    assert (life.coverage, lost) == (Coverage(connection=1, until=at(12)), None)


def test_life__a_slow_connection_is_not_silent():
    life = alive(answered=15.0)
    for asked in (12, 14, 16):
        life, lost = on_answer(life, 1, at(asked), asked + 5.0)
        assert lost is None
    assert life.coverage.until == at(16)


def test_life__long_without_an_answer__silent_since_the_last_answered_question():
    before = Coverage(connection=1, until=at(10))
    late = 10.1 + SILENT_S + 1
    assert on_turn(alive(turned=late - 2), at(late), late)[1] == before
    assert on_answer(alive(), 1, at(12), late)[1] == before


def test_life__the_process_or_its_machine_stood_still():
    before = Coverage(connection=1, until=at(10))
    answered = alive(answered=40.0)  # as it woke, an answer was there already
    assert on_turn(answered, at(40), 40.0)[1] == before
    # the machine's own clock stood still, too; the database's went on
    assert on_turn(alive(), at(40), 12.0)[1] == before
    assert on_turn(alive(), at(12), 12.0)[1] is None


def test_life__another_connection_is_a_loss_however_short():
    life, lost = on_connection(alive(), 2)
    assert (life.coverage, lost) == (Coverage(connection=2), Coverage(connection=1, until=at(10)))
    assert on_connection(life, 2) == (life, None)
    # an answer to what was asked over the former one says nothing of this one
    assert on_answer(life, 1, at(12), 12.1) == (life, None)


def test_life__answers_out_of_order_take_nothing_back():
    life, _ = on_answer(alive(), 1, at(14), 14.1)
    assert on_answer(life, 1, at(12), 14.2)[0].coverage.until == at(14)


# --- the law -------------------------------------------------------------------------------------


@dataclass
class Stay:
    user: int
    start: int
    source: int
    stop: int | None = None


@dataclass
class Telegram:
    """A call as it truly is. Times are whole seconds."""

    version: int = 1
    there: dict[int, Stay] = field(default_factory=dict)
    stays: list[Stay] = field(default_factory=list)

    def toggle(self, user, now):
        """Somebody comes or goes; the update of it."""
        self.version += 1
        stay = self.there.pop(user, None)
        is_left = stay is not None
        if stay is None:
            stay = self.there[user] = Stay(user, now, len(self.stays) + 1)
            self.stays.append(stay)
        else:
            stay.stop = now
        entry = replace(_shown(stay), left=is_left, just_joined=not is_left)
        return self.version, entry

    def listed(self):
        people = tuple(map(_shown, self.there.values()))
        return ParticipantList(version=self.version, last_version=self.version, participants=people)


def _shown(stay):
    return Participant(peer_kind="user", peer_id=stay.user, date=at(stay.start), source=stay.source)


class Client:
    """The gateway's half: what it knows, and what it reported; `blind`: when nothing was observed
    by that, and whether updates had come by then."""

    def __init__(self):
        self.life = ConnectionLife(connection=1)
        self.call = CallState()
        self.updates = UpdateTrust()
        self.reported, self.blind = [], []
        self.lost = None  # since when it is not observed

    def take(self, outcome):
        self.call, transitions, _ = outcome
        self.reported += transitions

    def handle(self, message, connection, now):
        kind, *rest = message
        if kind == "pong":
            self.life, _ = on_answer(self.life, connection, at(rest[0]), now)
        elif kind == "update":
            version, entry = rest
            before = self.call.version
            self.take(on_update(self.call, version, (entry,), at(now), self.life.coverage))
            if self.call.version != before:
                self.updates = on_update_applied(self.updates)

    def lose(self, since):
        """Not observed since then; reported at once."""
        if since is not None and self.lost is None:
            self.lost = since, self.updates.comes

    def connection_lost(self, coverage):
        relied = relied_on(self.updates, self.call, coverage, coverage.until)
        self.lose(known_until(self.call, relied))
        self.updates = UpdateTrust()

    def read_failed(self, now):
        """A read was refused."""
        if not is_informed(self.updates, self.call, self.life.coverage):
            self.lose(self.call.seen_at or at(now))

    def on_list_read(self, asked, listing, connection, now):
        over = connection if self.life.connection == connection else None
        before = self.call
        outcome = on_list(before, listing, at(asked), at(now), over)
        if shows_missed(before, listing, outcome[1]):
            self.lose(unseen_since(self.updates, before, at(now)))
            self.updates = on_missed()
        elif listing.version >= (before.version or 0):
            self.updates = on_list_agreed(self.updates)
        self.take(outcome)
        if self.lost is not None and over is not None:
            since, comes = self.lost
            self.blind.append((since, at(now), comes))
            self.lost = None


class Line:
    """Both, and the line between them. What is sent over a connection arrives in order, as late as
    it likes, or never, once the connection is broken."""

    def __init__(self, script, *, is_read_at_last=True):
        self.telegram, self.client = Telegram(), Client()
        self.queue, self.numbers, self.inbox = [], itertools.count(), []
        self.arrives_last = 0
        self.connection, self.frozen_until, self.losses, self.last = 1, 0, 0, 0
        self.flood_until = 0
        self.plan(0, self.ask, "look", 0, 0)
        now = 0
        for gap, what, user, up, down in script:
            now += gap
            if what == "toggle":
                self.plan(now, self.toggle, user, down)
            elif what == "slip":
                self.plan(now, self.slip, user, up)
            elif what in ("ping", "look"):
                self.plan(now, self.ask, what, up, down)
            else:
                self.plan(now, getattr(self, what), up)
        self.run()
        if is_read_at_last:
            over = max(self.last, self.frozen_until, self.flood_until)
            self.plan(over + 1, self.ask, "look", 0, 0)
            self.run()

    def plan(self, when, what, *rest):
        heapq.heappush(self.queue, (when, next(self.numbers), what, rest))

    def run(self):
        while self.queue:
            when, _, what, rest = heapq.heappop(self.queue)
            self.last = max(self.last, when)
            what(when, *rest)

    def toggle(self, now, user, delay):
        update = self.telegram.toggle(user, now)
        if self.losses:
            self.losses -= 1
        else:
            self.send(now, ("update", *update), delay)

    def ask(self, now, what, up, down):
        now = max(now, self.frozen_until)  # who is frozen asks when they wake
        if what == "look" and now < self.flood_until:
            self.client.read_failed(now)
            return
        self.plan(now + up, self.answer, what, now, down, self.connection)

    def answer(self, now, what, asked, down, over):
        if over == self.connection:
            is_ping = what == "ping"
            listing = self.telegram.listed()
            answer = ("pong", asked) if is_ping else ("list", asked, listing, down % 4)
            self.send(now, answer, down)

    def send(self, now, message, delay):
        self.arrives_last = max(self.arrives_last, now + delay)
        self.plan(self.arrives_last, self.arrive, message, self.connection)

    def arrive(self, now, message, over):
        self.inbox.append((message, over))
        self.plan(max(now, self.frozen_until), self.handle)

    def handle(self, now):
        if now < self.frozen_until:
            self.plan(self.frozen_until, self.handle)
            return
        inbox, self.inbox = self.inbox, []
        for message, over in inbox:
            if over != self.connection:
                continue  # it broke: lost
            if message[0] == "list":  # updates that are on their way are let come first
                self.plan(now + message[3], self.on_list_read, *message[1:3], over, now)
            else:
                self.client.handle(message, over, now)

    def on_list_read(self, _now, asked, listing, over, then):
        self.client.on_list_read(asked, listing, over, then)

    def cut(self, now, _):
        self.connection, self.arrives_last = self.connection + 1, 0
        self.client.life, lost = on_connection(self.client.life, self.connection)
        self.client.connection_lost(lost)
        self.ask(now, "look", 0, 0)

    def freeze(self, now, length):
        self.frozen_until = max(self.frozen_until, now + length)

    def lose(self, _now, _):
        self.losses += 1

    def slip(self, now, user, length):
        """Somebody comes, and goes so much later (or the other way round), and no update tells."""
        self.plan(now, self.unsaid, user)
        self.plan(now + length + 1, self.unsaid, user)

    def unsaid(self, now, user):
        self.telegram.toggle(user, now)

    def flood(self, now, length):
        """Telegram wants to be asked for no list: for so long, or ten times."""
        self.flood_until = max(self.flood_until, now + (10 * length if length % 2 else length))


# how long after the one before, what, who, how late it arrives there, and what comes of it here
seconds = st.integers(0, 45) | st.just(0) | st.integers(0, 3)
doings = st.sampled_from(
    ["toggle"] * 4 + ["ping"] * 4 + ["look"] * 2 + ["cut", "freeze", "lose", "flood"]
)
scripts = st.lists(
    st.tuples(st.integers(1, 6), doings, st.integers(1, 3), seconds, seconds), max_size=40
)


def check(telegram, transitions, slack=timedelta()):
    stays = {(stay.user, at(stay.start)): stay for stay in telegram.stays}
    for transition in transitions:
        stay = stays.get((transition.participant.peer_id, transition.joined_at))
        assert stay is not None, f"nobody came then: {transition}"
        if transition.kind == "participant_joined":
            assert (transition.at, transition.precision_s) == (at(stay.start), 0)
        else:
            assert stay.stop is not None, f"they are there still: {transition}"
            since = transition.at - timedelta(seconds=transition.precision_s) - slack
            assert since <= at(stay.stop) <= transition.at, f"{transition} of {stay}"


@given(scripts)
def test_whatever_is_late_or_lost__the_reported_interval_contains_the_truth(script):
    line = Line(script)
    check(line.telegram, line.client.reported)


@given(scripts)
def test_whatever_is_late_or_lost__a_list_read_afterwards_decides_who_is_there(script):
    line = Line(script)
    there = {(stay.user, at(stay.start)) for stay in line.telegram.there.values()}
    assert {
        (key[1], participant.date) for key, participant in line.client.call.present.items()
    } == there
    reported = {"participant_joined": set(), "participant_left": set()}
    for transition in line.client.reported:
        reported[transition.kind].add((transition.participant.peer_id, transition.joined_at))
    assert reported["participant_joined"] - reported["participant_left"] == there
    assert reported["participant_left"] <= reported["participant_joined"]


@given(scripts, st.integers(0, 45))
def test_whatever_is_late_or_lost__the_end_is_reported_with_its_precision(script, delay):
    line = Line(script)
    for stay in line.telegram.there.values():
        stay.stop = line.last + 5
    over = at(line.last + 5 + delay)
    _, transitions = on_end(line.client.call, over, line.client.life.coverage)
    check(line.telegram, [*line.client.reported, *transitions])


slips = st.lists(
    st.tuples(
        st.integers(1, 15),
        st.sampled_from(["toggle", "ping", "ping", "look", "look", "slip", "slip", "cut", "flood"]),
        st.integers(1, 2),
        st.integers(0, 45),
        st.integers(0, 3),
    ),
    max_size=15,
)


@given(scripts | slips)
def test_whatever_is_late_or_lost__only_unobserved_stays_are_not_reported(script):
    """Or for no longer than looks are apart where updates are not relied on."""
    line = Line(script)
    reported = {
        (transition.participant.peer_id, transition.joined_at)
        for transition in line.client.reported
    }
    for stay in line.telegram.stays:
        if stay.stop is None or (stay.user, at(stay.start)) in reported:
            continue
        is_short = stay.stop - stay.start <= LONGEST_S
        is_unseen = any(
            since <= at(stay.start) and at(stay.stop) <= until
            for since, until, _ in line.client.blind
        )
        assert is_short or is_unseen, f"{stay}, but for {line.client.blind}"


@given(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.sampled_from(["toggle"] * 4 + ["ping"] * 2 + ["look"] * 3 + ["freeze", "flood"]),
            st.integers(1, 3),
            seconds,
            seconds,
        ),
        max_size=40,
    )
)
def test_a_flood_wait__does_not_blind_where_updates_come(script):
    line = Line(script)
    assert not any(comes for *_, comes in line.client.blind)


@given(scripts | slips, st.integers(0, 45))
def test_a_flood_wait__the_end_is_reported_without_a_list(script, delay):
    """Changes that updates missed since the last read are unknown, and not for longer than that
    taken as if they had told all."""
    line = Line(script, is_read_at_last=False)
    client, over = line.client, line.last + 5
    for stay in line.telegram.there.values():
        stay.stop = over
    at_ = at(over + delay)
    relied = relied_on(client.updates, client.call, client.life.coverage, at_)
    _, transitions = on_end(client.call, at_, relied)
    slack = timedelta(seconds=LONGEST_S) if relied else timedelta()
    check(line.telegram, client.reported)
    check(line.telegram, transitions, slack)


@given(scripts)
def test_whatever_is_late_or_lost__nobody_is_known_until_after_now(script):
    line = Line(script)
    assert line.client.call.seen_at <= at(line.last)
