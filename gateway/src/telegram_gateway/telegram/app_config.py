"""Telegram's configuration for an account."""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.telegram.errors import translated


async def app_config(user: TelegramClient) -> dict[str, object]:
    """Read the values of `help.getAppConfig` that are numbers or texts. Only user accounts may ask.

    Raises TelegramError.
    """
    with translated():
        answer = await user(functions.help.GetAppConfigRequest(hash=0))
    entries: list[Any] = getattr(getattr(answer, "config", None), "value", None) or []
    return {
        entry.key: entry.value.value
        for entry in entries
        if isinstance(entry.value, types.JsonNumber | types.JsonString)
    }
