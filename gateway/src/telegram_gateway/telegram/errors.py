"""One translator from Telegram's errors to ours, by what they ask of us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from telethon import errors


class TelegramError(Exception):
    """A call did not do what was asked. `code` is Telegram's name of the error."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Wait(TelegramError):
    """Telegram asks to wait before this method is called again, there or anywhere."""

    def __init__(self, code: str, seconds: int):
        super().__init__(code)
        self.seconds = seconds


class AlreadyDone(TelegramError):
    """What was asked for is so already."""


class Refused(TelegramError):
    """Trying again would not help: a person has to do something."""


class Passing(TelegramError):
    """A fault that may pass: the network, a server's trouble. The effect may have happened."""


class Paused(TelegramError):
    """Somebody paused this in Odoo: nothing was done, it goes on when they resume."""

    def __init__(self) -> None:
        super().__init__("paused")


class Fresh(Wait):
    """An account may not appoint admins yet: its login, or what made it an admin, is too young."""


class Limited(Refused):
    """The account was reported as spam: it adds nobody, writes to no stranger, makes no group."""


class Frozen(TelegramError):
    """The login lives, but the account may change nothing until an appeal was granted."""


class AccountLost(TelegramError):
    """The account is gone until a person logs in again."""


_DONE = {
    "CHAT_NOT_MODIFIED",
    "MESSAGE_NOT_MODIFIED",
    "HIDE_REQUESTER_MISSING",
    "USER_ALREADY_PARTICIPANT",
    "USER_NOT_PARTICIPANT",
    "GROUPCALL_ALREADY_DISCARDED",
    "GROUPCALL_ALREADY_STARTED",
    "GROUPCALL_NOT_MODIFIED",
    "RANDOM_ID_DUPLICATE",
}
# Refusals that end by themselves, without a number of seconds: how often to try again.
_FRESH_S = {"FRESH_CHANGE_ADMINS_FORBIDDEN": 3600}
_LIMITED = {"PEER_FLOOD", "USER_RESTRICTED"}
_FROZEN = {"FROZEN_METHOD_INVALID", "FROZEN_PARTICIPANT_MISSING"}
_NAMES = {cls: name for name, cls in errors.rpc_errors_dict.items()}


def code_of(error: BaseException) -> str:
    """Telegram's name of an error (USER_NOT_PARTICIPANT), from Telethon's exception."""
    if type(error) in _NAMES:
        return str(_NAMES[type(error)])
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
        raise Passing("NETWORK") from error
    except ValueError as error:
        # the client does not know the person: it has never seen them, so neither an access hash
        raise Refused("PEER_ID_INVALID") from error


def _of_rpc(error: errors.RPCError) -> TelegramError:
    """What Telegram's answer asks of us, by its name: of its number, sources tell two."""
    code = code_of(error)
    if code in _FROZEN:
        return Frozen(code)
    if code in _LIMITED:
        return Limited(code)
    if code in _FRESH_S:
        return Fresh(code, _FRESH_S[code])
    if code in _DONE:
        return AlreadyDone(code)
    if isinstance(error, errors.FloodError):
        return Wait(code, int(getattr(error, "seconds", None) or 60))
    if isinstance(error, errors.UnauthorizedError | errors.AuthKeyError):
        return AccountLost(code)
    if (error.code or 0) >= 500 or isinstance(error, errors.ServerError):
        return Passing(code)
    return Refused(code)
