"""What people truly did in a call, beside what the gateway tells of it and what a sheet makes of
that.

    truth = Truth(line, chat)
    await truth.comes(amina)
    await truth.goes(amina)
    …
    truth.check()

The sheets are computed by the addons' own pure rules, without Odoo. Instants are aware UTC here,
naive there; facts have whole seconds, cut off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "addons/telegram_school"))

from rules.attendance import (  # noqa: E402
    ABSENT,
    NOT_OBSERVED,
    PARTIAL,
    UNKNOWN,
    WORST_TO_BEST,
    Verdict,
    verdict,
)  # noqa: E402
from rules.intervals import Event, Presence, Window, observe  # noqa: E402
from rules.spans import Span, cut, length  # noqa: E402

from gateway.tests.harness.chat import Chat  # noqa: E402
from gateway.tests.harness.line import Line  # noqa: E402
from gateway.tests.harness.odoo import Fact  # noqa: E402
from gateway.tests.harness.people import Person  # noqa: E402

_SECOND = timedelta(seconds=1)
_SHORTEST = timedelta(seconds=8)  # of what seconds say something
_KINDS = {
    "call_opened": "opened",
    "call_closed": "closed",
    "participant_joined": "joined",
    "participant_left": "left",
    "observation_lost": "lost",
    "observation_back": "back",
}


@dataclass
class Stay:
    """From an instant in the first span to one in the second; None: they are there still. device:
    as Telegram tells one from the other."""

    who: Person
    device: int
    start: tuple[datetime, datetime]
    stop: tuple[datetime, datetime] | None = None

    def __repr__(self) -> str:
        stop = f"{self.stop[0]:%T.%f}" if self.stop else "…"
        return f"<{self.who.name} {self.start[0]:%T.%f}-{stop}>"


@dataclass
class Truth:
    """What was done in the call of a chat."""

    line: Line
    chat: Chat
    stays: list[Stay] = field(default_factory=list)
    ended: tuple[datetime, datetime] | None = None

    async def comes(self, who: Person) -> None:
        """They join the call."""
        before = _now()
        await who.join_call()
        self.stays.append(Stay(who, who.devices[0].source, (before, _now())))

    async def goes(self, who: Person) -> None:
        """They leave it."""
        before = _now()
        await who.leave_call()
        [stay] = [one for one in self.stays if one.who is who and one.stop is None]
        stay.stop = (before, _now())

    async def ends(self) -> None:
        """The lesson is over, and its call is closed."""
        before = _now()
        outcome = await self.line.done(self.line.close_call(self.chat), within_s=90)
        assert outcome["state"] == "done"
        self.ended = (before, _now())
        for stay in self.stays:
            stay.stop = stay.stop or self.ended

    @property
    def there(self) -> set[int]:
        """Ids of those who are in the call."""
        return {one.who.id for one in self.stays if one.stop is None}

    # --- what was told -----------------------------------------------------------------------

    @property
    def facts(self) -> list[Fact]:
        return self.line.facts(*_KINDS, chat=self.chat)

    @property
    def told_there(self) -> set[int]:
        """Ids of those who are there by what was told."""
        stays: dict[str, set[tuple[int, str]]] = {"joined": set(), "left": set()}
        for fact in self.facts:
            if fact.kind.startswith("participant"):
                of = (fact.payload["tg_user_id"], fact.payload["joined_at"])
                stays[_KINDS[fact.kind]].add(of)
        return {who for who, _ in stays["joined"] - stays["left"]}

    @property
    def is_observed(self) -> bool:
        """Whether the call is observed by what was told."""
        marks = [fact for fact in self.facts if fact.kind.startswith("observation")]
        return not marks or marks[-1].kind == "observation_back"

    @property
    def blind(self) -> list[Span]:
        """When it was not, naive UTC."""
        since, spans = None, []
        for fact in self.facts:
            at = _instant(fact.payload["at"])
            if fact.kind == "observation_lost":
                since = at
            elif since and fact.kind in ("observation_back", "call_closed"):
                spans.append(Span(since, at))
                since = None
        return spans

    # --- what must hold ----------------------------------------------------------------------

    def check(self, *windows: tuple[datetime, datetime]) -> None:
        """No interval that was told excludes the truth, and no line of any sheet does: of the whole
        lesson, of these parts of it."""
        self.check_facts()
        assert self.ended is not None
        whole = min(stay.start[1] for stay in self.stays), self.ended[0]
        for start, stop in (whole, *windows):
            if stop - start < _SHORTEST:
                continue
            for bridge_s in (0, 60):
                window = Window(_naive(start), _naive(stop), bridge=timedelta(seconds=bridge_s))
                for who in {stay.who.id: stay.who for stay in self.stays}.values():
                    self._check_line(who, window)

    def check_facts(self) -> None:
        """Raises AssertionError for a fact that is not true, and for a stay that was neither told
        of nor hidden by its being told that nobody looked."""
        reported: dict[int, dict[str, Fact]] = {}
        for fact in self.facts:
            if fact.kind.startswith("participant"):
                reported.setdefault(fact.payload["device"], {})[_KINDS[fact.kind]] = fact
        for stay in self.stays:
            facts = reported.pop(stay.device, None)
            if facts is None:
                self._check_unseen(stay)
                continue
            assert "joined" in facts, stay
            joined = facts["joined"].payload
            at = datetime.fromisoformat(joined["at"])
            # of two that begin in one second the second is told of as a second later
            assert stay.start[0] - _SECOND <= at <= stay.start[1] + 2 * _SECOND, (stay, joined)
            assert {joined["joined_at"], *(end.payload["joined_at"] for end in facts.values())} == {
                joined["at"]
            }
            assert joined["tg_user_id"] == stay.who.id
            if stay.stop is None:
                assert "left" not in facts, (stay, facts)
            elif "left" in facts:
                left = facts["left"].payload
                at = datetime.fromisoformat(left["at"])
                since = at - timedelta(seconds=left["precision_s"])
                assert since - _SECOND <= stay.stop[1], (stay.who.name, stay, left)
                assert stay.stop[0] <= at + _SECOND, (stay.who.name, stay, left)
        assert not reported, f"nobody did this: {reported}"

    def _check_unseen(self, stay: Stay) -> None:
        assert stay.stop is not None
        start, stop = _naive(stay.start[1]), _naive(stay.stop[0])
        assert any(
            one.start <= start + _SECOND and stop <= one.stop + _SECOND for one in self.blind
        ), (stay.who.name, stay, self.blind)

    def _check_line(self, who: Person, window: Window) -> None:
        true, reckoned = _line(self._true_events(), who, window), _line(self._events(), who, window)
        bounds = 2 * sum(stay.who is who for stay in self.stays)  # each to the second
        shown = (who.name, window, reckoned, true, self.evidence(who))
        assert reckoned.seconds_low - 1 - bounds <= true.seconds, shown
        assert true.seconds <= reckoned.seconds_high + 1 + bounds, shown
        unsure = 100 * (1 + bounds) / (window.stop - window.start).total_seconds()
        if reckoned.status != UNKNOWN and abs(true.percentage - 50) > unsure:
            ranks = WORST_TO_BEST.index(reckoned.status), WORST_TO_BEST.index(true.status)
            # not seen at all, and too little unobserved to have been there enough: attendance.py
            # says so on purpose, and the bounds above say how much it may have been
            is_unseen = (reckoned.status, true.status) == (ABSENT, PARTIAL)
            assert ranks[0] >= ranks[1] or (is_unseen and NOT_OBSERVED in reckoned.evidence), shown

    def evidence(self, who: Person) -> list[Any]:
        """What was told of somebody, and what they did, for whoever looks at a failed test."""
        mine = [
            (fact.kind, fact.payload["at"], fact.payload.get("precision_s"))
            for fact in self.facts
            if fact.payload.get("tg_user_id") in (None, who.id)
        ]
        return [*mine, *(stay for stay in self.stays if stay.who is who)]

    def _events(self) -> Iterator[Event]:
        for fact in self.facts:
            payload = fact.payload
            yield Event(
                _KINDS[fact.kind],
                _instant(payload["at"]),
                payload["tg_call_id"],
                payload.get("tg_user_id"),
                payload.get("tg_user_id"),
                payload.get("precision_s", 0),
                joined_at=_instant(payload["joined_at"]) if "joined_at" in payload else None,
            )

    def _true_events(self) -> Iterator[Event]:
        for fact in self.facts:
            if fact.kind in ("call_opened", "call_closed"):
                yield Event(
                    _KINDS[fact.kind], _instant(fact.payload["at"]), fact.payload["tg_call_id"]
                )
                call = fact.payload["tg_call_id"]
        for stay in self.stays:
            who = stay.who.id
            yield Event("joined", _naive(stay.start[0]), call, who, who)
            if stay.stop is not None:
                yield Event("left", _naive(stay.stop[1]), call, who, who)


def _line(events: Iterator[Event], who: Person, window: Window) -> Verdict:
    seen = observe(events, window)
    return verdict(seen, seen.people.get(who.id, Presence()))


def blind_s(truth: Truth) -> float:
    """For how many seconds it was told that nobody looked."""
    return length(cut(truth.blind, Span(datetime.min, datetime.max))).total_seconds()


def _now() -> datetime:
    return datetime.now(UTC)


def _instant(text: str) -> datetime:
    return _naive(datetime.fromisoformat(text))


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)
