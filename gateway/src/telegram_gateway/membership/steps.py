"""Carries out steps on Telegram, and decides what follows from each refusal and each wait.

A refusal or a wait holds up only what it concerns (one person, one kind of step, or the whole
group); everything else is carried out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.decide import after_asked, after_step, has_happened
from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    Member,
    MemberState,
    RemoveMember,
    RosterEntry,
    SetRole,
    Step,
    StepKind,
    TgUserId,
    kind_of,
    step_code,
)
from telegram_gateway.core.rests import after_done, after_wait, may_be_done, next_of
from telegram_gateway.database import removals
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership import removal_trace
from telegram_gateway.membership.broken import is_broken
from telegram_gateway.membership.facts import entry_by_account
from telegram_gateway.membership.fresh import note_appointed, note_fresh
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import apply, groups
from telegram_gateway.telegram.errors import Fresh, Frozen, Passing, Refused, Wait
from telegram_gateway.telegram.peers import channel_for
from telegram_gateway.telegram.seen import MemberSeen

log = structlog.get_logger(__name__)
# Errors that say that the person is an admin whom somebody else appointed.
_APPOINTED_BY_OTHERS = {"RIGHT_FORBIDDEN", "USER_ADMIN_INVALID"}
# Errors that say that the bot does not know the person.
_UNKNOWN_TO_BOT = {"PEER_ID_INVALID", "USER_ID_INVALID"}
# The bot lacks a right; Telegram does not say which one.
_RIGHT_MISSING = "CHAT_ADMIN_REQUIRED"
_CHECKPOINTS: dict[type, str] = {Approve: "request_approved", RemoveMember: "member_removed"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The people whose steps were carried out, those whose steps were refused, and why the group
    cannot be kept as it is (None: it can)."""

    done: set[TgUserId] = field(default_factory=set)
    refused: set[TgUserId] = field(default_factory=set)
    broken: Refused | None = None


async def carry_out(
    pool: Pool,
    chat: Chat,
    steps: Iterable[Step],
    rows: dict[TgUserId, Member],
    entries: Iterable[RosterEntry],
) -> Outcome:
    """Carry out steps about people in order, and put the outcomes into `rows` (stored by the
    caller). Where Telegram wants to be left alone, or does not answer, steps of that kind rest, and
    the others are carried out.

    Raises Refused where the group is broken, and TelegramError where an account is of no use.
    """
    run = _Run(pool, chat, rows, entries, await pool.bot_channel(chat.group))
    for step in steps:
        if await run.may_try(step):
            await run.carry_out(step)
    pool.membership.rests[chat.id] = run.rests
    return Outcome(done=run.done, refused=run.refused, broken=run.broken)


class _Run:
    """Steps of one chat while they are carried out one after the other."""

    def __init__(
        self,
        pool: Pool,
        chat: Chat,
        rows: dict[TgUserId, Member],
        entries: Iterable[RosterEntry],
        channel: Any,
    ):
        self._pool, self._chat, self._rows, self._channel = pool, chat, rows, channel
        self._entries = entries
        # kinds for which the bot lacks a right
        self._impossible: set[StepKind] = set()
        self.rests = dict(pool.membership.rests.get(chat.id, {}))
        self.done: set[TgUserId] = set()
        self.refused: set[TgUserId] = set()
        self.broken: Refused | None = None

    async def may_try(self, step: Step) -> bool:
        """Return whether steps of this kind are possible, and are not resting."""
        kind = kind_of(step)
        if kind in self._impossible:
            return False
        return kind not in self.rests or may_be_done(kind, self.rests, await self._pool.now())

    async def carry_out(self, step: Step) -> None:
        """Carry out one step, and note what became of it."""
        pool, chat, user = self._pool, self._chat, user_of(step)
        row = self._rows.get(user) or self._new_row(user)
        try:
            if isinstance(step, RemoveMember | Ban):
                await removals.begin(pool.database, chat.id, step)
            # approving does no harm: where many come in, a pause may be noticed a moment later
            with pool.in_a_row() if isinstance(step, Approve) else contextlib.nullcontext():
                seen = await do_step(pool, chat, self._channel, step)
        except Fresh as error:
            await self._too_fresh(step, row, error)
        except Refused as error:
            await self._refused(step, row, error)
        except (Wait, Passing) as error:
            await self._rest(step, row, error)
        else:
            checkpoint(_CHECKPOINTS.get(type(step), ""))
            if kind_of(step) in self.rests:
                self.rests = after_done(self.rests, kind_of(step))
            self.done.add(user)
            self._rows[user] = await _after(pool, chat, row, step, seen)

    async def _too_fresh(self, step: Step, row: Member, error: Fresh) -> None:
        """The bot may not appoint admins yet: roles rest, everything else goes on."""
        pool, chat_id = self._pool, self._chat.id
        now = await pool.now()
        wait_s = (pool.membership.fresh[chat_id] - now).total_seconds()
        self.rests = after_wait(self.rests, kind_of(step), now, max(wait_s, 0.1))
        pool.membership.rests[chat_id] = self.rests
        self.refused.add(user_of(step))
        self._rows[user_of(step)] = replace(row, error_code=error.code)

    async def _refused(self, step: Step, row: Member, error: Refused) -> None:
        """Telegram says no. Raises the error where the whole group is broken."""
        chat_id, user = self._chat.id, user_of(step)
        if isinstance(step, RemoveMember | Ban):
            await removals.forget(self._pool.database, chat_id, user)
        if is_broken(error.code) and error.code != _RIGHT_MISSING:
            raise error
        if error.code == _RIGHT_MISSING and not isinstance(step, SetRole):
            # no step of this kind is possible; those that need another right are carried out
            self.broken = error
            self._impossible.add(kind_of(step))
            return
        self.refused.add(user)
        # other refusals may pass by themselves, so these steps are tried again
        is_lasting = consequence(error.code) is Consequence.LASTING
        code = step_code(step) if is_lasting else None
        self._rows[user] = replace(
            row, state=MemberState.FAILED, error_code=error.code, refused=code
        )
        log.warning("step_refused", chat_id=chat_id, step=str(step), code=error.code)

    async def _rest(self, step: Step, row: Member, error: Wait | Passing) -> None:
        """Telegram wants to be left alone, or did not answer: this kind of step rests."""
        pool, chat_id, kind = self._pool, self._chat.id, kind_of(step)
        wait_s = error.seconds if isinstance(error, Wait) else 0
        self.rests = after_wait(self.rests, kind, await pool.now(), wait_s)
        pool.membership.rests[chat_id] = self.rests
        until = self.rests[kind].until.isoformat(timespec="seconds")
        log.warning("step_rests", chat_id=chat_id, step=str(step), code=error.code, until=until)
        if not isinstance(step, RemoveMember | Ban):
            return
        if isinstance(error, Wait):  # it did not happen
            await removals.forget(pool.database, chat_id, user_of(step))
            return
        # it may have happened: the group is read
        self._rows[user_of(step)] = after_asked(row)
        pool.membership.removals_asked(chat_id, await pool.now() + removal_trace.SEEN_WITHIN)
        self.done.add(user_of(step))

    def _new_row(self, user: TgUserId) -> Member:
        entry = entry_by_account(self._entries).get(user)
        return Member(tg_user_id=user, partner_id=entry.partner_id if entry else None)


