"""The control API: make accounts, read codes, look, order faults. For tests and the demo.

It listens on loopback only and knows no logins: whoever reaches it owns this Telegram. Bad input
is answered with status 400 and `{"error": "…"}`, something unknown with 404.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any

from aiohttp import web
from aiohttp.helpers import content_disposition_header

from ..errors import RpcError
from ..sandbox import Sandbox
from ..services.codes import WAYS
from ..world import calling, membership
from ..world.calls import GroupCall
from ..world.channels import Channel
from ..world.people import User, digits
from ..world.renaming import change_user
from ..world.world import World
from .acts import play
from .pocket import Pockets
from .shown import call_shown, chat_shown, log_shown, user_shown

Answer = dict[str, Any] | list[Any]


class Control:
    """The routes, bound to one sandbox. `app` is served by `serve`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._pockets = Pockets(sandbox)
        self.app = web.Application(middlewares=[_plain_errors])
        self.app.add_routes(
            [
                web.get("/health", self._json(self._health)),
                web.get("/users", self._json(self._users)),
                web.post("/users", self._json(self._add_user)),
                web.post("/bots", self._json(self._add_bot)),
                web.patch("/users/{id}", self._json(self._change_user)),
                web.patch("/profile", self._json(self._change_profile)),
                web.post("/users/{id}/contacts", self._json(self._befriend)),
                web.get("/codes/{phone}", self._json(self._code)),
                web.get("/chats", self._json(self._chats)),
                web.get("/chats/{id}", self._json(self._chat)),
                web.get("/chats/{id}/log", self._json(self._admin_log)),
                web.post("/chats/{id}/crowd", self._json(self._add_crowd)),
                web.post("/chats/{id}/live", self._json(self._live_story)),
                web.get("/calls", self._json(self._calls)),
                web.patch("/calls/{id}", self._json(self._change_call)),
                web.post("/calls/{id}/acts", self._json(self._script_call)),
                web.get("/log", self._json(self._log)),
                web.get("/faults", self._json(self._faults)),
                web.post("/faults", self._json(self._add_fault)),
                web.post("/updates/forget", self._json(self._forget_updates)),
                web.delete("/faults", self._json(self._clear_faults)),
                web.post("/connections/drop", self._json(self._drop)),
                web.post("/sessions/revoke", self._json(self._revoke)),
                web.get("/phones/{id}", self._json(self._phone)),
                web.get("/phones/{id}/files/{chat}/{message}", self._file),
                web.post("/phones/{id}/{action}", self._json(self._act)),
                web.get("/", _page),
                web.get("/phone.js", _script),
                web.get("/phone.css", _style),
            ]
        )
        self.app.on_cleanup.append(self._pockets.close)

    def _json(
        self, function: Callable[[web.Request], Awaitable[Answer] | Answer]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            answer = function(request)
            if isinstance(answer, Awaitable):
                answer = await answer
            return web.json_response(answer)

        return handler

    # People

    def _users(self, _request: web.Request) -> Answer:
        return [user_shown(user) for user in self._world.users.values()]

    async def _add_user(self, request: web.Request) -> Answer:
        """{"first_name", "last_name"?, "phone"?, "username"?, "lang_code"?, "password"?}"""
        body = await _body(request)
        username = body.get("username")
        if username and self._world.user_by_username(username):
            raise _bad(f"the username {username} is taken")
        names = ("last_name", "phone", "username", "lang_code", "password")
        fields = {name: body[name] for name in names if body.get(name)}
        return user_shown(self._world.add_user(_required(body, "first_name"), **fields))

    async def _add_bot(self, request: web.Request) -> Answer:
        """{"first_name", "username", "token"?}"""
        body = await _body(request)
        bot = self._world.add_bot(
            _required(body, "first_name"),
            username=_required(body, "username"),
            token=body.get("token"),
        )
        return {**user_shown(bot), "token": bot.token}

    async def _change_user(self, request: web.Request) -> Answer:
        """Any of first_name, last_name, username, lang_code, deleted, banned, invitable,
        invitable_by_contacts, findable, password, password_hint, code_by, email, dc_id, frozen.
        With frozen also `frozen_for_s` (after which the account is deleted) and `appeal_url`."""
        user = self._user(request.match_info["id"])
        body = await _body(request)
        _freeze(self._world, user, body)
        allowed = {
            *("first_name", "last_name", "username", "lang_code"),
            *(
                "deleted",
                "banned",
                "invitable",
                "invitable_by_contacts",
                "findable",
                "password",
                "password_hint",
            ),
            *("code_by", "email"),
            "dc_id",
        }
        if unknown := set(body) - allowed:
            raise _bad(f"unknown fields: {', '.join(sorted(unknown))}")
        if body.get("code_by", "app") not in WAYS:
            raise _bad(f"code_by is one of {', '.join(WAYS)}")
        change_user(self._world, user, body)
        return user_shown(user)

    async def _change_profile(self, request: web.Request) -> Answer:
        """Any parameters of `Profile`: how strict this Telegram is from now on. The old values."""
        body = await _body(request)
        before = self._world.profile
        self._world.profile = before.but(**body)
        return {name: getattr(before, name) for name in body}

    async def _befriend(self, request: web.Request) -> Answer:
        """{"user"}: the two have each other in their address books."""
        user = self._user(request.match_info["id"])
        other = self._user(str(_required(await _body(request), "user")))
        user.contacts.add(other.id)
        other.contacts.add(user.id)
        return user_shown(user)

    def _code(self, request: web.Request) -> Answer:
        phone = digits(request.match_info["phone"])
        code = self._world.login_codes.get(phone)
        if code is None:
            raise _unknown(f"no code was sent to {phone}")
        return {"phone": phone, "code": code}

    # Looking

    def _health(self, _request: web.Request) -> Answer:
        """`wrong` is empty when all went well."""
        server = self._sandbox.server
        return {
            "ok": not server.wrong(),
            "wrong": server.wrong(),
            "connections": len(server.connections),
        }

    def _chats(self, _request: web.Request) -> Answer:
        return [chat_shown(self._world, chat) for chat in self._world.channels.values()]

    def _chat(self, request: web.Request) -> Answer:
        return chat_shown(self._world, self._channel(request), whole=True)

    def _admin_log(self, request: web.Request) -> Answer:
        """The group's admin log, oldest first."""
        return log_shown(self._world, self._channel(request))

    def _channel(self, request: web.Request) -> Channel:
        chat = self._world.channels.get(_number(request.match_info["id"]))
        if chat is None:
            raise _unknown("there is no such chat")
        return chat

    async def _add_crowd(self, request: web.Request) -> Answer:
        """{"people"}: so many new people come in by themselves, without telephones."""
        chat = self._world.channels.get(_number(request.match_info["id"]))
        if chat is None:
            raise _unknown("there is no such chat")
        count = int(_required(await _body(request), "people"))
        for number in range(1, count + 1):
            membership.enter(self._world, chat, self._world.add_user("Passant", str(number)))
        return chat_shown(self._world, chat)

    def _live_story(self, request: web.Request) -> Answer:
        """The group streams a live story: a call that does not count as a call of its members."""
        chat = self._channel(request)
        creator = self._world.users[chat.creator_id]
        return call_shown(self._world, calling.live_story(self._world, chat, creator))

    def _calls(self, _request: web.Request) -> Answer:
        return [call_shown(self._world, call) for call in self._world.calls.values()]

    async def _change_call(self, request: web.Request) -> Answer:
        """{"listeners_hidden"}: whether only those who speak are shown from now on."""
        call = self._call(request)
        calling.hide_listeners(self._world, call, bool((await _body(request))["listeners_hidden"]))
        return call_shown(self._world, call)

    async def _script_call(self, request: web.Request) -> Answer:
        """{"acts": [[after_s, "join"|"leave"|"speak"|"mute", user], …]}: what these accounts will
        do, so many seconds from now; joining again is done with another device."""
        call = self._call(request)
        acts = [
            (float(after_s), str(what), self._user(str(user_id)))
            for after_s, what, user_id in (await _body(request)).get("acts") or []
        ]
        play(self._world, call, acts)
        return {"acts": len(acts)}

    def _call(self, request: web.Request) -> GroupCall:
        call = self._world.calls.get(_number(request.match_info["id"]))
        if call is None:
            raise _unknown("there is no such call")
        return call

    def _log(self, request: web.Request) -> Answer:
        """The last requests; `?method=…`: only those of one method, `?after=…`: only requests with
        a higher number. `at`: when each was done, seconds since 1970."""
        method = request.query.get("method")
        after = _number(request.query.get("after", "0"))
        return [
            {
                "number": one.number,
                "method": one.method,
                "user_id": one.user_id,
                "chat_id": one.chat_id,
                "error": one.error,
                "at": one.at,
            }
            for one in self._sandbox.server.journal
            if method in (None, one.method) and one.number > after
        ]

    # Faults

    def _faults(self, _request: web.Request) -> Answer:
        return [
            {"kind": use.kind, "method": use.method, "user_id": use.user_id}
            for use in self._sandbox.faults.used
        ]

    async def _add_fault(self, request: web.Request) -> Answer:
        """{"kind", "method"?, "user"?, "chat"?, "times"?, "skip"?, "seconds"?, "code"?, "message"?}

        `times: null` means until removed; `code` and `message` are those of the kind "error".
        """
        body = await _body(request)
        kind = _required(body, "kind")
        known = ("user", "chat", "times", "skip", "seconds")
        options = {name: body[name] for name in known if name in body}
        if kind == "error":
            options["error"] = RpcError(int(body.get("code", 400)), _required(body, "message"))
        self._sandbox.faults.add(kind, body.get("method"), **options)
        return {"active": len(self._sandbox.faults.active)}

    def _clear_faults(self, _request: web.Request) -> Answer:
        self._sandbox.faults.clear()
        return {"active": 0}

    async def _forget_updates(self, request: web.Request) -> Answer:
        """{"user"?}: drop the updates that nobody has received yet, as for an account that was away
        too long. With an account: only its own, and Telegram says that they are lost."""
        user = (await _body(request)).get("user")
        self._world.hub.forget(is_told=user is not None, user_id=user)
        return {}

    async def _drop(self, request: web.Request) -> Answer:
        """{"user"?}: cut the connections of one account, or all."""
        body = await _body(request)
        return {"dropped": self._sandbox.server.drop(body.get("user"))}

    async def _revoke(self, request: web.Request) -> Answer:
        """{"user", "error"?}: end all logins of an account."""
        body = await _body(request)
        user = self._user(str(_required(body, "user")))
        error = body.get("error", "AUTH_KEY_UNREGISTERED")
        self._sandbox.server.revoke_user(user.id, error)
        return {"revoked": user.id}

    # The phone page's own calls

    async def _phone(self, request: web.Request) -> Answer:
        return await self._pockets.look(self._user(request.match_info["id"]))

    async def _act(self, request: web.Request) -> Answer:
        user = self._user(request.match_info["id"])
        return await self._pockets.act(user, request.match_info["action"], await _body(request))

    async def _file(self, request: web.Request) -> web.Response:
        """The file of a message, downloaded by the person's own phone."""
        user = self._user(request.match_info["id"])
        where = _number(request.match_info["chat"]), _number(request.match_info["message"])
        found = await self._pockets.file(user, *where)
        if found is None:
            raise _unknown("there is no file in that message")
        name, kind, content = found
        disposition = content_disposition_header("attachment", filename=name)
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type=kind, headers=headers)

    def _user(self, text: str) -> User:
        user = self._world.users.get(_number(text))
        if user is None:
            raise _unknown(f"there is no account {text}")
        return user


