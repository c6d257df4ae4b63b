"""The bot's messages: sent, edited, and its buttons answered.

`payload` is that of a `send` in docs/dev/contract.md: its text in Telegram's HTML, its rows of
buttons.
"""

from __future__ import annotations

import contextlib
from typing import Any

from telethon import Button, TelegramClient, functions, types
from telethon.extensions import html

from telegram_gateway.core.model import Attachment
from telegram_gateway.telegram.errors import AlreadyDone, translated


def plain_text(payload: dict[str, Any]) -> str:
    """The text of a `send` as Telegram stores it: without tags, and without space around."""
    return str(html.parse(payload["text"])[0]).strip()


def _markup(payload: dict[str, Any]) -> types.ReplyInlineMarkup | None:
    rows = [
        types.KeyboardButtonRow([_button(button) for button in row])
        for row in payload.get("buttons") or []
    ]
    return types.ReplyInlineMarkup(rows) if rows else None


def _button(button: dict[str, str]) -> Any:
    if "url" in button:
        return Button.url(button["text"], button["url"])
    return Button.inline(button["text"], button["data"].encode())


async def edit(bot: TelegramClient, peer: Any, payload: dict[str, Any], message_id: int) -> None:
    """Replace the text and the buttons of an earlier message of the bot's. If they are as wanted
    already, that counts as done. Raises TelegramError."""
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
    """Answer a pressed button, so that the person's app no longer shows that it waits. Raises
    TelegramError."""
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
    """Send a message. Return its id, or None when Telegram says that it was sent before. The text
    stands below the `file`, where there is one. Raises TelegramError; after Passing it may have
    been sent."""
    text, entities = html.parse(payload["text"])
    arguments: dict[str, Any] = {
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
                request = functions.messages.SendMessageRequest(no_webpage=True, **arguments)
            else:
                media = await _uploaded(bot, file)
                request = functions.messages.SendMediaRequest(media=media, **arguments)
            answer = await bot(request)
    except AlreadyDone:
        return None
    if isinstance(answer, types.UpdateShortSentMessage):
        return int(answer.id)
    for update in answer.updates:
        if isinstance(update, types.UpdateMessageID) and update.random_id == random_id:
            return int(update.id)
    return None
