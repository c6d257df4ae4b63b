"""The gateway's commands: what is wrong is said in one sentence, in the person's language."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from telegram_gateway import cli
from telegram_gateway.database.connection import CONTRACT_VERSION

from gateway.tests.harness.line import Line

OTHER_KEY = base64.b64encode(b"x" * 32).decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "answers", "settings", "sentence"),
    [
        ("run", "", {"session_key": "abc"}, "must be 32 bytes in base64"),
        ("run", "", {"api_id": "x"}, "TELEGRAM_GATEWAY_API_ID has a value that makes no sense"),
        ("run", "", {"odoo_url": "nowhere"}, "must begin with http:// or https://"),
        ("run", "", {"session_key": OTHER_KEY}, "does not open with this session key"),
        ("plan --chat 999999", "", {}, "There is no group 999999"),
        ("login bot", "1:bad\n", {}, "refuses this bot token"),
        ("login user --phone abc", "", {}, "PHONE_NUMBER_INVALID"),
        ("login user --phone +33639980100", "00000\n", {}, "This code is wrong"),
    ],
)
async def test_wrong__is_said_in_a_sentence(
    line: Line, words: str, answers: str, settings: dict[str, str], sentence: str
) -> None:
    done = await line.command(*words.split(), answers=answers, **settings)
    assert done.code == 2, done
    assert sentence in done.asked.splitlines()[-1]
    assert "Traceback" not in done.asked
    assert OTHER_KEY not in done.asked


async def test_wrong__is_said_in_french_to_french_people(line: Line) -> None:
    done = await line.command("login", "bot", answers="1:bad\n", lang="fr_FR.UTF-8")
    assert "BotFather" in done.asked.splitlines()[-1]
    assert "refuse ce jeton" in done.asked.splitlines()[-1]


async def test_check__says_how_everything_is(line: Line) -> None:
    done = await line.command("check", "--json")
    report = json.loads(done.said)
    assert set(report) == {"level", "pool", "contract", "lines", "groups"}
    connected = [
        health_line["subject"]
        for health_line in report["lines"]
        if health_line["code"] == "account_well"
    ]
    assert (connected, report["contract"]) == (["bot", "user"], CONTRACT_VERSION)
    assert done.code == {"ok": 0, "note": 0, "act": 1, "down": 2}[report["level"]]
    in_words = await line.command("check")
    assert "In charge: gateway-1" in in_words.said
    assert in_words.code == done.code


@pytest.mark.slow
async def test_check__a_key_that_opens_nothing_needs_a_person(line: Line) -> None:
    done = await line.command("check", session_key=OTHER_KEY)
    assert done.code == 1
    assert "does not open with this session key" in done.said
    assert OTHER_KEY not in done.said


@pytest.mark.slow
async def test_check__database_away_is_not_usable(line: Line) -> None:
    done = await line.command("check", database_url="postgresql://nobody@127.0.0.1:1/none")
    assert done.code == 2
    assert "The database cannot be reached" in done.asked


@pytest.mark.slow
async def test_settings__that_others_can_read_are_refused(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "open.env"
    path.write_text("TELEGRAM_GATEWAY_API_ID=1\n")
    path.chmod(0o644)
    done = await line.command("--config", str(path), "check")
    assert (done.code, len(done.asked.splitlines())) == (2, 1)


def test_commands__those_that_people_are_told_of() -> None:
    named = {one.name or one.callback.__name__ for one in cli.app.registered_commands}
    assert named == {"run", "check", "plan", "adopt"}
