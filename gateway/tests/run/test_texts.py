"""The sentences that the gateway says to a person."""

from __future__ import annotations

import string

import pytest
from telegram_gateway import texts
from telegram_gateway.errors import GatewayError
from telegram_gateway.texts.login import LOGIN
from telegram_gateway.texts.program import PROGRAM


def _names(text: str) -> set[str]:
    """The facts that a text names."""
    return {name for _before, name, _format, _how in string.Formatter().parse(text) if name}


def test_codes__are_each_in_one_place() -> None:
    assert not LOGIN.keys() & PROGRAM.keys()


@pytest.mark.parametrize("code", sorted(texts.TEXTS))
def test_both_languages__name_the_same_facts(code: str) -> None:
    english, french = texts.TEXTS[code]
    assert _names(english) == _names(french)


@pytest.mark.parametrize(("lang", "said"), [("en_US", "check the path"), ("fr_BE", "vérifiez")])
def test_sentence__in_the_language_of_the_person(
    lang: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", f"{lang}.UTF-8")
    assert said in texts.sentence(GatewayError("config_missing", path="/etc/x"))


def test_bot_commands__the_same_in_both_languages() -> None:
    found = texts.bot_commands()
    assert found[""].keys() == found["fr"].keys()
