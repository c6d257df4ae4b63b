"""A bare client: an unmodified Telethon that lets in whoever asks, one after the other, and does
nothing else. A program of its own, so that its CPU can be measured apart from the server's.

On standard input it is given one JSON object: `session` (as `StringSession` has it), `host`,
`port`, `key` (the server's, PEM), `group` (id), `count`. It says "ready", and its CPU in seconds
once so many are in.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from telethon import TelegramClient, events, functions, types
from telethon.crypto import rsa
from telethon.sessions import StringSession


async def let_in(told: dict) -> float:
    rsa.add_key(told["key"], old=False)
    client = TelegramClient(StringSession(told["session"]), 1, "sandbox")
    asking: asyncio.Queue[int] = asyncio.Queue()

    async def note(update: object) -> None:
        if isinstance(update, types.UpdateBotChatInviteRequester):
            asking.put_nowait(update.user_id)

    client.add_event_handler(note, events.Raw)
    await client.connect()
    await client.get_me()
    [group] = (
        await client(functions.channels.GetChannelsRequest([types.InputChannel(told["group"], 0)]))
    ).chats
    print("ready", flush=True)
    user_id = await asking.get()
    began = time.process_time()
    for left in reversed(range(told["count"])):
        user = await client.get_input_entity(types.PeerUser(user_id))
        await client(functions.messages.HideChatJoinRequestRequest(group, user, approved=True))
        if left:
            user_id = await asking.get()
    took = time.process_time() - began
    await client.disconnect()
    return took


if __name__ == "__main__":
    print(asyncio.run(let_in(json.loads(sys.stdin.readline()))), flush=True)
