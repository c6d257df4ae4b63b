"""What Odoo judges, the gateway has words for: in both languages, with the facts that are there."""

from __future__ import annotations

import importlib
import re
import sys
import types
from pathlib import Path

import pytest
from telegram_gateway.health import texts as health_texts
from telegram_gateway.health.report import EXIT_CODES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lines() -> types.ModuleType:
    """The addon's judgement, read without Odoo."""
    package = types.ModuleType("telegram_base_without_odoo")
    package.__path__ = [str(ROOT / "addons/telegram_base")]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.health.lines")


@pytest.mark.parametrize("lang", ["en_GB.UTF-8", "fr_FR.UTF-8"])
def test_words__every_line_has_some(lines, monkeypatch, lang) -> None:
    monkeypatch.setenv("LC_ALL", lang)
    for line in lines.LINES:
        facts = {name: f"<{name}>" for name in line.facts}
        for text in (
            health_texts.sentence(line.code, facts),
            health_texts.advice(line.code, facts),
        ):
            assert "{" not in text, line.code
        assert health_texts.sentence(line.code, dict.fromkeys(line.facts))
        is_urgent = line.level.strip("'") in ("act", "down") or "'act'" in line.level
        assert bool(health_texts.advice(line.code, facts)) >= is_urgent, line.code


def test_words__no_line_that_nobody_judges(lines) -> None:
    assert health_texts.CODES - set(lines.CODES) == {"wrong_session_key", "database_copied"}


def test_levels__the_same_on_both_sides(lines) -> None:
    assert tuple(EXIT_CODES) == lines.LEVELS


def test_contract__names_every_line(lines) -> None:
    text = (ROOT / "docs/dev/contract.md").read_text()
    health_part = text[text.index("## Health") :]
    assert set(re.findall(r"^\| `(\w+)` \|", health_part, re.M)) == set(lines.CODES)
