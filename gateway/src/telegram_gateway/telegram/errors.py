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
_LATER_S = {"FRESH_CHANGE_ADMINS_FORBIDDEN": 3600}
_LOST = (errors.UnauthorizedError, errors.AuthKeyError)


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
    except errors.FloodError as error:
        raise Wait(code_of(error), int(getattr(error, "seconds", None) or 60)) from error
    except _LOST as error:
        raise AccountLost(code_of(error)) from error
    except errors.RPCError as error:
        code = code_of(error)
        if code in _DONE:
            raise AlreadyDone(code) from error
        if code in _LATER_S:
            raise Wait(code, _LATER_S[code]) from error
        if (error.code or 0) >= 500 or isinstance(error, errors.ServerError):
            raise Passing(code) from error
        raise Refused(code) from error
    except (ConnectionError, OSError, TimeoutError) as error:
        raise Passing("NETWORK") from error
    except ValueError as error:
        # the client does not know the person: it has never seen them, so neither an access hash
        raise Refused("PEER_ID_INVALID") from error
