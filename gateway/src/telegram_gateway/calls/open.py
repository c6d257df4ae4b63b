"""`open_call`: a lesson's call is begun, or the one that runs already is taken for it."""

from __future__ import annotations

from typing import Any

from telegram_gateway.calls import steps
from telegram_gateway.core.commands import Command, call_random_id
from telegram_gateway.database import intents, outbox
from telegram_gateway.pool import Work


async def open_call(work: Work, command: Command) -> dict[str, Any]:
    """Do an `open_call`: start the announced call, create one, or take the one that runs.

    Gives its result: `tg_call_id`, `adopted` (somebody else began it), and what `set_up` gives.
    Raises TelegramError.
    """
    pool, running = work.pool, work.calls.running
    chat = await steps.load_chat_with_group(pool, command.chat_id)
    key = command.key or ""
    prefix = f"open_call:{key}:"
    found = await running.read(chat)
    unfinished = await intents.unfinished(pool.database, prefix)
    attempt = await intents.attempt_of(pool.database, prefix)
    # ours though it runs: of a process that died, or of a turn that did not come to its end
    is_ours = unfinished is not None or (attempt > 0 and chat.call_key == key)
    is_running = found is not None and not found.is_scheduled
    if found is None or found.is_scheduled:
        random_id = call_random_id(pool.database.mark, key, attempt)
        intent = f"{prefix}{attempt}"
        call = await steps.start_call(pool, chat, found, command, intent, random_id)
        is_ours = True
    else:
        call = found.call
        if unfinished is not None:
            await intents.end(pool.database, unfinished)
    await running.opened(chat, call, key, is_adopted=not is_ours, is_found=is_running)
    await outbox.look_at_end(pool.database, chat.id)
    result = {"tg_call_id": call.id, "adopted": not is_ours}
    return result | await steps.set_up(pool, chat, call, command)
