"""Frozen accounts and fresh logins: what rests, and how it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core import account_standing as rules
from telegram_gateway.core.account_standing import AGAIN, Freeze, Resting, Standing
from telegram_gateway.core.commands import Command

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SINCE = 1_772_000_000
HOUR = timedelta(hours=1)
KINDS = (
    *("reconcile", "send", "open_call", "close_call", "announce_call", "withdraw_call"),
    *("list_groups", "plan", "delete_group", "lookup_phone", "make_link", "prune", "forget"),
)


def command(kind="send", attempts=1, chat_id=3):
    return Command(id=1, kind=kind, due_at=NOW, chat_id=chat_id, attempts=attempts)


@pytest.mark.parametrize("seconds", [SINCE, float(SINCE), str(SINCE)])
def test_config__tells_since_until_and_how_to_appeal(seconds):
    url = "https://t.me/spambot?start=appeal"
    config = {
        "freeze_since_date": seconds,
        "freeze_until_date": float(SINCE + 60),
        "freeze_appeal_url": url,
    }
    since = datetime.fromtimestamp(SINCE, UTC)
    until = since + timedelta(minutes=1)
    assert rules.freeze_of(config) == Freeze(since=since, until=until, appeal_url=url)


@pytest.mark.parametrize("since", [0.0, None, "", "soon", True and [], float("nan"), 1e300])
def test_config__without_a_date_nothing_is_frozen(since):
    assert rules.freeze_of({"freeze_since_date": since, "freeze_until_date": 5.0}) is None
    assert rules.freeze_of({}) is None


def test_config__no_address_but_of_the_web():
    config = {"freeze_since_date": 5.0, "freeze_appeal_url": "javascript:alert(1)"}
    assert rules.freeze_of(config) == Freeze(since=datetime.fromtimestamp(5, UTC))


def test_shown__it_rests_until_the_configuration_says_otherwise():
    found = rules.after_reading(Standing(), Freeze(since=NOW))
    assert not found.may_change(NOW + 1000 * HOUR)
    assert rules.after_answer(found) == found
    assert rules.after_reading(found, None) == Standing()


def test_refused__one_request_finds_out():
    """Bots are not told of their freezing, and not every refusal is in the configuration."""
    refused = rules.after_refusal(Standing(), NOW)
    assert refused.freeze == Freeze(since=NOW)
    assert rules.after_reading(refused, None) == refused
    assert not refused.may_change(NOW + AGAIN / 2)
    assert refused.may_change(NOW + AGAIN)
    assert rules.after_answer(refused) == refused  # asked for before that
    trying = rules.after_asking(refused, NOW + AGAIN)
    assert not trying.may_change(NOW + AGAIN)  # nobody else
    assert rules.after_answer(trying) == Standing()
    assert rules.after_refusal(trying, NOW + AGAIN).freeze == Freeze(since=NOW)


@given(st.booleans(), st.booleans(), st.booleans())
def test_stored__a_start_forgets_no_freeze(is_frozen, has_end, has_url):
    freeze = Freeze(
        since=NOW,
        until=NOW + HOUR if has_end else None,
        appeal_url="https://x" if has_url else None,
    )
    standing = rules.stored(freeze if is_frozen else None)
    assert standing.freeze == (freeze if is_frozen else None)
    assert standing.may_change(NOW) == (not is_frozen or not (has_end or has_url))


@pytest.mark.parametrize("kind", KINDS)
def test_holds__what_changes_nothing_goes_on(kind):
    reads = {"list_groups", "plan", "prune", "close_call"}
    both = Resting(accounts=frozenset({"bot", "user"}))
    assert both.holds(command(kind)) == (kind not in reads)
    assert not Resting().holds(command(kind))


def test_holds__each_account_goes_on_without_the_other():
    user, bot = (Resting(accounts=frozenset({kind})) for kind in ("user", "bot"))
    assert not user.holds(command("send")) and bot.holds(command("send"))
    assert user.holds(command("open_call")) and not bot.holds(command("open_call"))


def test_holds__an_opening_looks_once_and_again_when_somebody_began_a_call():
    none, runs = (Resting(accounts=frozenset({"user"}), calls=frozenset(c)) for c in ((), {3}))
    assert not none.holds(command("open_call", attempts=0))
    assert none.holds(command("open_call"))
    assert not runs.holds(command("open_call"))
    assert runs.free([command("open_call", chat_id=4)]) == ()


def test_fresh__until_a_day_after_the_login_and_tried_each_hour():
    assert rules.fresh_until(NOW - HOUR, NOW, HOUR) == NOW + 23 * HOUR
    assert rules.fresh_again_at(NOW + 23 * HOUR, NOW, HOUR) == NOW + HOUR
    for old in (None, NOW - 30 * HOUR):  # who was just made an admin, say
        assert rules.fresh_until(old, NOW, HOUR) == NOW + HOUR
    assert rules.fresh_again_at(NOW + HOUR / 2, NOW, HOUR) == NOW + HOUR / 2
