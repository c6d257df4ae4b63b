"""E7: the steps of a plan, done on Telegram by the bot; and messages.

Each function does one thing and raises TelegramError; "already so" counts as done.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

from telethon import Button, TelegramClient, functions, types
from telethon.extensions import html

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
from telegram_gateway.database.attachments import Attachment
from telegram_gateway.telegram.errors import AlreadyDone, Passing, Wait, translated
from telegram_gateway.telegram.peers import person_for
from telegram_gateway.telegram.seen import MemberSeen
from telegram_gateway.telegram.updates import members_of

# Official clients remove by a ban of a minute that is lifted at once: removal is not a ban.
_REMOVAL = timedelta(seconds=60)


async def do_step(bot: TelegramClient, channel: Any, step: Step) -> tuple[MemberSeen, ...]:
    """Do one step of a plan. After a removal or a ban: how people stand by Telegram's answers, which
    may say nothing. Raises TelegramError."""
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
    return tuple(one for answer in answers for one in members_of(answer))


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


def plain(payload: dict[str, Any]) -> str:
    """The words of a `send` as Telegram stores them: without tags, and without space around."""
    return str(html.parse(payload["text"])[0]).strip()


def _markup(payload: dict[str, Any]) -> types.ReplyInlineMarkup | None:
    rows = [
        types.KeyboardButtonRow([_button(one) for one in row])
        for row in payload.get("buttons") or []
    ]
    return types.ReplyInlineMarkup(rows) if rows else None


def _button(one: dict[str, str]) -> Any:
    if "url" in one:
        return Button.url(one["text"], one["url"])
    return Button.inline(one["text"], one["data"].encode())


async def edit(bot: TelegramClient, peer: Any, payload: dict[str, Any], message_id: int) -> None:
    """Let an earlier message of the bot's say this instead. Raises TelegramError."""
    text, entities = html.parse(payload["text"])
    with contextlib.suppress(AlreadyDone), translated():
        await bot(
            functions.messages.EditMessageRequest(
                peer=peer,
                id=message_id,
                message=text,
                entities=entities,
                no_webpage=True,
                reply_markup=_markup(payload),
            )
        )


async def answer_button(bot: TelegramClient, query_id: int) -> None:
    """Say that the bot has heard of a button. Raises TelegramError."""
    with translated():
        await bot(functions.messages.SetBotCallbackAnswerRequest(query_id, cache_time=0))


async def _uploaded(bot: TelegramClient, file: Attachment) -> types.InputMediaUploadedDocument:
    uploaded = await bot.upload_file(file.content, file_name=file.name)
    name = types.DocumentAttributeFilename(file.name)
    return types.InputMediaUploadedDocument(
        file=uploaded, mime_type=file.mime_type, attributes=[name], force_file=True
    )


async def send(
    bot: TelegramClient,
    peer: Any,
    payload: dict[str, Any],
    random_id: int,
    file: Attachment | None = None,
) -> int | None:
    """Send a message of the outbox; its id, or None when Telegram says it was sent before.

    `payload` is that of a `send` in docs/contract.md; its text stands below the `file`, where there
    is one. Raises TelegramError.
    """
    text, entities = html.parse(payload["text"])
    said: dict[str, Any] = {
        "peer": peer,
        "message": text,
        "entities": entities,
        "random_id": random_id,
        "silent": bool(payload.get("silent")),
        "reply_markup": _markup(payload),
    }
    try:
        with translated():
            if file is None:
                request = functions.messages.SendMessageRequest(no_webpage=True, **said)
            else:
                media = await _uploaded(bot, file)
                request = functions.messages.SendMediaRequest(media=media, **said)
            answer = await bot(request)
    except AlreadyDone:
        return None
    if isinstance(answer, types.UpdateShortSentMessage):
        return answer.id
    for update in answer.updates:
        if isinstance(update, types.UpdateMessageID) and update.random_id == random_id:
            return update.id
    return None
