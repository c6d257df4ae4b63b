"""The membership lane of a chat: read, merge, do, record.

Level-triggered: whatever woke it, it looks at the whole chat. One at a time per chat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from telegram_gateway.checkpoints import checkpoint
from telegram_gateway.core.account_standing import FRESH_CODE, FROZEN
from telegram_gateway.core.budget import GROUPS_A_DAY
from telegram_gateway.core.causes import brought_in_by
from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.direct_add import after_restriction, groups_rest_until
from telegram_gateway.core.effects import after_asked, after_seen, after_step, has_happened
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.latest_seen import with_list
from telegram_gateway.core.merge import merge, merge_title
from telegram_gateway.core.model import (
    Approve,
    Ban,
    ChatId,
    Decline,
    EditTitle,
    Fact,
    Member,
    MemberState,
    Plan,
    RemoveMember,
    RosterEntry,
    SeenStatus,
    SetRole,
    Step,
    TgChatId,
    TgUserId,
    step_code,
)
from telegram_gateway.core.step_order import (
    RIGHTS,
    Kind,
    Rest,
    after_done,
    after_wait,
    kind_of,
    may_be_done,
    next_of,
)
from telegram_gateway.database import chats, inbox, intents, members, roster, spends
from telegram_gateway.database.chats import Chat
from telegram_gateway.database.connection import naive
from telegram_gateway.identity.names import report_names
from telegram_gateway.membership import direct_add, removal_trace, rights
from telegram_gateway.membership.broken import (
    check_ours,
    is_broken,
    is_worth_a_look,
    mark_broken,
    mend,
    start_anew,
)
from telegram_gateway.membership.look import Look
from telegram_gateway.membership.observe import check, read, settle
from telegram_gateway.pool import Pool
from telegram_gateway.run.account_standing import note_appointed, note_fresh, too_fresh
from telegram_gateway.telegram import apply, groups
from telegram_gateway.telegram.errors import Fresh, Frozen, Limited, Passing, Refused, Wait
from telegram_gateway.telegram.peers import channel_for, is_known
from telegram_gateway.telegram.seen import ChatSeen, MemberSeen, Person, TitleSeen

log = structlog.get_logger(__name__)
_ROUNDS = 6  # let in or added, then given a role: a plan's effects may ask for one more
_BOT_LEARNS_S = 10.0
# Errors that say that the person is an admin whom somebody else made.
_OWNERS_ADMIN = {"RIGHT_FORBIDDEN", "USER_ADMIN_INVALID"}
# Errors that say that the bot does not know the person.
_UNHEARD = {"PEER_ID_INVALID", "USER_ID_INVALID"}
# The bot lacks a right, which one is not said.
_RIGHT_MISSING = "CHAT_ADMIN_REQUIRED"
_NEVER = datetime.max.replace(tzinfo=UTC)


async def reconcile(pool: Pool, chat_id: ChatId, seen: Sequence[ChatSeen], wishes: Wishes) -> bool:
    """Bring one chat in step; `seen` are the updates since last time. False when it is paused, or
    the bot is frozen: then what was seen is recorded and told, and nothing was done.

    Raises TelegramError when the lane must rest; what was done until then is recorded.
    """
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is None or (chat.tg_chat_id is None and not chat.is_active):
        return True  # no group is made for a classroom that was archived before it had one
    is_paused = not await pool.may_change(chat_id) or await pool.is_frozen("bot")
    if is_paused and chat.state != "ready":
        return False
    problem: Refused | None = None
    try:
        if not is_paused:
            made = await _group(pool, chat, seen, wishes)
            if made is None:
                return True  # looked at again when its bot may presumably be promoted
            chat = made
            policy = replace(
                chat.policy,
                allowed=wishes.allowed,
                put_back=wishes.put_back,
                retry=wishes.retry,
            )
            chat = replace(chat, policy=policy)
            if wishes.retry:
                pool.membership.rests.pop(chat.id, None)
        look = Look(pool, chat, await pool.now(), wishes)
        try:
            problem = await _look(look, seen, wishes, only_look=is_paused)
        finally:
            await look.note()
    except Refused as error:
        if is_broken(error.code):
            await mark_broken(pool, chat, error.code)
        raise
    look.check_account()
    if problem is not None:
        raise problem
    return not is_paused


async def _look(
    look: Look, seen: Sequence[ChatSeen], wishes: Wishes, *, only_look: bool
) -> Refused | None:
    """Read what is to be read, and act on all that is known then; a refusal that concerns no single
    person, once everything else was done. `only_look`: record and tell, change nothing."""
    pool, chat = look.pool, look.chat
    doubted = pool.membership.doubted.pop(chat.id, [])
    seen = [*doubted, *seen]
    is_unread = chat.id in pool.membership.unread
    listed: list[MemberSeen] = []
    try:
        if wishes.check and not is_unread:
            listed = await check(look)
            is_unread = chat.id in pool.membership.unread  # it differs from what was known
        wanted = look.wanted()
        if any(isinstance(one, TitleSeen) for one in seen):
            # what an update says may be older than what we changed meanwhile: the group is asked
            wanted |= {Part.FULL}
        pool.membership.unread.discard(
            chat.id
        )  # before the reading: a line that breaks meanwhile marks it anew
        found = await read(look, seen, wanted)
        people = [*listed, *found.people]
        if not found.is_listed and pool.membership.look_for_removals(chat.id, look.now):
            people += await removal_trace.look(look)
        updates = [one for one in seen if isinstance(one, MemberSeen)]
        await _people(look, people, updates, is_read=found.is_listed, only_look=only_look)
        problem = await _title(pool, chat, found.title, only_look=only_look)
        if chat.policy.is_reviewed and not only_look:
            chat = await rights.noted(pool, chat, found.default_rights, found.history)
            problem = await _rights(pool, chat, wishes) or problem
    except BaseException:
        if is_unread:
            pool.membership.unread.add(chat.id)
        if doubted:
            pool.membership.doubted[chat.id] = doubted
        raise
    if found.is_listed:
        # said once everybody's row is stored: then the group may be reviewed
        at = look.now.replace(tzinfo=None)
        await chats.save_state(
            pool.database,
            chat.id,
            listed_at=at,
            is_list_whole=found.is_trusted,
            checked_at=at,
            checked_people=found.count,
            checked_differences=found.differences,
        )
    return problem


async def _group(pool: Pool, chat: Chat, seen: Sequence[ChatSeen], wishes: Wishes) -> Chat | None:
    """The chat with a group that can be kept; None while its bot may not be promoted yet. Raises
    Refused where a person must act first."""
    if chat.bind is not None and chat.bind != chat.bound:
        chat = await _bind(pool, chat, chat.bind)
    elif wishes.new_group and chat.state == "broken":
        chat = await start_anew(pool, chat)
    if chat.state == "broken" and chat.invite_link:
        is_new = chat.id in pool.membership.unread  # after a start or a broken line
        pool.membership.unread.discard(chat.id)
        if not is_new and not is_worth_a_look(pool, seen, wishes):
            raise Refused("chat_broken")
        return await mend(pool, chat, is_asked=wishes.retry)
    if chat.state != "ready":
        return await _make_group(pool, chat)
    check_ours(pool, seen)
    return chat


# --- people ------------------------------------------------------------------------------------


async def _people(
    look: Look,
    listed: list[MemberSeen],
    updates: list[MemberSeen],
    *,
    is_read: bool,
    only_look: bool,
) -> None:
    """`listed`: how those stand who were read just now, of the whole group (`is_read`: its members
    are among them) or some; the updates are older than that."""
    pool, chat = look.pool, look.chat
    # the roster is read after what Odoo has handled: an answer is never taken for an older one
    stored = await members.load_members(pool.database, chat.id)
    entries = await roster.load_roster(pool.database, chat.id)
    rows = {row.tg_user_id: row for row in stored if row.tg_user_id is not None}
    others = [row for row in stored if row.tg_user_id is None]
    latest = with_list(listed, await settle(look, updates, rows, is_read=is_read))
    await report_names(pool, {user: one.person for user, one in latest.items()})
    known = {user for entry in entries for user in entry.tg_user_ids} | rows.keys()
    dirty = {
        user
        for user, one in latest.items()
        # who is unknown and gone is nobody's business, and leaves nothing behind
        if (user in known or one.status is not SeenStatus.OUT) and _note(rows, one)
    }
    if is_read or removal_trace.is_begun(rows.values()):
        looked = {one.tg_user_id for one in listed}
        dirty |= await removal_trace.settle(pool.database, chat.id, rows, looked)
    failed: set[TgUserId] = set()
    for _ in range(_ROUNDS):
        plan = merge(entries, [*rows.values(), *others], chat.policy, pool.accounts.our_ids)
        facts = await _facts(pool, chat, plan, latest, entries)
        for member in (*plan.members, *(member for _, member in plan.tell)):
            if member.tg_user_id is not None and member.tg_user_id not in failed:
                rows[member.tg_user_id] = member
                dirty.add(member.tg_user_id)
        unlinked = [m for m in plan.members if m.tg_user_id is None]
        told = {member.tg_user_id for _, member in facts if member.tg_user_id is not None}
        held = {step.tg_user_id for step in plan.held}
        held_facts = [_held_fact(chat, held, await pool.now())] if plan.is_held_news else []
        if dirty or facts or unlinked or held_facts:
            await members.save_members(
                pool.database,
                pool.name,
                chat.id,
                [*unlinked, *(rows[user] for user in dirty if user not in told)],
                facts,
                held_facts,
            )
        if facts or held_facts:
            pool.doorbell.press()
        if facts:
            # their rows carry the fact's id now
            for row in await members.load_members(pool.database, chat.id, told):
                if row.tg_user_id is not None:
                    rows[row.tg_user_id] = row
            entries = await roster.load_roster(pool.database, chat.id)
        _say_held(chat, plan)
        now = await pool.now()
        rests = pool.membership.rests.get(chat.id, {})
        due = [step for step in plan.steps if _user_of(step) not in failed]
        steps = [step for step in due if may_be_done(kind_of(step), rests, now)]
        dirty = set()
        if only_look:
            break
        if not steps:
            dirty = await direct_add.add_contacts(pool, chat, entries, rows)
            # of whoever asks twice within a second Telegram's dates, and so our facts, are the same
            # one: it may have its answer already
            if not dirty and not any(rows[user].told_handled for user in told):
                break
            continue
        outcome = await _do_steps(pool, chat, steps, rows, entries)
        dirty = outcome.done
        failed |= outcome.refused
        if outcome.refused or outcome.broken:
            kept = outcome.refused | (dirty if outcome.broken else set())
            await members.save_members(
                pool.database, pool.name, chat.id, [rows[user] for user in kept]
            )
        if outcome.broken is not None:
            raise outcome.broken
    else:  # what the last round did is kept, too
        done = [rows[user] for user in dirty]
        await members.save_members(pool.database, pool.name, chat.id, done)
    rests = pool.membership.rests.get(chat.id, {})
    again_at = next_of((kind_of(step) for step in plan.steps), rests, await pool.now())
    if again_at is not None and not only_look:
        pool.membership.look_again(chat.id, again_at)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Whose steps were done, whose were refused, and why the group cannot be kept as it is."""

    done: set[TgUserId]
    refused: set[TgUserId]
    broken: Refused | None


