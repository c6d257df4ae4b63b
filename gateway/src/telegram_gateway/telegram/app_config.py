"""What Telegram's configuration says of an account."""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.telegram.errors import translated


async def app_config(user: TelegramClient) -> dict[str, object]:
    """The values of `help.getAppConfig` that are numbers or texts; users alone may ask.

    Raises TelegramError.
    """
    with translated():
        answer = await user(functions.help.GetAppConfigRequest(hash=0))
    entries: list[Any] = getattr(getattr(answer, "config", None), "value", None) or []
    return {
        one.key: one.value.value
        for one in entries
        if isinstance(one.value, types.JsonNumber | types.JsonString)
    }
