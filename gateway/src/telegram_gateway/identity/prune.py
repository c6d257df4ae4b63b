"""Deletes what is older than the school wants it kept, in the tables that the gateway alone
writes."""

from __future__ import annotations

from typing import Any

from telegram_gateway.core.commands import Command
from telegram_gateway.database import prune as stored
from telegram_gateway.pool import Work
from telegram_gateway.telegram.errors import Refused


async def prune(work: Work, command: Command) -> dict[str, Any]:
    """Carry out a `prune`. Return the number of rows deleted, by kind. Raises Refused for an
    invalid number of days."""
    days = stored.days_wanted(command.payload)
    if days is None:
        raise Refused("bad_payload")
    return {**await stored.delete_old(work.pool.database, work.pool.name, days)}
