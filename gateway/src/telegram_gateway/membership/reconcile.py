"""One reconciliation of a chat, in its membership lane: observe, merge, carry out, record.

Whatever woke it, it compares the whole roster with all members. This module has the order of
things; each of them has a module of its own: observe.py reads the group, core/merge.py decides,
steps.py acts on Telegram, facts.py says what is reported. A module is entered only if there is
something for it to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.group_parts import Part
from telegram_gateway.core.latest_seen import with_list
from telegram_gateway.core.merge import merge
from telegram_gateway.core.model import (
    ChatId,
    Fact,
    Member,
    MemberState,
    Plan,
    RosterEntry,
    SeenStatus,
    Step,
    TgUserId,
    kind_of,
)
from telegram_gateway.core.rests import RIGHTS, may_be_done, next_of
from telegram_gateway.database import chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.identity.names import report_names
from telegram_gateway.membership import direct_add, facts, group, observe, removal_trace, rights
from telegram_gateway.membership.broken import check_ours, is_broken, mark_broken
from telegram_gateway.membership.group_parts import GroupReader
from telegram_gateway.membership.observe import GroupRead
from telegram_gateway.membership.steps import carry_out, try_for_group, user_of
from telegram_gateway.membership.title import reconcile_title
from telegram_gateway.pool import Pool
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import ChatSeen, MemberSeen, TitleSeen

log = structlog.get_logger(__name__)
_ROUNDS = 6  # let in or added, then given a role: the effects of a plan may ask for one more


async def reconcile(pool: Pool, chat_id: ChatId, seen: Sequence[ChatSeen], wishes: Wishes) -> bool:
    """Bring one chat in step; `seen` are the updates since the last time. False if it is paused, or
    the bot is frozen: then what was seen is recorded and reported, and nothing is changed.

    Raises TelegramError when the lane must rest; what was done until then is recorded.
    """
    chat = await chats.load_chat(pool.database, chat_id)
    if chat is None or (chat.tg_chat_id is None and not chat.is_active):
        return True  # no group is made for a class that was archived before it had one
    is_paused = not await pool.may_change(chat_id) or await pool.is_frozen("bot")
    if is_paused and chat.state != "ready":
        return False
    problem: Refused | None = None
    reader: GroupReader | None = None
    try:
        if not is_paused:
            prepared = await _prepared(pool, chat, seen, wishes)
            if prepared is None:
                return True  # reconciled again once its bot may presumably be promoted
            chat = prepared
        if _must_be_read(pool, chat, seen, wishes):
            reader = GroupReader(pool, chat, await pool.now(), wishes)
        try:
            problem = await _bring_in_step(pool, chat, reader, seen, wishes, is_paused=is_paused)
        finally:
            if reader is not None:
                await reader.save_missing()
    except Refused as error:
        if is_broken(error.code):
            await mark_broken(pool, chat, error.code)
        raise
    if reader is not None:
        reader.check_account()
    if problem is not None:
        raise problem
    return not is_paused


async def _prepared(
    pool: Pool, chat: Chat, seen: Sequence[ChatSeen], wishes: Wishes
) -> Chat | None:
    """The chat, with a group that can be kept, and with the commands' wishes in its policy; None
    while the group's bot may not be promoted yet. Raises Refused where a person must act first."""
    if chat.state != "ready" or chat.is_to_be_bound:
        prepared = await group.prepare(pool, chat, seen, wishes)
        if prepared is None:
            return None
        chat = prepared
    elif seen:
        check_ours(pool, seen)
    if wishes.retry:
        pool.membership.rests.pop(chat.id, None)
    policy = replace(
        chat.policy, allowed=wishes.allowed, put_back=wishes.put_back, retry=wishes.retry
    )
    return replace(chat, policy=policy)


def _must_be_read(pool: Pool, chat: Chat, seen: Sequence[ChatSeen], wishes: Wishes) -> bool:
    """Return whether Telegram may have to be asked for something, or updates are to be judged. If
    not, only the roster may have changed."""
    return bool(
        seen
        or wishes.check
        or chat.missing
        or chat.id in pool.membership.unread
        or pool.membership.doubted.get(chat.id)
        or pool.membership.gaps.get(chat.id)
        or chat.id in pool.membership.removals_at
    )


