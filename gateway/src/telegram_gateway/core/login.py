"""What is said while somebody logs the school's bot or account in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["waiting_code", "waiting_password", "qr", "confirm_replace", "done"]

#: Why a login did not go on; each has its sentence on both sides, see docs/contract.md.
FAILURES = (
    "token_refused",
    "bot_taken",
    "account_taken",
    "phone_refused",
    "phone_banned",
    "phone_unregistered",
    "phone_flood",
    "code_refused",
    "code_expired",
    "password_refused",
    "password_flood",
    "qr_expired",
    "flood_wait",
    "api_missing",
    "api_refused",
    "login_refused",
    "login_expired",
    "login_interrupted",
    "login_cancelled",
    "telegram_unreachable",
    "wrong_session_key",
    "internal",
)
#: After these the person tries the same step again.
TRY_AGAIN = frozenset({"code_refused", "password_refused", "flood_wait", "password_flood"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the login waits for now, or how it ended. Instants aware, UTC."""

    state: State
    sent_by: str = ""  # "app" | "sms" | "call" | "email" | "other"
    code_length: int = 0
    hint: str = ""  # to the password, chosen by the account's owner
    url: str = ""  # of the QR code
    url_expires_at: datetime | None = None
    name: str = ""  # of the account that logged in
    username: str = ""
    replaces: str = ""  # name of the account whose place it would take
    is_again: bool = False  # it was this account before, too


_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,20}")
_HASH = re.compile(r"[0-9a-f]{32}")


def clean_token(text: str) -> str | None:
    """The bot token in what was pasted, often with BotFather's words around it; else None."""
    found = _TOKEN.search(text)
    return found[0] if found else None


def clean_phone(text: str) -> str | None:
    """The number as "+" and digits; None when it is no international number."""
    text = text.strip()
    if not _PHONE.fullmatch(text):
        return None
    digits = "".join(filter(str.isdigit, text)).removeprefix("00")
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


def clean_code(text: str) -> str:
    """The code's letters and digits, without the blanks and hyphens that people add."""
    return "".join(filter(str.isalnum, text))


def clean_api(api_id: object, api_hash: object) -> tuple[int, str] | None:
    """Both halves as my.telegram.org shows them; None when one cannot be right."""
    number, letters = str(api_id or "").strip(), str(api_hash or "").strip().lower()
    if not number.isascii() or not number.isdigit() or len(number) > 10 or int(number) == 0:
        return None
    return (int(number), letters) if _HASH.fullmatch(letters) else None


def how_sent(type_name: str) -> str:
    """How a code went out, from the name of Telegram's type ("SentCodeTypeApp")."""
    name = type_name.removeprefix("SentCodeType")
    if name == "App":
        return "app"
    if "Sms" in name:
        return "sms"
    if "Call" in name:
        return "call"
    return "email" if name.startswith("Email") else "other"
