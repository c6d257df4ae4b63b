"""Logging an account in: steps, failures, and clean-up of what people type. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["waiting_code", "waiting_password", "qr", "admitting", "confirm_replace", "done"]

#: Reasons for a failed login; each has a sentence on both sides, see docs/dev/contract.md.
FAILURES = (
    "token_refused",
    "bot_taken",
    "account_taken",
    "phone_refused",
    "phone_banned",
    "phone_unregistered",
    "phone_flood",
    "phone_protected",
    "code_not_sent",
    "code_refused",
    "code_expired",
    "payment_required",
    "email_needed",
    "resend_unavailable",
    "password_refused",
    "password_flood",
    "qr_expired",
    "flood_wait",
    "admit_unanswered",
    "admit_other",
    "api_missing",
    "api_refused",
    "login_refused",
    "login_expired",
    "login_interrupted",
    "login_cancelled",
    "telegram_unreachable",
    "telegram_trouble",
    "wrong_session_key",
    "internal",
)
#: After these failures the person may try the same step again.
TRY_AGAIN = frozenset(
    {
        "code_refused",
        "password_refused",
        "flood_wait",
        "password_flood",
        "resend_unavailable",
        "telegram_trouble",
    }
)

# Failure by the name of each documented error of the login methods.
_BY_NAME = {
    "ACCESS_TOKEN_EXPIRED": "token_refused",
    "ACCESS_TOKEN_INVALID": "token_refused",
    "API_ID_INVALID": "api_refused",
    "API_ID_PUBLISHED_FLOOD": "api_refused",
    "AUTH_RESTART": "telegram_trouble",
    "AUTH_TOKEN_ALREADY_ACCEPTED": "qr_expired",
    "AUTH_TOKEN_EXPIRED": "qr_expired",
    "AUTH_TOKEN_INVALID": "qr_expired",
    "AUTH_TOKEN_INVALIDX": "qr_expired",
    "CODE_INVALID": "code_refused",
    "EMAIL_VERIFY_EXPIRED": "code_expired",
    "PASSWORD_HASH_INVALID": "password_refused",
    "PHONE_CODE_EMPTY": "code_refused",
    "PHONE_CODE_EXPIRED": "code_expired",
    "PHONE_CODE_HASH_EMPTY": "code_expired",
    "PHONE_CODE_INVALID": "code_refused",
    "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN": "phone_unregistered",
    "PHONE_NUMBER_BANNED": "phone_banned",
    "PHONE_NUMBER_FLOOD": "phone_flood",
    "PHONE_NUMBER_INVALID": "phone_refused",
    "PHONE_NUMBER_UNOCCUPIED": "phone_unregistered",
    "PHONE_PASSWORD_FLOOD": "password_flood",
    "PHONE_PASSWORD_PROTECTED": "phone_protected",
    "SEND_CODE_UNAVAILABLE": "resend_unavailable",
    "SIGN_IN_FAILED": "telegram_trouble",
    "SMS_CODE_CREATE_FAILED": "code_not_sent",
    "SRP_ID_INVALID": "password_refused",
    "SRP_PASSWORD_CHANGED": "password_refused",
    "USER_DEACTIVATED": "phone_banned",
    "USER_DEACTIVATED_BAN": "phone_banned",
}
#: The password may be right: its check must be computed again with fresh parameters.
STALE_PASSWORD = frozenset({"SRP_ID_INVALID", "SRP_PASSWORD_CHANGED"})


def failure_code(name: str, number: int) -> str:
    """Map an error of Telegram's to one of FAILURES: by its name, or by its number if that is
    unknown."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    return "telegram_trouble" if number >= 500 or number < 0 else "login_refused"


@dataclass(frozen=True, kw_only=True)
class Step:
    """The step that a login waits at, or its end. Instants aware, UTC."""

    state: State
    sent_by: str = ""  # one of SENT_BY
    code_length: int = 0
    # to the password, chosen by the account's owner; to a code, what helps to find it: the e-mail
    # address, how the calling number or the words begin, the page where it is
    hint: str = ""
    url: str = ""  # of the QR code; while "admitting", a token of sealed.seal_token
    url_expires_at: datetime | None = None
    name: str = ""  # of the account that logged in
    username: str = ""
    replaces: str = ""  # name of the account whose place it would take
    is_again: bool = False  # it was this account before, too


_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,80}")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,20}")
_HASH = re.compile(r"[0-9a-f]{32}")


def clean_token(text: str) -> str | None:
    """Find the bot token in a pasted text, which often has BotFather's words around it; None if
    there is none."""
    found = _TOKEN.search(text)
    return found[0] if found else None


def clean_phone(text: str) -> str | None:
    """Return the number as "+" and digits; None if it is not international."""
    text = text.strip()
    if not _PHONE.fullmatch(text):
        return None
    digits = "".join(filter(str.isdecimal, text)).removeprefix("00")
    return f"+{digits}" if 7 <= len(digits) <= 15 else None


def clean_code(text: str, sent_by: str = "") -> str:
    """Return the code's letters and digits without blanks and hyphens; for a code of words, the
    words with single blanks."""
    if sent_by == "words":
        return " ".join(text.split())
    return "".join(filter(str.isalnum, text))


def clean_api(api_id: object, api_hash: object) -> tuple[int, str] | None:
    """Return API id and hash as my.telegram.org shows them; None if one cannot be right."""
    number, letters = str(api_id or "").strip(), str(api_hash or "").strip().lower()
    if not number.isascii() or not number.isdecimal() or len(number) > 10 or int(number) == 0:
        return None
    return (int(number), letters) if _HASH.fullmatch(letters) else None


#: Ways in which Telegram sends a code: into the account's app, by SMS (a number, or words), by a
#: call that says it, by one that is not to be answered (the code is the end of the number that
#: calls; of a flash call the whole number), by e-mail, on Fragment's page, through Google's
#: services (which only Telegram's own apps can ask), or in an unknown way.
SENT_BY = (
    *("app", "sms", "words", "call", "missed_call", "flash_call", "email", "fragment", "firebase"),
    "other",
)
_SENT_BY = {
    "SentCodeTypeApp": "app",
    "SentCodeTypeSms": "sms",
    "SentCodeTypeSmsWord": "words",
    "SentCodeTypeSmsPhrase": "words",
    "SentCodeTypeCall": "call",
    "SentCodeTypeMissedCall": "missed_call",
    "SentCodeTypeFlashCall": "flash_call",
    "SentCodeTypeEmailCode": "email",
    "SentCodeTypeFragmentSms": "fragment",
    "SentCodeTypeFirebaseSms": "firebase",
}


def how_sent(type_name: str) -> str:
    """Return one of SENT_BY for the name of Telegram's type ("SentCodeTypeApp")."""
    return _SENT_BY.get(type_name, "other")
