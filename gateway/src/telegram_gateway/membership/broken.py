"""A group that cannot be kept: found to be broken, told once, mended by a person.

Broken it stands still: nothing is made anew, nobody is unenrolled because of it. Once it is
mended it is read as a whole, since nothing was heard of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.model import Fact, SeenStatus, TgChatId
from telegram_gateway.database import chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.pool import Pool, iso
from telegram_gateway.telegram import own_membership
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import ChatSeen, GroupGone, MemberSeen

log = structlog.get_logger(__name__)
_ADMINS = ("admin", "creator")
_NAMES = (("bot", "bot"), ("user", "account"))  # kind of account, what error codes call it
#: What we found ourselves to be wrong with a group or with our rights in it.
_FOUND = {"bot_removed", "bot_demoted", "account_removed", "account_demoted"}


def is_broken(code: str) -> bool:
    """Whether a refusal says that the whole group cannot be kept."""
    is_gone = consequence(code) is Consequence.GROUP
    return is_gone or code in _FOUND or code.startswith("bind_")


def check_ours(pool: Pool, seen: Iterable[ChatSeen]) -> None:
    """Raises Refused when one of our accounts was put out of the group or lost its rights, or the
    group is gone; the newest word about each holds."""
    newest: dict[str, str | None] = {}
    for one in seen:
        if isinstance(one, GroupGone):
            newest["bot"] = "CHANNEL_PRIVATE"
        for kind, name in _NAMES:
            if (
                isinstance(one, MemberSeen)
                and one.tg_user_id == pool.accounts.rows[kind].tg_user_id
            ):
                newest[kind] = _wrong(one, name)
    for code in filter(None, newest.values()):
        raise Refused(code)


def check_ours_in_list(pool: Pool, seen: Sequence[MemberSeen], *, is_whole: bool = True) -> None:
    """The same for a list of members; who is missing was removed only where it is whole."""
    by_id = {one.tg_user_id: one for one in seen}
    for kind, name in _NAMES:
        one = by_id.get(pool.accounts.rows[kind].tg_user_id)
        if one is None and not is_whole:
            continue
        if one is None:
            raise Refused(f"{name}_removed")
        if one.role not in _ADMINS:
            raise Refused(f"{name}_demoted")


def _wrong(seen: MemberSeen, name: str) -> str | None:
    if seen.status is not SeenStatus.IN:
        return f"{name}_removed"
    # who comes in first and is promoted then was never demoted
    was_admin = seen.before is None or seen.before[1] in _ADMINS
    return f"{name}_demoted" if seen.role not in _ADMINS and was_admin else None


def is_worth_a_look(pool: Pool, seen: Iterable[ChatSeen], wishes: Wishes) -> bool:
    """Whether a broken group may have been mended: a person asks, it is night, or one of our
    accounts is an admin again."""
    return (
        wishes.check
        or wishes.retry
        or any(
            isinstance(one, MemberSeen)
            and one.tg_user_id in pool.accounts.our_ids
            and one.role in _ADMINS
            for one in seen
        )
    )


async def mend(pool: Pool, chat: Chat, *, is_asked: bool) -> Chat:
    """The chat, ready again. `is_asked`: a person wants the bot back where the account can do it.

    Raises Refused with what is still wrong.
    """
    assert chat.tg_chat_id is not None
    user, bot_name = pool.accounts.user, pool.accounts.rows["bot"].username
    wrong = await own_membership.what_is_wrong(user, chat.tg_chat_id, bot_name)
    if wrong in ("bot_removed", "bot_demoted") and is_asked:
        try:
            await own_membership.bring_bot_back(user, chat.tg_chat_id, bot_name)
        except Refused as error:
            log.warning("bot_not_brought_back", chat_id=chat.id, code=error.code)
            raise Refused(wrong) from error
        wrong = None
    if wrong is not None:
        raise Refused(wrong)
    await chats.save_state(pool.database, chat.id, state="ready", error_code=None, error=None)
    pool.membership.unread.add(chat.id)
    log.info("chat_mended", chat_id=chat.id)
    return replace(chat, state="ready", error_code=None)


async def start_anew(pool: Pool, chat: Chat) -> Chat:
    """Let go of a broken group, since a person wants another one to be made."""
    pool.chat_ids.pop(chat.tg_chat_id or TgChatId(0), None)
    await members.forget_group(pool.database, chat.id, chats.NO_GROUP)
    fresh = await chats.load_chat(pool.database, chat.id)
    assert fresh is not None
    return fresh


async def mark_broken(pool: Pool, chat: Chat, code: str) -> None:
    """A person must act; told once for each reason."""
    current = await chats.load_chat(pool.database, chat.id)
    if current is None or (current.state == "broken" and current.error_code == code):
        return
    if chat.tg_chat_id is None:
        await chats.save_state(pool.database, chat.id, state="broken", error_code=code)
    elif not await chats.save_broken(pool.database, chat.id, chat.tg_chat_id, code):
        return  # it was deleted because a person wished so
    now = await pool.now()
    await pool.report(
        [
            Fact(
                fact=f"chat_broken:{chat.id}:{iso(now)}",
                kind="chat_broken",
                occurred_at=now,
                chat_id=chat.id,
                payload={"error_code": code, "error": ""},
            )
        ]
    )