async def _after(
    pool: Pool, chat: Chat, row: Member, step: Step, seen: Sequence[MemberSeen]
) -> Member:
    """The row after a step that Telegram took. A removal or a ban counts once it was seen to have
    happened: in the answer (`seen`), or else by an update or a read."""
    if not isinstance(step, RemoveMember | Ban):
        return after_step(row, step)
    pool.membership.answered(chat.id, seen)
    stands = [
        replace(row, seen_status=one.status) for one in seen if one.tg_user_id == row.tg_user_id
    ]
    if any(has_happened(one, step) for one in stands):
        await removals.done(pool.database, chat.id, row, step)
        return after_step(row, step)
    pool.membership.removals_asked(chat.id, await pool.now() + removal_trace.SEEN_WITHIN)
    return after_asked(row)


async def do_step(pool: Pool, chat: Chat, channel: Any, step: Step) -> Sequence[MemberSeen]:
    """Do one step by the bot, which addresses the group as `channel`. Return how people stand by
    Telegram's answer, which may say nothing. Raises TelegramError.

    The user account helps in two cases. Only the owner of a group can change admins whom the owner
    appointed by hand: so the account takes their rights away first. And where only the account was
    told of a join request, because the bot does not know the person, the account answers it. While
    the account is frozen, only these people wait.
    """
    try:
        return await _by_bot(pool, chat, channel, step)
    except Refused as error:
        try:
            if error.code in _UNKNOWN_TO_BOT and isinstance(step, Approve | Decline):
                user = pool.accounts.user
                return await apply.do_step(user, await channel_for(user, chat.group), step)
            if error.code not in _APPOINTED_BY_OTHERS:
                raise
            if not await groups.demote(pool.accounts.user, chat.group, user_of(step)):
                raise
        except Fresh as fresh:
            await note_fresh(pool, "user", chat.id, fresh)
            raise
        except Frozen:
            raise error from None
        return await _by_bot(pool, chat, channel, step)


async def _by_bot(pool: Pool, chat: Chat, channel: Any, step: Step) -> Sequence[MemberSeen]:
    try:
        seen = await apply.do_step(pool.accounts.bot, channel, step)
    except Fresh as error:
        await note_fresh(pool, "bot", chat.id, error)
        raise
    if isinstance(step, SetRole):
        await note_appointed(pool, "bot", chat.id)
    return seen


async def try_for_group(
    pool: Pool, chat: Chat, kind: StepKind, work: Callable[[], Awaitable[None]]
) -> tuple[Refused | None, bool]:
    """Do what concerns the whole group (its title, its rights), unless that kind rests. Return why
    Telegram refuses it, and whether it was done. What fails is tried again later, and holds up
    nothing else. Raises Refused where the group is broken."""
    now = await pool.now()
    rests = pool.membership.rests.get(chat.id, {})
    problem: Refused | None = None
    is_done = False
    if may_be_done(kind, rests, now):
        try:
            await work()
            is_done = True
            rests = after_done(rests, kind)
        except Refused as error:
            if is_broken(error.code):
                raise
            rests = after_wait(rests, kind, now, refused=error.code)
            problem = error
        except (Wait, Passing) as error:
            rests = after_wait(rests, kind, now, error.seconds if isinstance(error, Wait) else 0)
            log.warning("step_rests", chat_id=chat.id, step=kind, code=error.code)
        pool.membership.rests[chat.id] = rests
    elif (code := rests[kind].refused) is not None:
        problem = Refused(code)
    again_at = next_of([kind], rests, now)
    if again_at is not None:
        pool.membership.look_again(chat.id, again_at)
    return problem, is_done


def user_of(step: Step) -> TgUserId:
    """The person whom a step concerns. Not for EditTitle, which concerns nobody."""
    assert not isinstance(step, EditTitle)
    return step.tg_user_id