async def _do_steps(
    pool: Pool,
    chat: Chat,
    steps: Iterable[Step],
    rows: dict[TgUserId, Member],
    entries: Iterable[RosterEntry],
) -> Outcome:
    """Do the steps in order and put the outcomes into `rows`. Where Telegram wants to be left alone,
    or does not answer, steps of that kind rest and the others are done."""
    done: set[TgUserId] = set()
    refused: set[TgUserId] = set()
    broken: Refused | None = None
    channel = await pool.bot_channel(chat.group)
    rests = pool.membership.rests.get(chat.id, {})
    by_account = _by_account(entries)
    for step in steps:
        user, kind = _user_of(step), kind_of(step)
        row = rows.get(user) or _new_row(user, by_account)
        now = await pool.now() if kind in rests else None
        if now is not None and not may_be_done(kind, rests, now):
            continue
        try:
            if isinstance(step, RemoveMember | Ban):
                await removal_trace.begin(pool.database, chat.id, step)
            is_harmless = isinstance(step, Approve)
            with pool.in_a_row() if is_harmless else contextlib.nullcontext():
                seen = await do_step(pool, chat, channel, step)
        except Fresh as error:  # roles wait, everything else goes on
            now = await pool.now()
            wait_s = (pool.fresh[chat.id] - now).total_seconds()
            rests = pool.membership.rests[chat.id] = after_wait(rests, kind, now, max(wait_s, 0.1))
            refused.add(user)
            row = replace(row, error_code=error.code)
        except Refused as error:
            if isinstance(step, RemoveMember | Ban):
                await removal_trace.forget(pool.database, chat.id, user)
            if is_broken(error.code) and error.code != _RIGHT_MISSING:
                raise
            if error.code == _RIGHT_MISSING and not isinstance(step, SetRole):
                # of these nothing more can be done; what needs another right is done all the same
                broken = error
                rests = {**rests, kind: Rest(until=_NEVER, tries=0)}
                continue
            refused.add(user)
            # others may pass by themselves, and are tried again
            is_lasting = consequence(error.code) is Consequence.LASTING
            known = step_code(step) if is_lasting else None
            row = replace(row, state=MemberState.FAILED, error_code=error.code, refused=known)
            log.warning("step_refused", chat_id=chat.id, step=str(step), code=error.code)
        except (Wait, Passing) as error:
            wait_s = error.seconds if isinstance(error, Wait) else 0
            rests = after_wait(rests, kind, await pool.now(), wait_s)
            pool.membership.rests[chat.id] = rests
            until = rests[kind].until.isoformat(timespec="seconds")
            log.warning("step_rests", chat_id=chat.id, step=str(step), code=error.code, until=until)
            if not isinstance(step, RemoveMember | Ban):
                continue
            if isinstance(error, Wait):  # it was not done
                await removal_trace.forget(pool.database, chat.id, user)
                continue
            row = after_asked(row)  # it may have happened: the group is looked at
            pool.membership.removals_asked(chat.id, await pool.now() + removal_trace.SEEN_WITHIN)
            done.add(user)
        else:
            checkpoint(_CHECKPOINTS.get(type(step), ""))
            rests = after_done(rests, kind)
            done.add(user)
            row = await _after(pool, chat, row, step, seen)
        rows[user] = row
    pool.membership.rests[chat.id] = {
        one: rest for one, rest in rests.items() if rest.until != _NEVER
    }
    return Outcome(done=done, refused=refused, broken=broken)


