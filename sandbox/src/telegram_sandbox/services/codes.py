"""Ways of sending login codes: a user's `code_by` selects the answer of `auth.sendCode`."""

from __future__ import annotations

from collections.abc import Callable

from telethon.tl import TLObject, types

_auth = types.auth

#: What kind of code it is, from its length and the user's login e-mail.
WAYS: dict[str, Callable[[int, str | None], TLObject] | None] = {
    "app": lambda length, _: _auth.SentCodeTypeApp(length),
    "sms": lambda length, _: _auth.SentCodeTypeSms(length),
    "call": lambda length, _: _auth.SentCodeTypeCall(length),
    "flash_call": lambda length, _: _auth.SentCodeTypeFlashCall("+33 6 * *"),
    "missed_call": lambda length, _: _auth.SentCodeTypeMissedCall("+33 1 99", length),
    "fragment": lambda length, _: _auth.SentCodeTypeFragmentSms(
        "https://fragment.com/login/code", length
    ),
    "firebase": lambda length, _: _auth.SentCodeTypeFirebaseSms(length),
    "word": lambda length, _: _auth.SentCodeTypeSmsWord("b"),
    "phrase": lambda length, _: _auth.SentCodeTypeSmsPhrase("blue"),
    "email": lambda length, email: _auth.SentCodeTypeEmailCode(pattern_of(email), length),
    "setup_email": lambda length, _: _auth.SentCodeTypeSetUpEmailRequired(),
    # no code at all
    "payment": None,
    "success": None,
}
#: Codes that are no number.
TEXTS = {"word": "banana", "phrase": "blue rabbits sing"}


def pattern_of(email: str | None) -> str:
    """An address as it is shown to somebody who does not know it: "a**@b.org"."""
    name, _, domain = (email or "").partition("@")
    return f"{name[:1]}***@{domain}"