async def _bring_in_step(
    pool: Pool,
    chat: Chat,
    reader: GroupReader | None,
    seen: Sequence[ChatSeen],
    wishes: Wishes,
    *,
    is_paused: bool,
) -> Refused | None:
    """Read what is to be read (by `reader`; None: nothing), and act on all that is known then.

    Returns a refusal that concerns no single person, once everything else was done. `is_paused`:
    record and report, change nothing.
    """
    doubted = pool.membership.doubted.pop(chat.id, [])
    seen = [*doubted, *seen]
    is_unread = chat.id in pool.membership.unread
    read = GroupRead()
    try:
        if reader is not None:
            checked: list[MemberSeen] = []
            if wishes.check and not is_unread:
                checked = await observe.check_members(reader)
                is_unread = chat.id in pool.membership.unread  # they are not those that we know
            wanted = reader.wanted()
            if any(isinstance(one, TitleSeen) for one in seen):
                # the update may be older than our own change: the group is asked
                wanted |= {Part.FULL}
            # before it is read: a connection that is lost meanwhile marks it anew
            pool.membership.unread.discard(chat.id)
            read = await observe.read_group(reader, seen, wanted)
            people = [*checked, *read.people]
            if not read.is_listed and pool.membership.look_for_removals(chat.id, reader.now):
                people += await removal_trace.read_begun(reader)
            read = replace(read, people=people)
        updates = [one for one in seen if isinstance(one, MemberSeen)]
        await _reconcile_people(pool, chat, reader, read, updates, is_paused=is_paused)
        problem: Refused | None = None
        if read.title is not None or not chat.title.is_settled:
            problem = await reconcile_title(pool, chat, read.title, is_paused=is_paused)
        if chat.policy.is_reviewed and not is_paused:
            problem = await _reconcile_rights(pool, chat, read, wishes) or problem
    except BaseException:
        if is_unread:
            pool.membership.unread.add(chat.id)
        if doubted:
            pool.membership.doubted[chat.id] = doubted
        raise
    if reader is not None and read.is_listed:
        # only once everybody's row is stored: from now on a person may review the group
        await observe.save_listed(reader, read)
    return problem


async def _reconcile_rights(
    pool: Pool, chat: Chat, read: GroupRead, wishes: Wishes
) -> Refused | None:
    """Reconcile everybody's rights. Returns the refusal, if Telegram refuses."""
    if read.default_rights is not None or read.history is not None:
        chat = await rights.noted(pool, chat, read.default_rights, read.history)
    is_settled = chat.has_wanted_rights(retry=wishes.retry)
    if is_settled and RIGHTS not in pool.membership.rests.get(chat.id, {}):
        return None
    work = partial(rights.keep, pool, chat, retry=wishes.retry)
    return (await try_for_group(pool, chat, RIGHTS, work))[0]


# --- people ---------------------------------------------------------------------------------------


async def _reconcile_people(
    pool: Pool,
    chat: Chat,
    reader: GroupReader | None,
    read: GroupRead,
    updates: list[MemberSeen],
    *,
    is_paused: bool,
) -> None:
    """Record what was seen of people, and carry out what follows, until nothing does. `updates` are
    older than what was `read` just now."""
    people = await _People.load(pool, chat)
    if reader is not None:
        latest = await observe.latest_updates(reader, updates, people.rows, is_read=read.is_listed)
        await people.record(with_list(read.people, latest))
    if read.is_listed or people.has_begun_removals:
        was_read = {seen.tg_user_id for seen in read.people}
        people.changed |= await removal_trace.record_outcomes(
            pool.database, chat.id, people.rows, was_read
        )
    plan = Plan()
    for _ in range(_ROUNDS):
        plan = merge(people.entries, people.all_rows, chat.policy, pool.accounts.our_ids)
        is_answered = await people.store(plan)
        if is_paused:
            return
        steps = await people.steps_to_do(plan.steps)
        if steps:
            await people.carry_out(steps)
            continue
        await people.add_contacts()
        if not people.changed and not is_answered:
            break
    else:  # the effects of the last round are stored, too
        await people.save_changed()
    await people.look_again_after_rests(plan.steps)


