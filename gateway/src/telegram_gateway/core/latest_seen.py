"""Observations of a person: which of several holds, in whatever order they arrived, and what it
makes of their row. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    last."""

    by_user: dict[TgUserId, S] = field(default_factory=dict)
    unsure: frozenset[TgUserId] = frozenset()


def latest(seen: Iterable[S], newest: Mapping[TgUserId, datetime]) -> Latest[S]:
    """The newest update of each person; what is older than `newest` (known before) is dropped.

    Updates of one second are put in order by what they say of the time before them.
    """
    last_second: dict[TgUserId, list[S]] = defaultdict(list)
    for update in seen:
        user = update.tg_user_id
        known = last_second[user]
        bound = max([update.at, *(other.at for other in known), newest.get(user, update.at)])
        if update.at == bound:
            last_second[user] = [*(other for other in known if other.at == bound), update]
    by_user: dict[TgUserId, S] = {}
    unsure: set[TgUserId] = set()
    for user, updates in last_second.items():
        if not updates:
            continue
        standings = {(update.status, update.role): update for update in updates}
        earlier = set().union(*(_superseded(update) for update in updates))
        last = set(standings) - earlier if len(standings) > 1 else set(standings)
        if len(last) != 1:
            unsure.add(user)
            # the same one in whatever order they came; its cause is kept, its status asked for
            last = set(standings)
        by_user[user] = standings[min(last, key=str)]
    return Latest(by_user=by_user, unsure=frozenset(unsure))


def _superseded(update: Seen) -> set[Standing]:
    """Return how the person stood before the update. An update shows somebody with a join request
    as if they were just outside."""
    if update.before is None or update.before == (update.status, update.role):
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
    return is_outside or known == (update.status, update.role)


def with_list(listed: Iterable[S], updates: Mapping[TgUserId, S]) -> dict[TgUserId, S]:
    """The observation of each person that holds, once some were read after the `updates` had come:
    the read. An update that says the same stays in its place, since it knows the cause; people who
    were not read keep their update."""
    latest_of = dict(updates)
    for read in listed:
        known = latest_of.get(read.tg_user_id)
        if known is None or (known.status, known.role) != (read.status, read.role):
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
