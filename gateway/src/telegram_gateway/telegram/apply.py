"""The steps of a plan, done on Telegram by the bot. "Already so" counts as done."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core.model import (
    Approve,
    Ban,
    Decline,
    EditTitle,
    LiftBan,
    RemoveMember,
    SetRole,
    Step,
    TgUserId,
)
from telegram_gateway.core.rights import OF_ROLE
from telegram_gateway.telegram.errors import AlreadyDone, Passing, Wait, translated
from telegram_gateway.telegram.peers import person_for
from telegram_gateway.telegram.seen import MemberSeen
from telegram_gateway.telegram.updates import members_of

# Official clients remove by a ban of a minute that is lifted at once: removal is not a ban.
_REMOVAL = timedelta(seconds=60)


async def do_step(bot: TelegramClient, channel: Any, step: Step) -> tuple[MemberSeen, ...]:
    """Do one step of a plan. After a removal or a ban, return how people stand by Telegram's
    answers, which may say nothing. Raises TelegramError."""
    answers: list[Any] = []
    with contextlib.suppress(AlreadyDone), translated():
        match step:
            case Approve(tg_user_id=user):
                await _answer_request(bot, channel, user, approved=True)
            case Decline(tg_user_id=user):
                await _answer_request(bot, channel, user, approved=False)
            case RemoveMember(tg_user_id=user):
                until = datetime.now(UTC) + _REMOVAL
                answers += [await _edit_banned(bot, channel, user, view_messages=True, until=until)]
                with contextlib.suppress(Wait, Passing), translated():  # else it ends by itself
                    answers += [
                        await _edit_banned(bot, channel, user, view_messages=False, until=None)
                    ]
            case Ban(tg_user_id=user):
                answers += [await _edit_banned(bot, channel, user, view_messages=True, until=None)]
            case LiftBan(tg_user_id=user):
                await _edit_banned(bot, channel, user, view_messages=False, until=None)
            case SetRole(tg_user_id=user, role=role):
                await bot(
                    functions.channels.EditAdminRequest(
                        channel,
                        await person_for(bot, user),
                        types.ChatAdminRights(**dict.fromkeys(OF_ROLE[role], True)),
                        rank="",
                    )
                )
            case EditTitle(title=title):
                await bot(functions.channels.EditTitleRequest(channel, title))
    return tuple(member for answer in answers for member in members_of(answer))


async def _answer_request(
    bot: TelegramClient, channel: Any, user: TgUserId, *, approved: bool
) -> Any:
    return await bot(
        functions.messages.HideChatJoinRequestRequest(
            peer=channel,
            user_id=await person_for(bot, user),
            approved=approved,
        )
    )


async def _edit_banned(
    bot: TelegramClient, channel: Any, user: TgUserId, *, view_messages: bool, until: Any
) -> Any:
    return await bot(
        functions.channels.EditBannedRequest(
            channel,
            await person_for(bot, user),
            types.ChatBannedRights(until_date=until, view_messages=view_messages),
        )
    )