class _People:
    """The people of one chat while they are reconciled.

    `rows`: the row of each account, as it is or will be stored; `changed`: accounts whose row is
    not stored yet; `latest`: how they were seen in this reconciliation. People whose step was
    refused are left alone until the next one.
    """

    def __init__(
        self, pool: Pool, chat: Chat, stored: Iterable[Member], entries: list[RosterEntry]
    ):
        self._pool, self._chat = pool, chat
        self.entries = entries
        self.rows: dict[TgUserId, Member] = {}
        self._unlinked: list[Member] = []
        for row in stored:
            if row.tg_user_id is None:
                self._unlinked.append(row)
            else:
                self.rows[row.tg_user_id] = row
        self.changed: set[TgUserId] = set()
        self._refused: set[TgUserId] = set()
        self._latest: dict[TgUserId, MemberSeen] = {}

    @classmethod
    async def load(cls, pool: Pool, chat: Chat) -> _People:
        """Rows first, then the roster: so an answer of Odoo's never seems older than the roster."""
        stored = await members.load_members(pool.database, chat.id)
        return cls(pool, chat, stored, await members.load_roster(pool.database, chat.id))

    @property
    def all_rows(self) -> list[Member]:
        """Every row of the chat, those of partners without an account included."""
        return [*self.rows.values(), *self._unlinked]

    @property
    def has_begun_removals(self) -> bool:
        """Return whether somebody's removal or ban waits to be seen."""
        return any(row.state is MemberState.REMOVING for row in self.rows.values())

    async def record(self, latest: dict[TgUserId, MemberSeen]) -> None:
        """Put into the rows how people were seen. New names are reported."""
        self._latest = latest
        await report_names(self._pool, {user: seen.person for user, seen in latest.items()})
        known = {user for entry in self.entries for user in entry.tg_user_ids} | self.rows.keys()
        for user, seen in latest.items():
            if user not in known and seen.status is SeenStatus.OUT:
                continue  # ignore guests who already left
            before = self.rows.get(user)
            self.rows[user] = observe.row_after(before, seen)
            if self.rows[user] != before:
                self.changed.add(user)

    async def store(self, plan: Plan) -> bool:
        """Store changed rows and report differences, in one transaction. Return whether Odoo has
        already handled one of these facts: facts of the same instant are the same fact (Telegram's
        clock has whole seconds), so somebody who asks twice at once may have their answer."""
        pool, chat = self._pool, self._chat
        reported = await self._facts(plan)
        for member in (*plan.members, *(member for _, member in plan.report)):
            if member.tg_user_id is not None and member.tg_user_id not in self._refused:
                self.rows[member.tg_user_id] = member
                self.changed.add(member.tg_user_id)
        unlinked = [member for member in plan.members if member.tg_user_id is None]
        users = {member.tg_user_id for _, member in reported if member.tg_user_id is not None}
        held = {step.tg_user_id for step in plan.held}
        if held:
            log.error("removals_held_back", chat_id=chat.id, people=len(held))
        about_chat: list[Fact] = []
        if plan.is_held_news:
            about_chat = [facts.removals_held(chat.id, held, await pool.now())]
        if self.changed or reported or unlinked or about_chat:
            rows = [*unlinked, *(self.rows[user] for user in self.changed if user not in users)]
            await members.save_members(
                pool.database, pool.name, chat.id, rows, reported, about_chat
            )
            self.changed = set()
        if reported or about_chat:
            pool.doorbell.press()
        if reported:
            # their rows have the fact's id now
            for row in await members.load_members(pool.database, chat.id, users):
                if row.tg_user_id is not None:
                    self.rows[row.tg_user_id] = row
            self.entries = await members.load_roster(pool.database, chat.id)
        return any(self.rows[user].is_report_handled for user in users)

    async def _facts(self, plan: Plan) -> list[tuple[Fact, Member]]:
        if not plan.report:
            return []
        pool, now = self._pool, await self._pool.now()
        return facts.about_members(
            pool, self._chat.id, plan.report, self._latest, self.entries, now
        )

    async def steps_to_do(self, steps: Iterable[Step]) -> list[Step]:
        """The steps that do not rest, and were not refused in this reconciliation."""
        due = [step for step in steps if user_of(step) not in self._refused]
        rests = self._pool.membership.rests.get(self._chat.id)
        if not rests or not due:
            return due
        now = await self._pool.now()
        return [step for step in due if may_be_done(kind_of(step), rests, now)]

    async def carry_out(self, steps: list[Step]) -> None:
        """Carry out steps on Telegram. Their effects are stored in the next round. If the group
        cannot be kept as it is, the effects are stored first, and then Refused is raised."""
        pool, chat = self._pool, self._chat
        outcome = await carry_out(pool, chat, steps, self.rows, self.entries)
        self.changed = outcome.done
        self._refused |= outcome.refused
        if outcome.refused or outcome.broken:
            kept = outcome.refused | (outcome.done if outcome.broken else set())
            await self._save(kept)
        if outcome.broken is not None:
            raise outcome.broken

    async def add_contacts(self) -> None:
        """Add mutual contacts directly, if somebody waits who was never in the group."""
        pool, chat = self._pool, self._chat
        pool.membership.again_at.pop(chat.id, None)
        if chat.policy.may_add_contacts and any(
            row.state is MemberState.WELCOME and row.seen_status is None
            for row in self.rows.values()
        ):
            self.changed = await direct_add.add_contacts(pool, chat, self.entries, self.rows)

    async def save_changed(self) -> None:
        """Store the rows that were changed since the last time."""
        await self._save(self.changed)

    async def _save(self, users: Iterable[TgUserId]) -> None:
        pool, rows = self._pool, [self.rows[user] for user in users]
        await members.save_members(pool.database, pool.name, self._chat.id, rows)

    async def look_again_after_rests(self, steps: Iterable[Step]) -> None:
        """Have the chat reconciled again once the first of these steps does not rest any more."""
        rests = self._pool.membership.rests.get(self._chat.id)
        if not rests:
            return
        again_at: datetime | None = next_of(map(kind_of, steps), rests, await self._pool.now())
        if again_at is not None:
            self._pool.membership.look_again(self._chat.id, again_at)