async def _after(
    pool: Pool, chat: Chat, row: Member, step: Step, seen: Sequence[MemberSeen]
) -> Member:
    """The row after a step that Telegram took. A removal counts once it was seen to have happened:
    in the answer, or else by an update or a look."""
    if not isinstance(step, RemoveMember | Ban):
        return after_step(row, step)
    stands = [
        replace(row, seen_status=one.status) for one in seen if one.tg_user_id == row.tg_user_id
    ]
    if any(has_happened(one, step) for one in stands):
        await removal_trace.done(pool.database, chat.id, row, step)
        return after_step(row, step)
    pool.membership.removals_asked(chat.id, await pool.now() + removal_trace.SEEN_WITHIN)
    return after_asked(row)


async def do_step(pool: Pool, chat: Chat, channel: Any, step: Step) -> Sequence[MemberSeen]:
    """One step by the bot; what Telegram's answer says of how people stand. Admins whom the owner
    made by hand only the owner can change: their rights are taken by the user account first. Whom
    the bot never heard of, since the account alone saw them ask, the account lets in or turns down.
    Who needs the account while it is frozen waits alone.
    """
    try:
        return await _by_bot(pool, chat, channel, step)
    except Refused as error:
        try:
            if error.code in _UNHEARD and isinstance(step, Approve | Decline):
                user = pool.accounts.user
                return await apply.do_step(user, await channel_for(user, chat.group), step)
            if error.code not in _OWNERS_ADMIN:
                raise
            if not await groups.demote(pool.accounts.user, chat.group, _user_of(step)):
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


