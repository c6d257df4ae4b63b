"""Names requests, and says which of them may change something."""

from __future__ import annotations

from typing import Any

_READING = ("Get", "Check", "Resolve", "Search", "Ping")
# Another process of the school's is let in: nothing that people see.
_UNSEEN = ("AcceptLoginToken",)
_WRAPPERS = ("InvokeWith", "InitConnection")


def is_changing(request: Any) -> bool:
    """Return whether a request may change something that people see."""
    return not type(unwrapped(request)).__name__.startswith(_READING + _UNSEEN)


def method_of(request: Any) -> str:
    """Telegram's name of what is asked for: "phone.createGroupCall"."""
    asked = type(unwrapped(request))
    namespace = asked.__module__.rpartition(".")[2]
    name = asked.__name__.removesuffix("Request")
    name = name[:1].lower() + name[1:]
    return name if namespace == "functions" else f"{namespace}.{name}"


def unwrapped(request: Any) -> Any:
    """The request itself, without what the client puts around it."""
    while type(request).__name__.startswith(_WRAPPERS):
        request = request.query
    return request
