"""The control API: make accounts, read codes, look, order faults. For tests and the demo.

It listens on loopback only and knows no logins: whoever reaches it owns this Telegram. Bad input
is answered with status 400 and `{"error": "…"}`, something unknown with 404.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from aiohttp import web

from ..errors import RpcError
from ..sandbox import Sandbox
from ..world.people import User, digits
from .pocket import Pockets
from .shown import call_shown, chat_shown, user_shown

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
                web.get("/codes/{phone}", self._json(self._code)),
                web.get("/chats", self._json(self._chats)),
                web.get("/chats/{id}", self._json(self._chat)),
                web.get("/calls", self._json(self._calls)),
                web.get("/log", self._json(self._log)),
                web.get("/faults", self._json(self._faults)),
                web.post("/faults", self._json(self._add_fault)),
                web.delete("/faults", self._json(self._clear_faults)),
                web.post("/connections/drop", self._json(self._drop)),
                web.post("/sessions/revoke", self._json(self._revoke)),
                web.get("/phones/{id}", self._json(self._phone)),
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
        """Any of first_name, last_name, username, lang_code, deleted, banned, invitable, password."""
        user = self._user(request.match_info["id"])
        body = await _body(request)
        allowed = {
            *("first_name", "last_name", "username", "lang_code"),
            *("deleted", "banned", "invitable", "password"),
        }
        if unknown := set(body) - allowed:
            raise _bad(f"unknown fields: {', '.join(sorted(unknown))}")
        for name, value in body.items():
            setattr(user, name, value)
        return user_shown(user)

    def _code(self, request: web.Request) -> Answer:
        phone = digits(request.match_info["phone"])
        code = self._world.login_codes.get(phone)
        if code is None:
            raise _unknown(f"no code was sent to {phone}")
        return {"phone": phone, "code": code}

    # Looking

    def _health(self, _request: web.Request) -> Answer:
        """`unimplemented` and `crashes` must be empty when all went well."""
        server = self._sandbox.server
        return {
            "ok": not server.crashes and not server.unimplemented,
            "unimplemented": server.unimplemented,
            "crashes": server.crashes,
            "connections": len(server.connections),
        }

    def _chats(self, _request: web.Request) -> Answer:
        return [chat_shown(self._world, chat) for chat in self._world.channels.values()]

    def _chat(self, request: web.Request) -> Answer:
        chat = self._world.channels.get(_number(request.match_info["id"]))
        if chat is None:
            raise _unknown("there is no such chat")
        return chat_shown(self._world, chat, whole=True)

    def _calls(self, _request: web.Request) -> Answer:
        return [call_shown(self._world, call) for call in self._world.calls.values()]

    def _log(self, request: web.Request) -> Answer:
        """The last requests; `?method=…` only those of one method."""
        method = request.query.get("method")
        return [
            {"method": one.method, "user_id": one.user_id, "error": one.error}
            for one in self._sandbox.server.journal
            if method in (None, one.method)
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


def _file(name: str, content_type: str) -> web.Response:
    text = (files(__package__) / name).read_text("utf-8")
    return web.Response(text=text, content_type=content_type, charset="utf-8")
