"""Causes of changes, by the admin log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from telegram_gateway.core.causes import Entry, brought_in_by, cause_of, title_cause
from telegram_gateway.core.model import Cause, SeenStatus, TgUserId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA, BOSS = TgUserId(7), TgUserId(9)
IN, OUT, BANNED = SeenStatus.IN, SeenStatus.OUT, SeenStatus.BANNED


def entry(what, minutes=0, *, by=BOSS, user=ANNA, **fields):
    at = NOW - timedelta(minutes=minutes)
    return Entry(what=what, by=by, at=at, tg_user_id=user, **fields)


@pytest.mark.parametrize(
    ("before", "now", "log", "by"),
    [
        pytest.param(IN, OUT, [entry("left", by=ANNA)], ANNA, id="left by themselves"),
        pytest.param(IN, OUT, [entry("lifted"), entry("banned", 1)], BOSS, id="removed"),
        pytest.param(IN, BANNED, [entry("banned")], BOSS, id="banned"),
        pytest.param(OUT, IN, [entry("joined", via="added")], BOSS, id="added"),
        pytest.param(IN, IN, [entry("role"), entry("joined", 1)], BOSS, id="promoted"),
        pytest.param(
            IN, OUT, [entry("left", by=ANNA), entry("banned", 9)], ANNA, id="the newest holds"
        ),
    ],
)
def test_cause_of(before, now, log, by):
    cause, at = cause_of(ANNA, before, now, log)
    assert (cause.by, at) == (by, NOW - timedelta(minutes=1 if log[0].what == "lifted" else 0))


def test_cause_of__how_they_came():
    [cause, _] = cause_of(ANNA, OUT, IN, [entry("joined", by=ANNA, via="link")])
    assert cause == Cause(by=ANNA, via="link")


@pytest.mark.parametrize(
    "log",
    [
        pytest.param([], id="silent"),
        pytest.param([entry("left", user=BOSS)], id="about somebody else"),
        pytest.param([entry("joined"), entry("role")], id="about something else"),
    ],
)
def test_cause_of__unknown(log):
    assert cause_of(ANNA, IN, OUT, log) is None


def test_title_cause__who_gave_this_title():
    log = [entry("title", user=None, title="Foot"), entry("title", 5, by=ANNA, title="3A")]
    assert title_cause("3A", log) == (ANNA, NOW - timedelta(minutes=5))
    assert title_cause("4A", log) is None


def test_cause_of__who_is_made_an_admin_is_brought_in_by_that():
    [cause, at] = cause_of(ANNA, OUT, IN, [entry("role", 2)])
    assert (cause, at) == (Cause(by=BOSS, via="added"), NOW - timedelta(minutes=2))
    log = [entry("role", by=TgUserId(3)), entry("joined", 1, by=ANNA, via="link")]
    assert cause_of(ANNA, OUT, IN, log)[0] == Cause(by=ANNA, via="link")


@pytest.mark.parametrize(
    ("cause", "by"),
    [
        pytest.param(Cause(by=BOSS, via="added"), BOSS, id="added"),
        pytest.param(Cause(by=BOSS, via="request"), BOSS, id="let in"),
        pytest.param(Cause(by=ANNA, via="link"), ANNA, id="by a link"),
        pytest.param(Cause(by=ANNA), ANNA, id="by themselves"),
        pytest.param(Cause(by=BOSS), None, id="promoted at the same moment: nobody's word"),
        pytest.param(Cause(is_unlogged=True), None, id="nobody knows"),
    ],
)
def test_brought_in_by(cause, by):
    assert brought_in_by(ANNA, cause) == by