# Reading requests


async def _body(request: web.Request) -> dict[str, Any]:
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise _bad("the body is not JSON") from None
    if not isinstance(body, dict):
        raise _bad("the body is not a JSON object")
    return body


def _required(body: dict[str, Any], name: str) -> Any:
    if not body.get(name):
        raise _bad(f"{name} is missing")
    return body[name]


def _number(text: str) -> int:
    if not text.isdigit():
        raise _bad(f"{text} is not a number")
    return int(text)


def _bad(text: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": text}), content_type="application/json")


def _unknown(text: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(text=json.dumps({"error": text}), content_type="application/json")


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ValueError, TypeError) as error:
        raise _bad(str(error)) from error


# The page


async def _page(_request: web.Request) -> web.StreamResponse:
    return _file("phone.html", "text/html")


async def _script(_request: web.Request) -> web.StreamResponse:
    return _file("phone.js", "text/javascript")


async def _style(_request: web.Request) -> web.StreamResponse:
    return _file("phone.css", "text/css")


def _freeze(world: World, user: User, body: dict[str, Any]) -> None:
    """Freeze or unfreeze the account as the body says, and take that out of the body."""
    for_s, url = body.pop("frozen_for_s", None), body.pop("appeal_url", None)
    if "frozen" in body:
        now = world.clock.now() if body.pop("frozen") else None
        user.frozen_since, user.appeal_url = now, url if now else None
        user.frozen_until = now + timedelta(seconds=float(for_s)) if now and for_s else None


def _file(name: str, content_type: str) -> web.Response:
    text = (files(__package__) / name).read_text("utf-8")
    return web.Response(text=text, content_type=content_type, charset="utf-8")
