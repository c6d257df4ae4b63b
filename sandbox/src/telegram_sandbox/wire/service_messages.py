"""The messages that the session layer answers by itself: pings, acknowledgements, states, salts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from telethon.tl import TLObject, functions, types

from .. import tl
from .session import Session

SALT_LIFETIME_S = 3600


def serve(session: Session, msg_id: int, body: TLObject) -> bool:
    """Handle a service message; return False for anything else."""
    service = _SERVICES.get(type(body))
    if service is None:
        return False
    service(session, msg_id, body)
    return True


def _acknowledged(session: Session, msg_id: int, body: types.MsgsAck) -> None:
    session.acknowledged(body.msg_ids)


def _ping(session: Session, msg_id: int, body: functions.PingRequest) -> None:
    session.send(types.Pong(msg_id, body.ping_id), content=False, reply=True)


def _ping_delay_disconnect(
    session: Session, msg_id: int, body: functions.PingDelayDisconnectRequest
) -> None:
    session.send(types.Pong(msg_id, body.ping_id), content=False, reply=True)
    if session.connection:
        session.connection.close_after(body.disconnect_delay)


def _future_salts(session: Session, msg_id: int, body: functions.GetFutureSaltsRequest) -> None:
    now = int(time.time())
    salt = types.FutureSalt(now, now + SALT_LIFETIME_S, session.key.salt)
    session.send(types.FutureSalts(msg_id, now, [salt]), content=False, reply=True)


def _states(session: Session, msg_id: int, body: types.MsgsStateReq) -> None:
    info = "".join(chr(session.state_of(asked)) for asked in body.msg_ids)
    session.send(types.MsgsStateInfo(msg_id, info), content=False, reply=True)


def _resend(session: Session, msg_id: int, body: types.MsgResendReq) -> None:
    session.resend(body.msg_ids)


def _drop_answer(session: Session, msg_id: int, body: functions.RpcDropAnswerRequest) -> None:
    session.send_bytes(tl.rpc_result(msg_id, bytes(types.RpcAnswerUnknown())), reply=True)


def _destroy_session(session: Session, msg_id: int, body: functions.DestroySessionRequest) -> None:
    known = session.key.sessions.get(body.session_id)
    if known and known is not session and not known.connection:
        del session.key.sessions[body.session_id]
        session.send(types.DestroySessionOk(body.session_id), content=False)
    else:
        session.send(types.DestroySessionNone(body.session_id), content=False)


def _nothing(session: Session, msg_id: int, body: TLObject) -> None:
    """Do nothing: the message is for information only."""


_SERVICES: dict[type[TLObject], Callable[[Session, int, Any], None]] = {
    types.MsgsAck: _acknowledged,
    functions.PingRequest: _ping,
    functions.PingDelayDisconnectRequest: _ping_delay_disconnect,
    functions.GetFutureSaltsRequest: _future_salts,
    types.MsgsStateReq: _states,
    types.MsgResendReq: _resend,
    functions.RpcDropAnswerRequest: _drop_answer,
    functions.DestroySessionRequest: _destroy_session,
    types.MsgsAllInfo: _nothing,
    types.MsgsStateInfo: _nothing,
    types.HttpWait: _nothing,
}
