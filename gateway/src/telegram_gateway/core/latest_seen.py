"""Which of several updates about a person holds, in whatever order they arrived. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from telegram_gateway.core.model import SeenStatus, TgUserId

Standing = tuple[SeenStatus, str | None]  # status, role
# Telegram's clock and the database's are not the same one.
_CLOCKS_APART = timedelta(seconds=60)
_TOLD = {SeenStatus.REQUESTED, SeenStatus.IN}


class Seen(Protocol):
    """An update: who, when on Telegram's clock (UTC, whole seconds), how they stand now and, where
    the update says so, how they stood before."""

    @property
    def tg_user_id(self) -> TgUserId: ...
    @property
    def at(self) -> datetime: ...
    @property
    def status(self) -> SeenStatus: ...
    @property
    def role(self) -> str | None: ...
    @property
    def before(self) -> Standing | None: ...


S = TypeVar("S", bound=Seen)


@dataclass(frozen=True, kw_only=True)
class Latest(Generic[S]):
    """`by_user`: the update that holds; `unsure`: whom to ask about by name, since updates of the
    same second do not say which of them was the last."""

    by_user: dict[TgUserId, S] = field(default_factory=dict)
    unsure: frozenset[TgUserId] = frozenset()


def latest(seen: Iterable[S], newest: Mapping[TgUserId, datetime]) -> Latest[S]:
    """The newest update of each person; what is older than `newest` (known before) is dropped.

    Updates of one second are put in order by what they say of the time before them.
    """
    found: dict[TgUserId, list[S]] = defaultdict(list)
    for one in seen:
        same = found[one.tg_user_id]
        bound = max([one.at, *(other.at for other in same), newest.get(one.tg_user_id, one.at)])
        if one.at == bound:
            found[one.tg_user_id] = [*(other for other in same if other.at == bound), one]
    by_user: dict[TgUserId, S] = {}
    unsure: set[TgUserId] = set()
    for user, same in found.items():
        if not same:
            continue
        stood = {(one.status, one.role): one for one in same}
        earlier = set().union(*(_superseded(one) for one in same))
        last = set(stood) - earlier if len(stood) > 1 else set(stood)
        if len(last) != 1:
            unsure.add(user)
            # the same one in whatever order they came; its cause is kept, its status asked for
            last = set(stood)
        by_user[user] = stood[min(last, key=str)]
    return Latest(by_user=by_user, unsure=frozenset(unsure))


def _superseded(one: Seen) -> set[Standing]:
    """How they stood before `one`. Of waiting requests Telegram tells as of somebody outside."""
    if one.before is None or one.before == (one.status, one.role):
        return set()
    if one.before[0] is SeenStatus.OUT and one.status is not SeenStatus.REQUESTED:
        return {one.before, (SeenStatus.REQUESTED, None)}
    return {one.before}


def doubtful(
    by_user: Mapping[TgUserId, Seen],
    known: Mapping[TgUserId, Standing],
    read_at: datetime | None,
) -> frozenset[TgUserId]:
    """Whom to ask about, since their update says something else than the group as it was read as
    a whole at `read_at`, and may be the older of both: it was held up, or sent before our own step."""
    if read_at is None:
        return frozenset()
    return frozenset(
        user
        for user, one in by_user.items()
        if one.at < read_at + _CLOCKS_APART
        and not _says_the_same(one, known.get(user, (SeenStatus.OUT, None)))
    )


def _says_the_same(one: Seen, known: Standing) -> bool:
    """Asked about by name, who waits to be let in is just outside: nothing new would be learnt."""
    is_outside = known[0] is SeenStatus.OUT and one.status is SeenStatus.REQUESTED
    return is_outside or known == (one.status, one.role)


def untold(
    waiting: Iterable[TgUserId],
    known: Mapping[TgUserId, Standing],
    heard: Iterable[TgUserId],
) -> frozenset[TgUserId]:
    """Of those who wait to be let in, whom no update told of: neither of their asking, nor of
    their having come in since. heard: whom an update told of meanwhile, whatever it said; they may
    have come in and be gone again."""
    told = {user for user, (status, _) in known.items() if status in _TOLD}
    return frozenset(waiting) - told - frozenset(heard)


def with_list(listed: Iterable[S], told: Mapping[TgUserId, S]) -> dict[TgUserId, S]:
    """What was read of each person, after the updates `told` had come: it holds. An update that
    says the same stays in its place, since it knows who did it; so do people who were not read."""
    found = dict(told)
    for one in listed:
        known = found.get(one.tg_user_id)
        if known is None or (known.status, known.role) != (one.status, one.role):
            found[one.tg_user_id] = one
    return found