_CHECKPOINTS: dict[type, str] = {Approve: "request_approved", RemoveMember: "member_removed"}


def _by_account(entries: Iterable[RosterEntry]) -> dict[TgUserId, RosterEntry]:
    """The first entry in which each account is."""
    found: dict[TgUserId, RosterEntry] = {}
    for entry in entries:
        for user in entry.tg_user_ids:
            found.setdefault(user, entry)
    return found


def _new_row(user: TgUserId, by_account: Mapping[TgUserId, RosterEntry]) -> Member:
    entry = by_account.get(user)
    return Member(tg_user_id=user, partner_id=entry.partner_id if entry else None)


def _note(rows: dict[TgUserId, Member], seen: MemberSeen) -> bool:
    """Put what was seen into the person's row; whether that changed it."""
    before = rows.get(seen.tg_user_id)
    row = before or Member(tg_user_id=seen.tg_user_id)
    row = after_seen(row, seen.status, seen.role, seen.cause, seen.rights)
    if seen.person != Person():
        row = replace(
            row,
            name=seen.person.name,
            username=seen.person.username,
            is_bot=seen.person.is_bot,
            is_deleted=seen.person.is_deleted,
        )
    rows[seen.tg_user_id] = row
    return row != before


async def _facts(
    pool: Pool,
    chat: Chat,
    plan: Plan,
    latest: dict[TgUserId, MemberSeen],
    entries: Iterable[RosterEntry],
) -> list[tuple[Fact, Member]]:
    """What the plan tells, each with the row of whom it tells."""
    if not plan.tell:
        return []
    now, by_account = await pool.now(), _by_account(entries)
    return [
        (_fact(chat.id, kind, member, latest, now, pool, by_account), member)
        for kind, member in plan.tell
    ]


