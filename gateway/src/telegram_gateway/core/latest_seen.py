"""Observations of a person: which of several holds, in whatever order they arrived, and what it
makes of their row. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from telegram_gateway.core.model import (
    Cause,
    Member,
    MemberState,
    Role,
    SeenStatus,
    TgUserId,
)
from telegram_gateway.core.rights import has_drifted

Standing = tuple[SeenStatus, str | None]  # status, role
# Telegram's clock and the database's are not the same one.
_CLOCKS_APART = timedelta(seconds=60)


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
    """`by_user`: the update that holds for each person. `unsure`: people to ask Telegram about one
    by one, since several updates of theirs are of the same second and do not say which was the
    last. `newest`: the updates of each person's last second, to be known from now on."""

    by_user: dict[TgUserId, S] = field(default_factory=dict)
    unsure: frozenset[TgUserId] = frozenset()
    newest: dict[TgUserId, tuple[S, ...]] = field(default_factory=dict)


def latest(
    seen: Iterable[S],
    newest: Mapping[TgUserId, Sequence[S]],
    known: Mapping[TgUserId, Standing],
) -> Latest[S]:
    """The newest update of each person. `newest`: the updates of each person's last second until
    now; what is older than these is dropped. `known`: how people stand, as far as we know.

    Updates of one second that come together are put in order by what they say of the time before
    them. One that comes later than others of its second, and does not follow on how the person
    stands, was held up: Telegram is asked, unless it was in the answer to a step of ours.
    """
    arrived: dict[TgUserId, list[S]] = defaultdict(list)
    for update in seen:
        arrived[update.tg_user_id].append(update)
    result: Latest[S] = Latest()
    unsure: set[TgUserId] = set()
    for user, updates in arrived.items():
        before = newest.get(user, ())
        result.newest[user] = of_last_second([*before, *updates])
        at = result.newest[user][0].at
        in_time = [update for update in updates if update.at == at]
        if not in_time:
            continue
        follows = _follow_on(in_time, known.get(user, (SeenStatus.OUT, None)))
        is_late = not follows and any(update.at == at for update in before)
        if is_late and {_said(one) for one in in_time} <= {_said(one) for one in before}:
            continue
        standings = {_standing(update): update for update in in_time}
        earlier = set().union(*(_superseded(update) for update in in_time))
        last = set(standings) - earlier if len(standings) > 1 else set(standings)
        if len(last) != 1 or is_late:
            unsure.add(user)
        # the same one in whatever order they came; its cause is kept, its status asked for
        result.by_user[user] = standings[min(last or standings, key=str)]
    return replace(result, unsure=frozenset(unsure))


def _follow_on(updates: Iterable[Seen], standing: Standing) -> bool:
    """Return whether one of these updates may have come next after the person stood so."""
    return any(
        update.before is None or standing == _standing(update) or standing in _superseded(update)
        for update in updates
    )


def of_last_second(updates: Iterable[S]) -> tuple[S, ...]:
    """The updates about one person that are of the last second, each said once."""
    said = {_said(update): update for update in updates}
    last = max((update.at for update in said.values()), default=None)
    return tuple(update for update in said.values() if update.at == last)


def _said(update: Seen) -> tuple[datetime, Standing, Standing | None]:
    return update.at, _standing(update), update.before


def _standing(update: Seen) -> Standing:
    return update.status, update.role


def _superseded(update: Seen) -> set[Standing]:
    """Return how the person stood before the update. An update shows somebody with a join request
    as if they were just outside."""
    if update.before is None or update.before == _standing(update):
        return set()
    if update.before[0] is SeenStatus.OUT and update.status is not SeenStatus.REQUESTED:
        return {update.before, (SeenStatus.REQUESTED, None)}
    return {update.before}


def doubtful(
    by_user: Mapping[TgUserId, Seen],
    known: Mapping[TgUserId, Standing],
    read_at: datetime | None,
) -> frozenset[TgUserId]:
    """People to ask Telegram about one by one: their update contradicts the last full read (at
    `read_at`) and may be older than it, since it was held up, or sent before our own step."""
    if read_at is None:
        return frozenset()
    return frozenset(
        user
        for user, update in by_user.items()
        if update.at < read_at + _CLOCKS_APART
        and not _says_the_same(update, known.get(user, (SeenStatus.OUT, None)))
    )


def _says_the_same(update: Seen, known: Standing) -> bool:
    """Return whether asking by name could tell nothing new: somebody with a join request is shown
    as just outside, too."""
    is_outside = known[0] is SeenStatus.OUT and update.status is SeenStatus.REQUESTED
    return is_outside or known == _standing(update)


def with_list(listed: Iterable[S], updates: Mapping[TgUserId, S]) -> dict[TgUserId, S]:
    """The observation of each person that holds, once some were read after the `updates` had come:
    the read. An update that says the same stays in its place, since it knows the cause; people who
    were not read keep their update."""
    latest_of = dict(updates)
    for read in listed:
        known = latest_of.get(read.tg_user_id)
        if known is None or _standing(known) != _standing(read):
            latest_of[read.tg_user_id] = read
    return latest_of


def after_seen(
    member: Member,
    status: SeenStatus,
    role: str | None,
    cause: Cause,
    rights: frozenset[str] | None = None,
) -> Member:
    """The row once Telegram showed the person so. If somebody else put them out, they are
    *removed*. rights: those of an admin whom we appointed. If these are not the rights of the role,
    the role was never agreed on, and is given anew."""
    changed = replace(member, seen_status=status, seen_role=role)
    role_given = member.base_role if member.base_role is not Role.STUDENT else None
    if rights is not None and role_given is not None and has_drifted(role_given, rights):
        changed = replace(changed, base_role=None)
    if member.state is MemberState.REMOVING:
        return changed  # our own removal is settled by its intent
    if status is SeenStatus.OUT and member.seen_status is not SeenStatus.OUT:
        by_others = cause.by is not None and cause.by != member.tg_user_id
        state = MemberState.REMOVED if by_others else MemberState.LEFT
        return replace(changed, state=state)
    return changed
