"""The gateway's commands: what is wrong is said in one sentence, in the person's language."""

from __future__ import annotations

import base64
import json
import os
import subprocess

import pytest
from telegram_gateway.database.connection import CONTRACT_VERSION

from demo.stack.stack import ACCOUNT_PHONE, Stack

OTHER_KEY = base64.b64encode(b"x" * 32).decode()


def run(
    stack: Stack, *words: str, answers: str = "", lang: str = "en_GB.UTF-8", **settings: str
) -> subprocess.CompletedProcess[str]:
    """A command as somebody would type it."""
    gateway = stack.gateway
    environ = {**os.environ, **gateway._environ(**settings), "LC_ALL": lang, "LANG": lang}
    return subprocess.run(
        gateway._command(*words),
        env=environ,
        input=answers,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "answers", "settings", "said"),
    [
        (["run"], "", {"SESSION_KEY": "abc"}, "must be 32 bytes in base64"),
        (["run"], "", {"API_ID": "x"}, "TELEGRAM_GATEWAY_API_ID has a value that makes no sense"),
        (["run"], "", {"ODOO_URL": "nowhere"}, "must begin with http:// or https://"),
        (["run"], "", {"SESSION_KEY": OTHER_KEY}, "does not open with this session key"),
        (["plan", "--chat", "999999"], "", {}, "There is no group 999999"),
        (["login", "bot"], "1:bad\n", {}, "refuses this bot token"),
        (["login", "user", "--phone", "abc"], "", {}, "PHONE_NUMBER_INVALID"),
        (["login", "user", "--phone", ACCOUNT_PHONE], "00000\n", {}, "This code is wrong"),
    ],
)
def test_wrong__is_said_in_a_sentence(
    stack: Stack, words: list[str], answers: str, settings: dict[str, str], said: str
) -> None:
    done = run(stack, *words, answers=answers, **settings)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert OTHER_KEY not in done.stderr


def test_wrong__is_said_in_french_to_french_people(stack: Stack) -> None:
    done = run(stack, "login", "bot", answers="1:bad\n", lang="fr_FR.UTF-8")
    assert "BotFather" in done.stderr.splitlines()[-1]
    assert "refuse ce jeton" in done.stderr.splitlines()[-1]


def test_check__says_how_everything_is(stack: Stack) -> None:
    done = run(stack, "check", "--json")
    report = json.loads(done.stdout)
    assert set(report) == {"level", "pool", "contract", "lines", "groups"}
    connected = [one["subject"] for one in report["lines"] if one["code"] == "account_well"]
    assert (connected, report["contract"]) == (["bot", "user"], CONTRACT_VERSION)
    assert done.returncode == {"ok": 0, "note": 0, "act": 1, "down": 2}[report["level"]]
    in_words = run(stack, "check")
    assert "In charge: gateway-1" in in_words.stdout
    assert in_words.returncode == done.returncode


def test_check__a_key_that_opens_nothing_needs_a_person(stack: Stack) -> None:
    done = run(stack, "check", SESSION_KEY=OTHER_KEY)
    assert done.returncode == 1
    assert "does not open with this session key" in done.stdout
    assert OTHER_KEY not in done.stdout


def test_check__database_away_is_not_usable(stack: Stack) -> None:
    done = run(stack, "check", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 2
    assert "The database cannot be reached" in done.stderr


def test_settings__that_others_can_read_are_refused(stack: Stack) -> None:
    path = stack.folder / "open.env"
    path.write_text("TELEGRAM_GATEWAY_API_ID=1\n")
    path.chmod(0o644)
    done = run(stack, "--config", str(path), "check")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