def _fact(
    chat_id: ChatId,
    kind: str,
    member: Member,
    latest: dict[TgUserId, MemberSeen],
    now: datetime,
    pool: Pool,
    by_account: Mapping[TgUserId, RosterEntry],
) -> Fact:
    user = member.tg_user_id
    assert user is not None
    seen = latest.get(user)
    at = seen.at if seen else now
    by = seen.cause.by if seen else None
    if seen and kind == "member_joined":
        by = brought_in_by(user, seen.cause)
    payload = {"tg_user_id": user, "name": member.name, "username": member.username}
    if kind == "member_left":
        payload["is_witnessed"] = by is not None
    else:
        payload |= {"by": by, "by_us": _is_ours(pool, kind, by)}
    if kind == "member_joined":
        payload["via"] = seen.cause.via if seen else "unknown"
        payload["is_unlogged"] = bool(seen and seen.cause.is_unlogged)
    elif kind == "member_removed":
        payload["banned"] = member.seen_status is SeenStatus.BANNED
    elif kind in ("member_promoted", "member_demoted"):
        payload["role"] = member.base_role
    elif kind == "request_waiting":
        entry = by_account.get(user)
        payload["roster"] = entry.status if entry else None
        payload["link"] = seen.cause.link if seen else None
    # Telegram's dates are whole seconds, in which several people may do the same to somebody
    fact_id = f"{kind}:{chat_id}:{user}:{int(at.timestamp() * 1000)}"
    return Fact(
        fact=fact_id if by is None else f"{fact_id}:{by}",
        kind=kind,
        occurred_at=at,
        chat_id=chat_id,
        payload=payload,
    )


def _is_ours(pool: Pool, kind: str, by: TgUserId | None) -> bool:
    """Whether the gateway did it. But for adding people, it acts by the bot alone: what else the
    user account does, a person did with its telephone."""
    ours = pool.accounts.our_ids if kind == "member_joined" else {pool.accounts.bot_id}
    return by in ours


def _held_fact(chat: Chat, held: set[TgUserId], now: datetime) -> Fact:
    """So many would leave at once that a person must say whether that is meant."""
    return Fact(
        fact=f"removals_held:{chat.id}:{int(now.timestamp() * 1000)}",
        kind="removals_held",
        occurred_at=now,
        chat_id=chat.id,
        payload={"tg_user_ids": sorted(held)},
    )


def _say_held(chat: Chat, plan: Plan) -> None:
    if plan.held:
        log.error("removals_held_back", chat_id=chat.id, people=len(plan.held))


def _user_of(step: Step) -> TgUserId:
    assert not isinstance(step, EditTitle)
    return step.tg_user_id


# --- the title ---------------------------------------------------------------------------------


