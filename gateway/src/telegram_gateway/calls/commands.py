"""Handlers of the commands that open and close a call."""

from __future__ import annotations

from typing import Any

from telegram_gateway.core.commands import Command
from telegram_gateway.pool import Work


async def open_call(work: Work, command: Command) -> dict[str, Any]:
    """Open the chat's call, or adopt the one that runs; see docs/dev/contract.md. Raises
    TelegramError."""
    return await work.calls.open_call(command)


async def close_call(work: Work, command: Command) -> dict[str, Any]:
    """Close the chat's call. Raises TelegramError, and PeopleStillTalk while it has to stay
    open."""
    return await work.calls.close_call(command)
