"""What is said of each line of `telegram-gateway check`, in both languages."""

from __future__ import annotations

import string

import pytest
from telegram_gateway.health import texts
from telegram_gateway.health.process_lines import PROCESS_LINES
from telegram_gateway.health.work_lines import WORK_LINES

LINES = {**PROCESS_LINES, **WORK_LINES}


def _names(text: str) -> set[str]:
    """The facts that a text names."""
    return {name for _before, name, _format, _how in string.Formatter().parse(text) if name}


def test_codes__are_each_in_one_place() -> None:
    assert not PROCESS_LINES.keys() & WORK_LINES.keys()
    assert texts.CODES == LINES.keys()


@pytest.mark.parametrize("code", sorted(LINES))
def test_both_languages__name_the_same_facts(code: str) -> None:
    for words in filter(None, LINES[code]):
        english, french = words
        assert _names(english) == _names(french)


@pytest.mark.parametrize(("lang", "said"), [("en_GB", "All is well."), ("fr_FR", "Tout va bien.")])
def test_overall__in_the_language_of_the_person(
    lang: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", f"{lang}.UTF-8")
    assert texts.overall("ok", 0) == said


def test_code_of_a_newer_odoo__stands_for_itself() -> None:
    assert texts.sentence("brand_new", {"count": 3}) == "brand_new {'count': 3}"
    assert texts.advice("brand_new", {}) == ""