async def _title(
    pool: Pool, chat: Chat, seen: TitleSeen | None, *, only_look: bool
) -> Refused | None:
    """What becomes of the group's title, `seen` as it is now, where that was read; why it cannot be
    set, where Telegram refuses that."""
    title = chat.title
    by: TgUserId | None = None
    at = await pool.now()
    if seen is not None:
        by, at = seen.by, seen.at
        if seen.title != title.seen:
            title = replace(title, seen=seen.title)
            await chats.save_state(pool.database, chat.id, title_seen=title.seen)
    plan = merge_title(title, chat.policy)
    if only_look and plan.steps:
        return None  # changed back when somebody resumes
    for step in plan.steps:
        assert isinstance(step, EditTitle)
        problem, is_done = await _rarely(
            pool, chat, kind_of(step), partial(_retitle, pool, chat, step)
        )
        if not is_done:
            return problem
    if plan.lost_title is not None:
        log.info("title_lost", chat_id=chat.id, title=plan.lost_title, by=by)
    if plan.restored_title is not None:
        await pool.report(
            [_title_fact(pool, chat.id, plan.restored_title, by, at, is_restored=True)]
        )
    if plan.title_base is not None:
        await _save_title(pool, chat.id, plan.title_base)
    if plan.tell_title is not None:
        fact = _title_fact(pool, chat.id, plan.tell_title, by, at)
        async with pool.database.transaction() as connection:
            ids = await inbox.insert(connection, pool.name, [fact])
            await chats.save_state_in(connection, chat.id, title_told_inbox_id=ids.get(fact.fact))
        pool.doorbell.press()
    return None


async def _retitle(pool: Pool, chat: Chat, step: EditTitle) -> None:
    await apply.do_step(pool.accounts.bot, await pool.bot_channel(chat.group), step)
    await _save_title(pool, chat.id, step.title)


async def _rarely(
    pool: Pool, chat: Chat, kind: Kind, work: Callable[[], Awaitable[None]]
) -> tuple[Refused | None, bool]:
    """Do what concerns the whole group, where it does not rest: (why Telegram refuses it, whether it
    is done). What fails is tried again later, and holds up nothing else."""
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


def _title_fact(
    pool: Pool,
    chat_id: ChatId,
    title: str,
    by: TgUserId | None,
    at: datetime,
    *,
    is_restored: bool = False,
) -> Fact:
    return Fact(
        fact=f"title:{chat_id}:{int(at.timestamp() * 1000)}:{title}",
        kind="title_changed",
        occurred_at=at,
        chat_id=chat_id,
        payload={
            "title": title,
            "by": by,
            "by_us": _is_ours(pool, "title_changed", by),
            "restored": is_restored,
        },
    )


async def _save_title(pool: Pool, chat_id: ChatId, title: str) -> None:
    await chats.save_state(
        pool.database, chat_id, title_seen=title, title_base=title, title_told_inbox_id=None
    )


# --- rights of everybody ------------------------------------------------------------------------


async def _rights(pool: Pool, chat: Chat, wishes: Wishes) -> Refused | None:
    """See `rights.keep`; why that cannot be done, where Telegram refuses it."""
    work = partial(rights.keep, pool, chat, retry=wishes.retry)
    return (await _rarely(pool, chat, RIGHTS, work))[0]


# --- the group ---------------------------------------------------------------------------------


async def _bind(pool: Pool, chat: Chat, bind: str) -> Chat:
    """Take a group that was there before for this chat; nothing in it is changed by that."""
    found = await groups.resolve(pool.accounts.user, bind)
    if pool.chat_ids.get(found, chat.id) != chat.id:
        raise Refused("bind_taken")
    if found != chat.tg_chat_id:
        pool.chat_ids.pop(chat.tg_chat_id or TgChatId(0), None)
        await members.forget_group(
            pool.database,
            chat.id,
            {**chats.NO_GROUP, "tg_chat_id": found, "bound": bind},
        )
    else:
        await chats.save_state(pool.database, chat.id, bound=bind)
    pool.membership.unread.add(chat.id)
    bound = await chats.load_chat(pool.database, chat.id)
    assert bound is not None
    return bound


