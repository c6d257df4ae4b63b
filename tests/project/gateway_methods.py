"""Which of Telegram's methods the gateway asks for: those in its source, and those that the client
library asks for in its name."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_REQUEST = re.compile(r"functions\.(\w+)\.(\w+)Request")
#: For the functions of the library that the gateway uses, and by itself.
_OF_THE_LIBRARY = {
    "auth.sendCode",
    "auth.signIn",
    "auth.checkPassword",
    "auth.importBotAuthorization",
    "auth.logOut",
    "contacts.resolveUsername",
    "help.getConfig",
    "messages.getDialogs",
    "updates.getChannelDifference",
    "updates.getDifference",
    "updates.getState",
    "upload.saveFilePart",
    "users.getUsers",
}


def gateway_methods() -> set[str]:
    """Their names in the schema: "messages.sendMessage"."""
    methods = set(_OF_THE_LIBRARY)
    for path in (ROOT / "gateway/src").rglob("*.py"):
        for namespace, name in _REQUEST.findall(path.read_text()):
            methods.add(f"{namespace}.{name[0].lower()}{name[1:]}")
    return methods
