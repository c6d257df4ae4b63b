"""Requests that are not sent again after a broken line.

The client library sends whatever had no answer once more when it is connected again, though it may
have taken effect: a second group, or a second call, which ends the first. Whoever asked is told
that the answer is lost instead, and looks at Telegram before asking again. What nobody waits for
any more (no answer came in time) is not sent again either.
"""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient

from .gate import method_of

_ONCE = {"channels.createChannel", "phone.createGroupCall"}


def keep_from_repeating(client: TelegramClient) -> None:
    """Let these requests of the client fail with ConnectionError when its line breaks."""
    sender: Any = client._sender
    reconnect = sender._reconnect

    async def reconnected(last_error: BaseException | None) -> None:
        for message_id, sent in list(sender._pending_state.items()):
            is_given_up = sent.future.done()
            if is_given_up or method_of(sent.request) in _ONCE:
                del sender._pending_state[message_id]
                if not is_given_up:
                    sent.future.set_exception(ConnectionError("the answer is lost"))
        await reconnect(last_error)

    sender._reconnect = reconnected
