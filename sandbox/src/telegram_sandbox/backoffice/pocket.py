"""The phones that the phone page holds: one client for each person picked, over the wire.

The page never touches the world: what it shows is what a client was shown, what it does is what a
client may do.
"""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from telethon import TelegramClient, errors, functions, types
from telethon.extensions import html

from ..sandbox import Sandbox
from ..world.people import User

_MESSAGES_SHOWN = 40
_CHATS_SHOWN = 50


class Pockets:
    """A client for each person, made when their phone is first used."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._clients: dict[int, TelegramClient] = {}
        self._sources: dict[int, int] = {}  # of the call that the person is in, by user id
        self._lock = asyncio.Lock()

    async def close(self, _app: object = None) -> None:
        for client in self._clients.values():
            await client.disconnect()

    async def _client(self, user: User) -> TelegramClient:
        async with self._lock:
            client = self._clients.get(user.id)
            if client is None:
                client = self._sandbox.client(user, receive_updates=False)
                self._clients[user.id] = client
            if not client.is_connected():
                await client.connect()
            return client

    async def look(self, user: User) -> dict[str, Any]:
        """The person's chats with their newest messages, as their own client sees them."""
        client = await self._client(user)
        chats = []
        async for dialog in client.iter_dialogs(limit=_CHATS_SHOWN):
            chat: dict[str, Any] = {
                "id": dialog.entity.id,
                "title": dialog.name,
                "is_group": dialog.is_group,
                "messages": await _messages(client, dialog.entity),
                "call": None,
            }
            if dialog.is_group:
                chat.update(await self._group(client, user, dialog.entity))
            chats.append(chat)
        code = self._sandbox.world.login_codes.get(user.phone or "")
        return {"id": user.id, "name": user.name, "chats": chats, "code": code}

    async def _group(
        self, client: TelegramClient, user: User, entity: types.Channel
    ) -> dict[str, Any]:
        full = await client(functions.channels.GetFullChannelRequest(entity))
        shown: dict[str, Any] = {
            "members": full.full_chat.participants_count,
            "may_rename": bool(entity.creator or (entity.admin_rights or _NONE).change_info),
        }
        if full.full_chat.call:
            page = await client(functions.phone.GetGroupCallRequest(full.full_chat.call, limit=100))
            names = {
                one.id: " ".join(filter(None, (one.first_name, one.last_name)))
                for one in page.users
            }
            inside = [getattr(one.peer, "user_id", 0) for one in page.participants]
            shown["call"] = {
                "title": page.call.title or "",
                "people": [names.get(one, "?") for one in inside],
                "inside": user.id in inside,
            }
        return shown

    async def file(
        self, user: User, chat_id: int, message_id: int
    ) -> tuple[str, str, bytes] | None:
        """The file of a message as the person's own client downloads it: name, kind, content.
        None where there is none."""
        client = await self._client(user)
        message = await client.get_messages(await _peer(client, chat_id), ids=message_id)
        if message is None or message.document is None:
            return None
        content = await client.download_media(message, bytes)
        return message.file.name or "", message.file.mime_type, content

    async def act(self, user: User, action: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do one of `ACTIONS`. Telegram's refusals come back as `{"refused": "<NAME>"}`."""
        if action not in ACTIONS:
            raise web.HTTPNotFound(text=json.dumps({"error": f"no such action: {action}"}))
        client = await self._client(user)
        try:
            await getattr(self, f"_{action}")(client, user, body)
        except errors.RPCError as error:
            # Telethon keeps Telegram's own name only for errors that it does not know
            return {"refused": _NAMES.get(type(error)) or error.message}
        except (ValueError, KeyError) as error:
            return {"refused": str(error)}
        return {"refused": None}

    async def _write(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        await client.send_message(await _peer(client, body["chat"]), str(body["text"]))

    async def _open(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        """Open a link: one of a bot with a start parameter, or an invitation."""
        link = str(body["link"]).strip()
        if "?start=" in link:
            name, _, parameter = link.rpartition("/")[2].partition("?start=")
            bot = await client.get_input_entity(name)
            await client(functions.messages.StartBotRequest(bot, bot, parameter))
        elif "/+" in link or "joinchat/" in link:
            hash_ = link.rpartition("/")[2].lstrip("+")
            await client(functions.messages.ImportChatInviteRequest(hash_))
        else:
            raise ValueError("LINK_UNKNOWN")

    async def _press(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        """A button under a bot's message, by its row and its place there."""
        peer = await _peer(client, body["chat"])
        message = await client.get_messages(peer, ids=int(body["message"]))
        button = message.buttons[int(body["row"])][int(body["place"])]
        await client(
            functions.messages.GetBotCallbackAnswerRequest(
                peer=peer, msg_id=message.id, data=button.data
            )
        )

    async def _scan(self, client: TelegramClient, _user: User, _body: dict[str, Any]) -> None:
        """Point the camera at the QR code that somebody shows just now."""
        token = self._sandbox.server.logins.shown(self._sandbox.world.clock.time())
        if token is None:
            raise ValueError("NO_QR_CODE_SHOWN")
        await client(functions.auth.AcceptLoginTokenRequest(token))

    async def _leave(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        await client(functions.channels.LeaveChannelRequest(await _peer(client, body["chat"])))

    async def _rename(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        channel = await _peer(client, body["chat"])
        await client(functions.channels.EditTitleRequest(channel, str(body["title"])))

    # What the phone of a group's admin can do with somebody

    async def _add(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        channel = await _peer(client, body["chat"])
        person = await self._person(client, body)
        answer = await client(functions.channels.InviteToChannelRequest(channel, [person]))
        if answer.missing_invitees:
            raise ValueError("USER_PRIVACY_RESTRICTED")

    async def _remove(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        """As official apps do it: a ban of a minute that is lifted at once."""
        until = datetime.now(UTC) + timedelta(seconds=60)
        await self._edit_banned(client, body, until=until, view_messages=True)
        await self._edit_banned(client, body, until=None, view_messages=False)

    async def _ban(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        await self._edit_banned(client, body, until=None, view_messages=True)

    async def _lift_ban(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        await self._edit_banned(client, body, until=None, view_messages=False)

    async def _edit_banned(
        self, client: TelegramClient, body: dict[str, Any], *, until: Any, view_messages: bool
    ) -> None:
        rights = types.ChatBannedRights(until_date=until, view_messages=view_messages)
        channel, person = await _peer(client, body["chat"]), await self._person(client, body)
        await client(functions.channels.EditBannedRequest(channel, person, rights))

    async def _promote(self, client: TelegramClient, _user: User, body: dict[str, Any]) -> None:
        """Make somebody an admin with the rights named in `rights` (none: an admin no more)."""
        rights = types.ChatAdminRights(**dict.fromkeys(body.get("rights") or [], True))
        channel, person = await _peer(client, body["chat"]), await self._person(client, body)
        await client(functions.channels.EditAdminRequest(channel, person, rights, rank=""))

    async def _person(self, client: TelegramClient, body: dict[str, Any]) -> Any:
        """Somebody by their @name, as one finds them in the app."""
        found = self._sandbox.world.users.get(int(body["user"]))
        if found is None or not found.username:
            raise ValueError("USERNAME_NOT_OCCUPIED")
        return await client.get_input_entity(found.username)

    async def _join_call(self, client: TelegramClient, user: User, body: dict[str, Any]) -> None:
        call = await _call(client, body["chat"])
        source = self._sources[user.id] = random.randrange(1, 2**31)
        await client(
            functions.phone.JoinGroupCallRequest(
                call=call,
                join_as=types.InputPeerSelf(),
                params=types.DataJSON(json.dumps({"ssrc": source})),
                muted=True,
            )
        )

    async def _leave_call(self, client: TelegramClient, user: User, body: dict[str, Any]) -> None:
        call = await _call(client, body["chat"])
        source = self._sources.pop(user.id, 0)
        await client(functions.phone.LeaveGroupCallRequest(call, source))


ACTIONS = (
    *("write", "open", "press", "scan", "leave", "rename", "join_call", "leave_call"),
    *("add", "remove", "ban", "lift_ban", "promote"),
)
_NONE = types.ChatAdminRights()
_NAMES = {kind: name for name, kind in errors.rpc_errors_dict.items()}


async def _peer(client: TelegramClient, chat_id: Any) -> Any:
    """One of the person's chats."""
    for _ in range(2):
        for peer in (types.PeerChannel(int(chat_id)), types.PeerUser(int(chat_id))):
            try:
                return client.session.get_input_entity(peer)
            except ValueError:
                continue
        await client.get_dialogs(limit=_CHATS_SHOWN)
    raise ValueError("CHAT_UNKNOWN")


async def _call(client: TelegramClient, chat_id: Any) -> types.InputGroupCall:
    full = await client(functions.channels.GetFullChannelRequest(await _peer(client, chat_id)))
    if full.full_chat.call is None:
        raise ValueError("GROUPCALL_INVALID")
    return full.full_chat.call


async def _messages(client: TelegramClient, entity: Any) -> list[dict[str, Any]]:
    shown = []
    async for message in client.iter_messages(entity, limit=_MESSAGES_SHOWN):
        sender = message.sender
        name = getattr(sender, "first_name", None) or ""
        shown.append(
            {
                "id": message.id,
                "out": bool(message.out),
                "sender": " ".join(filter(None, (name, getattr(sender, "last_name", None)))),
                "date": message.date.isoformat(),
                "text": message.raw_text if message.action is None else None,
                # the same with its formatting, as HTML of Telegram's few tags
                "html": html.unparse(message.raw_text or "", message.entities or []),
                "action": type(message.action).__name__ if message.action else None,
                "detail": getattr(message.action, "title", None),
                "duration": getattr(message.action, "duration", None),
                "file": message.file and {"name": message.file.name, "size": message.file.size},
                "buttons": [
                    [{"text": button.text, "url": button.url} for button in row]
                    for row in message.buttons or []
                ],
            }
        )
    return shown[::-1]
