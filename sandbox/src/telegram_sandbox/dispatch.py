"""Registry of handlers by method, and the context that each is given.

A service module holds functions like

    @handles(functions.channels.CreateChannelRequest)
    async def create_channel(ctx: Context, request) -> types.Updates: ...

A handler returns a TL object, a list (of TL objects, or of ints for the few methods that answer
with bare numbers), a bool or an int; or it raises `RpcError`. All of the world is changed in the
server's loop only, and a handler that does not await changes it in one go.

Who may call a method, and the errors that it may answer with, are in the table of `facts`.

A handler tells the hub (`ctx.hub`) of what changed. What the caller itself should see of it is kept
back and goes into the answer by `return ctx.updates()`; where the method answers with something
else, it is pushed to the caller after the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from telethon.tl import TLObject, TLRequest, types

from . import facts
from .errors import RpcError
from .logins import Logins
from .world.people import User
from .world.updates import UpdateHub
from .world.world import World

HandlerFunction = Callable[["Context", Any], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Handler:
    function: HandlerFunction
    row: facts.Row
    login: bool  # whether one must be logged in


REGISTRY: dict[int, Handler] = {}  # by constructor id of the request


def handles(
    *request_classes: type[TLRequest], login: bool = True
) -> Callable[[HandlerFunction], HandlerFunction]:
    """Register the function for these requests. `login=False`: also before login (`ctx.user` may be
    None). Raises ValueError for a method that is not in the table of facts."""

    def register(function: HandlerFunction) -> HandlerFunction:
        for request_class in request_classes:
            constructor = request_class.CONSTRUCTOR_ID
            name = method_name(request_class)
            if constructor in REGISTRY:
                raise ValueError(f"{name} is handled twice")
            row = facts.methods().get(name)
            if row is None:
                raise ValueError(
                    f"{name} has no row in the table of facts: run script/telegram-methods, or add "
                    "one with its source to facts/corrections.json"
                )
            REGISTRY[constructor] = Handler(function=function, row=row, login=login)
        return function

    return register


def method_name(request: TLRequest | type[TLRequest]) -> str:
    """The name in the TL schema: `channels.inviteToChannel`."""
    request_class = request if isinstance(request, type) else type(request)
    name = request_class.__name__.removesuffix("Request")
    name = name[0].lower() + name[1:]
    namespace = request_class.__module__.rpartition(".")[2]
    return name if namespace == "functions" else f"{namespace}.{name}"


class Keys(Protocol):
    """The part of the server that handlers need: keys, and the users logged in with them."""

    host: str
    port: int
    logins: Logins

    @property
    def keys(self) -> Mapping[int, Any]:
        """The keys by their unsigned ids."""
        ...

    def keys_of(self, user_id: int) -> frozenset[int]: ...

    def authorise(self, auth_key_id: int, user_id: int) -> None: ...

    def unauthorise(self, auth_key_id: int) -> None: ...

    def revoke(
        self, auth_key_id: int, error: str = "AUTH_KEY_UNREGISTERED", *, code: int | None = None
    ) -> None: ...

    def push_to_key(self, auth_key_id: int, update: TLObject) -> None: ...


@dataclass(kw_only=True)
class Context:
    """The request that a handler answers."""

    server: Keys
    world: World
    session: object  # the answer goes there
    auth_key_id: int  # unsigned, 64 bits
    layer: int
    _user: User | None  # None before login
    own: list[TLObject] = field(default_factory=list)  # the caller's own updates, not yet answered
    answered: bool = False  # what happens later is pushed, even if this request set it off

    @property
    def user(self) -> User:
        """The caller. Handlers with `login=False` look at `maybe_user`."""
        if self._user is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return self._user

    @property
    def maybe_user(self) -> User | None:
        return self._user

    @property
    def hub(self) -> UpdateHub:
        return self.world.hub

    def updates(self, *more: TLObject) -> types.Updates:
        """The answer for methods that return `Updates`: the updates that the hub kept back, and
        `more`."""
        updates = [*self.own, *more]
        self.own = []
        where = self.world.profile.own_members
        if where != "answer":
            later = [one for one in updates if isinstance(one, types.UpdateChannelParticipant)]
            updates = [one for one in updates if one not in later]
            self.own = later if where == "pushed" else []
        return self.hub.wrap(self.user, updates)

    def take_own(self) -> list[TLObject]:
        """For answers that carry the `pts` in another way (`messages.AffectedMessages`)."""
        own, self.own = self.own, []
        return own


def check_allowed(handler: Handler, user: User | None) -> None:
    """Raise Telegram's error for a kind of account that may not call the method."""
    if user is None:
        if handler.login:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return
    if user.is_bot and not handler.row.bots_may:
        raise RpcError(400, "BOT_METHOD_INVALID")
    if not user.is_bot and not handler.row.users_may:
        raise RpcError(400, "USER_BOT_REQUIRED")
