"""From a query to its answer: wrappers, faults, rights, the handler, the `rpc_result`."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from telethon.tl import TLObject, TLRequest

from .. import facts, tl
from ..dispatch import REGISTRY, Context, Keys, check_allowed, method_name
from ..errors import RpcError
from ..faults import Fault, Faults, chat_of
from ..standing import check_not_frozen

from ..world.caller import CALLER
from ..world.people import User
from ..world.world import World
from .session import AuthKey, Query, Session

log = logging.getLogger(__name__)


class Host(Keys, Protocol):
    """The part of the server that answering needs."""

    world: World
    faults: Faults
    crashes: list[str]

    def user_of(self, key: AuthKey) -> User | None: ...

    def note(
        self, method: str, user: User | None, error: str | None, chat_id: int | None
    ) -> None: ...

    def note_unimplemented(self, method: str) -> None: ...

    def note_undocumented(self, refusal: str) -> None: ...

    def push_to_session(self, session: Session, message: TLObject) -> None: ...


class Connection(Protocol):
    """The part of the connection that answering needs: the one that a query came over."""

    @property
    def server(self) -> Host: ...

    def abort(self) -> None: ...


async def answer_query(connection: Connection, session: Session, query: Query) -> bool:
    """Answer the query; return whether that was without an error."""
    try:
        answer = await _answer(connection, session, query)
    finally:
        session.running.pop(query.msg_id, None)
    if answer is None:
        return False
    if isinstance(answer, RpcError):
        session.failed.append(query.msg_id)
    session.answer(query.msg_id, answer)
    if session.connection:
        session.connection.flush_soon()
    return not isinstance(answer, RpcError)


async def _answer(
    connection: Connection, session: Session, query: Query
) -> bytes | RpcError | None:
    """The answer; None if a fault swallowed it."""
    server = connection.server
    if query.error or query.request is None:
        server.note_unimplemented("an unknown constructor")
        return query.error
    try:
        unwrapped = tl.Unwrapped(query.request)
        _note_session(session, unwrapped)
        for msg_id in unwrapped.after:
            earlier = session.running.get(msg_id)
            if (earlier and not await earlier) or msg_id in session.failed:
                raise RpcError(400, "MSG_WAIT_FAILED")
    except RpcError as error:
        return error
    request = unwrapped.request
    if not isinstance(request, TLRequest):
        return RpcError(400, "INPUT_METHOD_INVALID")
    method = method_name(request)
    user = server.user_of(session.key)
    faults = server.faults.on_request(method, user.id if user else None, request)
    try:
        if not await _before(connection, faults):
            server.note(method, user, "dropped", chat_of(request))
            return None
        answer: bytes | RpcError = await _handle(connection, session, request, method)
    except RpcError as error:
        server.note(method, user, error.message, chat_of(request))
        answer = error
    else:
        server.note(method, user, None, chat_of(request))
    if any(fault.kind == "lose_answer" for fault in faults):
        connection.abort()
        return None
    return answer


def _note_session(session: Session, unwrapped: tl.Unwrapped) -> None:
    if unwrapped.layer:
        session.layer = unwrapped.layer
    if unwrapped.connection:
        session.key.app = unwrapped.connection
    if unwrapped.wants_updates:
        session.wants_updates = True


async def _before(connection: Connection, faults: list[Fault]) -> bool:
    """Let the faults happen that come before the handler. Return whether to go on."""
    for fault in faults:
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "drop":
            connection.abort()
            return False
        elif fault.error:
            raise fault.error
    return True


async def _handle(
    connection: Connection, session: Session, request: TLRequest, method: str
) -> bytes:
    server = connection.server
    user = server.user_of(session.key)
    if user and (user.banned or user.deleted):
        raise RpcError(401, "USER_DEACTIVATED_BAN" if user.banned else "USER_DEACTIVATED")
    handler = REGISTRY.get(request.CONSTRUCTOR_ID)
    if handler is None:
        server.note_unimplemented(method)
        raise RpcError(400, "INPUT_METHOD_INVALID")
    refused = session.key.error
    if refused and (handler.login or refused.code == 406):  # a duplicated key is dead for good
        raise refused
    check_allowed(handler, user)
    check_not_frozen(user, request, server.world)
    context = Context(
        server=server,
        world=server.world,
        session=session,
        auth_key_id=session.key.id,
        layer=session.layer,
        _user=user,
    )
    token = CALLER.set(context)
    try:
        result = await handler.function(context, request)
        return tl.write_result(request, result)
    except RpcError as error:
        if not facts.is_documented(method, error.code, error.message):
            server.note_undocumented(f"{method}: {error}")
        raise
    except Exception as error:
        log.exception("%s failed", method)
        server.crashes.append(f"{method}: {error!r}")
        raise RpcError(500, "INTERNAL") from error
    finally:
        context.answered = True
        CALLER.reset(token)
        _push_own(server, session, context)


def _push_own(server: Host, session: Session, context: Context) -> None:
    """Push to the caller, after the answer, the updates that the answer did not carry."""
    own, user = context.take_own(), context.maybe_user
    if own and user:
        wrapped = context.hub.wrap(user, own)
        asyncio.get_running_loop().call_soon(server.push_to_session, session, wrapped)
