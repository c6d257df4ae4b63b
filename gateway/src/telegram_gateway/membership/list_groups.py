"""The groups of the user account that a chat could be bound to, for the person who chooses one."""

from __future__ import annotations

from typing import Any

from telegram_gateway.core.commands import Command
from telegram_gateway.pool import Work
from telegram_gateway.telegram import groups


async def list_groups(work: Work, _command: Command) -> dict[str, Any]:
    """Do a `list_groups`. Return its result. Raises TelegramError."""
    return {"groups": await groups.list_own(work.pool.accounts.user)}