async def _make_group(pool: Pool, chat: Chat) -> Chat | None:
    """Make the group, or go on where an earlier attempt stopped. None: the account's login is too
    fresh to promote the bot; people are told until when, nobody gets a link of the group, and the
    account opens its calls all the same."""
    if await pool.is_frozen("user"):
        raise Frozen(FROZEN)
    user, bot = pool.accounts.user, pool.accounts.bot
    key = f"create_group:{chat.id}"
    if chat.tg_chat_id is None:
        is_first = await intents.begin(
            pool.database, key, "create_group", chat.id, {"title": chat.title.wanted}
        )
        found, default_rights = None, None
        if not is_first:
            found = await groups.find(user, chat.mark, frozenset(pool.chat_ids))
        if found is None:
            await _spend_group(pool)
            made = await _create(pool, chat)
            found, default_rights = made.tg_chat_id, made.default_rights
            checkpoint("group_created")
        await chats.save_state(
            pool.database,
            chat.id,
            tg_chat_id=found,
            state="creating",
            title_seen=chat.title.wanted,
            title_base=chat.title.wanted,
        )
        checkpoint("group_recorded")
        chat = replace(chat, tg_chat_id=found, default_rights=default_rights)
    tg_chat_id = chat.group
    pool.chat_ids[tg_chat_id] = chat.id
    if chat.bind is None:
        await rights.close_new(pool, chat)
        checkpoint("group_closed")
    try:
        if await too_fresh(pool, chat.id):
            raise Fresh(FRESH_CODE, 0)
        await groups.promote_bot(user, tg_chat_id, pool.accounts.rows["bot"].username)
    except Fresh as error:
        if not await too_fresh(pool, chat.id):
            until = await note_fresh(pool, "user", chat.id, error)
            await chats.save_state(
                pool.database, chat.id, error_code=error.code, waits_until=naive(until)
            )
        pool.membership.unread.discard(chat.id)
        pool.membership.look_again(chat.id, pool.fresh[chat.id])
        return None
    await note_appointed(pool, "user", chat.id)
    checkpoint("bot_promoted")
    await _until_bot_knows(pool, tg_chat_id)
    link = await groups.request_link(bot, tg_chat_id)
    fact = Fact(
        fact=f"chat_ready:{chat.id}:{tg_chat_id}",
        kind="chat_ready",
        occurred_at=await pool.now(),
        chat_id=chat.id,
        payload={"tg_chat_id": tg_chat_id, "invite_link": link, "title": chat.title.wanted},
    )
    async with pool.database.transaction() as connection:
        await chats.save_state_in(
            connection,
            chat.id,
            state="ready",
            invite_link=link,
            error_code=None,
            error=None,
            waits_until=None,
        )
        await inbox.insert(connection, pool.name, [fact])
    await intents.end(pool.database, key)
    pool.doorbell.press()
    log.info("chat_ready", chat_id=chat.id, tg_chat_id=tg_chat_id)
    ready = await chats.load_chat(pool.database, chat.id)
    assert ready is not None
    return ready


async def _create(pool: Pool, chat: Chat) -> groups.CreatedGroup:
    """Have the account make the group. Raises Wait when Telegram lets it make none for now."""
    try:
        return await groups.create(pool.accounts.user, chat.title.wanted, chat.mark)
    except Limited as error:
        before = await spends.load_limits(pool.database, pool.accounts.rows["user"].id)
        now = await pool.now()
        found = after_restriction(error.code, before, now)
        await direct_add.limited(pool, found)
        await chats.save_state(pool.database, chat.id, state="creating", error_code=error.code)
        raise Wait(error.code, _seconds_until(found.until, now)) from error


def _seconds_until(at: datetime, now: datetime) -> int:
    return int((at - now) / timedelta(seconds=1)) + 1


async def _spend_group(pool: Pool) -> None:
    """Raise Wait when the account made as many groups today as is wise, or may make none for now."""
    now = await pool.now()
    limits = await spends.load_limits(pool.database, pool.accounts.rows["user"].id)
    rest_until = groups_rest_until(limits, now)
    if rest_until is not None:
        raise Wait("USER_RESTRICTED", _seconds_until(rest_until, now))
    rows = await pool.database.all(
        "SELECT begun_at FROM telegram_intent WHERE kind = 'create_group'"
        " AND begun_at > (now() AT TIME ZONE 'utc') - interval '1 day' ORDER BY begun_at"
    )
    used = tuple(row["begun_at"].replace(tzinfo=now.tzinfo) for row in rows)[:-1]
    budget = replace(GROUPS_A_DAY, most=pool.settings.groups_a_day, used=used)
    free = budget.free_at(now)
    if free > now:
        raise Wait("GROUPS_A_DAY", _seconds_until(free, now))


async def _until_bot_knows(pool: Pool, tg_chat_id: TgChatId) -> None:
    """Wait for the update that tells the bot of the group, which it addresses it by; only where
    none comes is Telegram asked. Raises Passing when it does not say either."""
    ends = asyncio.get_running_loop().time() + _BOT_LEARNS_S
    while not is_known(pool.accounts.bot, tg_chat_id):
        if asyncio.get_running_loop().time() > ends:
            await pool.bot_channel(tg_chat_id)
            return
        await asyncio.sleep(0.05)
