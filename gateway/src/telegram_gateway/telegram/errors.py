"""Translates Telegram's errors to ours, by what has to be done (core/consequences.py). No other
module does that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from telethon import errors

from telegram_gateway.core.connection import NETWORK
from telegram_gateway.core.consequences import FRESH_S, Consequence, consequence, wait_s
from telegram_gateway.telegram.requests import method_of

log = structlog.get_logger(__name__)


class TelegramError(Exception):
    """A request was not done as asked. `code` is Telegram's name of the error."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Wait(TelegramError):
    """Telegram wants the method left alone for so many `seconds`, in one chat or everywhere."""

    def __init__(self, code: str, seconds: int):
        super().__init__(code)
        self.seconds = seconds


class AlreadyDone(TelegramError):
    """The request asked for something that is so already."""


class Refused(TelegramError):
    """Telegram says no, and will say no again: a person has to do something."""


class Passing(TelegramError):
    """An error that may pass: the network, a server's trouble. The request may have taken
    effect."""


class Paused(TelegramError):
    """Somebody paused this in Odoo: nothing was done, it goes on when they resume."""

    def __init__(self) -> None:
        super().__init__("paused")


class Fresh(Wait):
    """An account may not appoint admins yet: its login, or what made it an admin, is too young."""


class Limited(Refused):
    """The account was reported as spam: it may not add people, write to strangers, or make
    groups."""


class Frozen(TelegramError):
    """The account is logged in, but may change nothing until Telegram has granted an appeal."""


class AccountLost(TelegramError):
    """The account is gone until a person logs in again."""


class Ours(Refused):
    """A faulty request: a bug of the gateway's own."""


_GARBLED = (
    errors.AuthKeyNotFound,
    errors.InvalidBufferError,
    errors.InvalidChecksumError,
    errors.SecurityError,
    errors.TypeNotFoundError,
)
_NAMES = {cls: name for name, cls in errors.rpc_errors_dict.items()}
_CLASSES: dict[Consequence, type[TelegramError]] = {
    Consequence.LOST: AccountLost,
    Consequence.FROZEN: Frozen,
    Consequence.LIMITED: Limited,
    Consequence.PASSING: Passing,
    Consequence.DONE: AlreadyDone,
    Consequence.OVER: AlreadyDone,
    Consequence.PERSON: Refused,
    Consequence.LASTING: Refused,
    Consequence.GROUP: Refused,
    Consequence.COMMAND: Refused,
    Consequence.LOGIN: Refused,
    Consequence.OURS: Ours,
}


def code_of(error: BaseException) -> str:
    """Telegram's name of an error (USER_NOT_PARTICIPANT), from Telethon's exception."""
    if type(error) in _NAMES:
        return str(_NAMES[type(error)]).upper()
    message = getattr(error, "message", None)
    if isinstance(message, str) and message and type(error).__module__.endswith("rpcbaseerrors"):
        return message
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()


@contextmanager
def translated() -> Iterator[None]:
    """Let only TelegramError out of the block."""
    try:
        yield
    except errors.RPCError as error:
        raise _of_rpc(error) from error
    except (ConnectionError, OSError, TimeoutError) as error:
        raise Passing(NETWORK) from error
    except _GARBLED as error:
        # the server does not know the key just now, or sent something that the client does not
        # understand: that says nothing about the login
        raise Passing(type(error).__name__) from error
    except ValueError as error:
        # the client does not know the person: it has never seen them, so neither an access hash
        raise Refused("PEER_ID_INVALID") from error


def consequence_of(error: errors.RPCError, *, is_bot: bool = False) -> Consequence:
    """Give what follows from Telegram's answer; see core/consequences.py."""
    method = method_of(error.request) if error.request is not None else ""
    return consequence(code_of(error), error.code or 0, method, is_bot=is_bot)


def wait_of(error: errors.RPCError) -> int:
    """Seconds for which Telegram wants the method left alone."""
    return wait_s(code_of(error), getattr(error, "seconds", None))


def _of_rpc(error: errors.RPCError) -> TelegramError:
    code, found = code_of(error), consequence_of(error, is_bot=account_of(error) == "bot")
    if found is Consequence.WAIT:
        return Wait(code, wait_of(error))
    if found is Consequence.FRESH:
        return Fresh(code, FRESH_S)
    if found is Consequence.OURS:
        log.error("faulty_request", code=code, request=type(error.request).__name__)
    return _CLASSES[found](code)


def account_of(error: errors.RPCError) -> str:
    """The account that was answered so ("bot", "user"); empty where that was not noted."""
    return str(getattr(error, "account", ""))
