"""Pasted and typed answers, converted into what Telegram accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway import texts
from telegram_gateway.core import login

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"


@pytest.mark.parametrize(
    "pasted",
    [
        TOKEN,
        f"  {TOKEN}\n",
        f"Use this token to access the HTTP API:\n{TOKEN}\nKeep your token secure",
        f"« {TOKEN} »",
    ],
)
def test_token__is_found_in_what_was_pasted(pasted):
    assert login.clean_token(pasted) == TOKEN


@pytest.mark.parametrize("pasted", ["", "bot", "123456789", "1:bad", ":AAEhBOweik6ad9r_QXMENQj"])
def test_token__what_is_none(pasted):
    assert login.clean_token(pasted) is None


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("+33 6 39 98 01 00", "+33639980100"),
        ("33639980100", "+33639980100"),
        ("0033639980100", "+33639980100"),
        ("+1 (202) 555-01.23", "+12025550123"),
        ("abc", None),
        ("", None),
        ("+", None),
        ("+33 12", None),
        ("+3363998010012345678", None),
    ],
)
def test_phone(typed, clean):
    assert login.clean_phone(typed) == clean


@given(st.text())
def test_phone_and_token_never_raise_and_are_stable(text):
    phone, token = login.clean_phone(text), login.clean_token(text)
    assert phone is None or login.clean_phone(phone) == phone
    assert token is None or login.clean_token(token) == token


def test_code__without_blanks_and_hyphens():
    assert login.clean_code(" 12-3 45\n") == "12345"


@pytest.mark.parametrize(
    ("api_id", "api_hash", "clean"),
    [
        ("4242", "D" * 32, (4242, "d" * 32)),
        (" 4242 ", f" {'0' * 32} ", (4242, "0" * 32)),
        ("0", "d" * 32, None),
        ("x", "d" * 32, None),
        ("٤٢", "d" * 32, None),
        ("4242", "d" * 31, None),
        (None, None, None),
    ],
)
def test_api(api_id, api_hash, clean):
    assert login.clean_api(api_id, api_hash) == clean


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("SentCodeTypeApp", "app"),
        ("SentCodeTypeSms", "sms"),
        ("SentCodeTypeSmsWord", "words"),
        ("SentCodeTypeSmsPhrase", "words"),
        ("SentCodeTypeFragmentSms", "fragment"),
        ("SentCodeTypeFirebaseSms", "firebase"),
        ("SentCodeTypeCall", "call"),
        ("SentCodeTypeFlashCall", "flash_call"),
        ("SentCodeTypeMissedCall", "missed_call"),
        ("SentCodeTypeEmailCode", "email"),
        ("SentCodeTypeOfTomorrow", "other"),
    ],
)
def test_how_a_code_was_sent(name, how):
    assert login.how_sent(name) == how
    assert how in login.SENT_BY


def test_how_a_code_was_sent__each_way_has_its_words():
    for how in login.SENT_BY:
        for text in texts.TEXTS[f"sent_by_{how}"]:
            assert text.format(hint="X").strip()


def test_code__of_words_keeps_them_apart():
    assert login.clean_code("  blue  rabbits\nsing ", "words") == "blue rabbits sing"


def test_failure__goes_by_the_name():
    assert set(login._BY_NAME.values()) <= set(login.FAILURES)
    assert login.failure_code("PHONE_NUMBER_BANNED", 406) == "phone_banned"
    assert login.failure_code("SIGN_IN_FAILED", 400) == "telegram_trouble"
    assert login.failure_code("NOBODY_KNOWS_THIS", 406) == "login_refused"
    assert login.failure_code("NOBODY_KNOWS_THIS", 500) == "telegram_trouble"
    assert login.failure_code("TIMEOUT", -503) == "telegram_trouble"


def test_failures__each_has_its_sentence():
    for code in login.FAILURES:
        for french in (False, True):
            english_text, french_text = texts.TEXTS[code]
            text = french_text if french else english_text
            assert text.format(reason="X", wait_s=5, kind="bot").strip()
    assert set(login.FAILURES) >= login.TRY_AGAIN
