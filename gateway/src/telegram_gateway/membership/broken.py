"""A broken group: found out, reported once, mended by a person.

While it is broken, nothing is done in it: no group is made in its place, nobody is unenrolled
because of it. Once it is mended it gets a full read, since no updates came meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import structlog

from telegram_gateway.core.commands import Wishes
from telegram_gateway.core.consequences import Consequence, consequence
from telegram_gateway.core.model import SeenStatus, TgChatId
from telegram_gateway.database import chats, members
from telegram_gateway.database.chats import Chat
from telegram_gateway.membership import facts
from telegram_gateway.pool import Pool
from telegram_gateway.telegram import own_membership
from telegram_gateway.telegram.errors import Refused
from telegram_gateway.telegram.seen import ChatSeen, GroupGone, MemberSeen

log = structlog.get_logger(__name__)
_ADMINS = ("admin", "creator")
_NAMES = (("bot", "bot"), ("user", "account"))  # kind of account, its name in error codes
#: Codes of our own: what is wrong with our place or our rights in a group.
_OURS = {"bot_removed", "bot_demoted", "account_removed", "account_demoted"}


def is_broken(code: str) -> bool:
    """Return whether a refusal means that the whole group cannot be kept as it is."""
    is_gone = consequence(code) is Consequence.GROUP
    return is_gone or code in _OURS or code.startswith("bind_")


def check_ours(pool: Pool, seen: Iterable[ChatSeen]) -> None:
    """Raise Refused if, by these updates, one of our accounts is out of the group or has lost its
    rights, or the group is gone; the newest update about each account holds."""
    newest: dict[str, str | None] = {}
    for update in seen:
        # removing the bot also tells it that it can see the group no more: that says less
        if isinstance(update, GroupGone) and newest.get("bot") != "bot_removed":
            newest["bot"] = "CHANNEL_PRIVATE"
        if not isinstance(update, MemberSeen):
            continue
        for kind, name in _NAMES:
            if update.tg_user_id == pool.accounts.rows[kind].tg_user_id:
                newest[kind] = _what_is_wrong(update, name)
    for code in filter(None, newest.values()):
        raise Refused(code)


def check_ours_in_list(pool: Pool, listed: Sequence[MemberSeen], *, is_whole: bool = True) -> None:
    """The same by a list of members; absence from it counts only if it is whole."""
    by_id = {member.tg_user_id: member for member in listed}
    for kind, name in _NAMES:
        member = by_id.get(pool.accounts.rows[kind].tg_user_id)
        if member is None and not is_whole:
            continue
        if member is None:
            raise Refused(f"{name}_removed")
        if member.role not in _ADMINS:
            raise Refused(f"{name}_demoted")


def _what_is_wrong(update: MemberSeen, name: str) -> str | None:
    if update.status is not SeenStatus.IN:
        return f"{name}_removed"
    # an account that comes in, and is promoted only then, was never demoted
    was_admin = update.before is None or update.before[1] in _ADMINS
    return f"{name}_demoted" if update.role not in _ADMINS and was_admin else None


def is_worth_mending(pool: Pool, seen: Iterable[ChatSeen], wishes: Wishes) -> bool:
    """Return whether a broken group may be mended by now: a person asks, it is the nightly check,
    or one of our accounts is an admin again."""
    return (
        wishes.check
        or wishes.retry
        or any(
            isinstance(update, MemberSeen)
            and update.tg_user_id in pool.accounts.our_ids
            and update.role in _ADMINS
            for update in seen
        )
    )


async def mend(pool: Pool, chat: Chat, *, is_asked: bool) -> Chat:
    """The chat, ready again. `is_asked`: a person wants the bot back, if the account can do that.

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
    """Give up a broken group, since a person wants another one to be made. Return the chat without
    it."""
    pool.chat_ids.pop(chat.tg_chat_id or TgChatId(0), None)
    await members.forget_group(pool.database, chat.id, chats.NO_GROUP)
    fresh = await chats.load_chat(pool.database, chat.id)
    assert fresh is not None
    return fresh


async def mark_broken(pool: Pool, chat: Chat, code: str) -> None:
    """Note that a person must act, and report it once for each reason (`code`)."""
    current = await chats.load_chat(pool.database, chat.id)
    if current is None or (current.state == "broken" and current.error_code == code):
        return
    if chat.tg_chat_id is None:
        await chats.save_state(pool.database, chat.id, state="broken", error_code=code)
    elif not await chats.save_broken(pool.database, chat.id, chat.tg_chat_id, code):
        return  # it was deleted because a person asked for it
    await pool.report([facts.chat_broken(chat.id, code, await pool.now())])
