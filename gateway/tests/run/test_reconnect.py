"""How long the service waits before it connects anew, and whether it keeps its lease meanwhile."""

from __future__ import annotations

import pytest
from telegram_gateway.errors import GatewayError, LeaseLost
from telegram_gateway.run.reconnect import ReconnectPolicy, as_gateway_error
from telegram_gateway.telegram.errors import Passing, Refused


def unreachable(reason: str) -> GatewayError:
    return GatewayError("telegram_unreachable", reason=reason)


def test_nothing_is_waited_for_before_the_first_time() -> None:
    assert ReconnectPolicy(60).wait_s == 0


def test_a_line_has_a_pace_of_its_own() -> None:
    policy = ReconnectPolicy(60)
    policy.started()
    policy.lines["user"].begun()
    policy.failed(unreachable("NETWORK"))
    assert policy.wait_s <= 1


@pytest.mark.parametrize("reason", ["AuthKeyNotFound", "InvalidBufferError", "INTERNAL"])
def test_after_what_telegram_answered__a_minute(reason: str) -> None:
    policy = ReconnectPolicy(60)
    policy.started()
    policy.failed(unreachable(reason))
    assert policy.wait_s > 50


def test_after_what_telegram_answers_each_time__ever_more_seldom() -> None:
    policy, rests = ReconnectPolicy(60), []
    for _ in range(5):
        policy.started()
        policy.failed(unreachable("AuthKeyNotFound"))
        rests.append(round(policy.wait_s, -1))
    assert rests == [60, 120, 240, 300, 300]
    policy.succeeded()
    policy.started()
    policy.failed(unreachable("AuthKeyNotFound"))
    assert policy.wait_s <= 60


def test_updates_ended__once_at_once_with_the_lease__then_without_and_anew() -> None:
    policy = ReconnectPolicy(60)
    policy.started()
    assert policy.keeps_lease(unreachable("UPDATES"))
    policy.failed(unreachable("UPDATES"))
    assert policy.wait_s <= 1 and not policy.is_anew
    policy.succeeded()
    assert not policy.keeps_lease(unreachable("UPDATES"))
    policy.failed(unreachable("UPDATES"))
    assert policy.wait_s > 50 and policy.is_anew


@pytest.mark.parametrize(
    "error",
    [unreachable("NETWORK"), LeaseLost(), GatewayError("account_lost"), GatewayError("no_account")],
)
def test_lease__is_left_at_once(error: GatewayError) -> None:
    assert not ReconnectPolicy(60).keeps_lease(error)


def test_lease__a_fault_of_ours_costs_it_the_second_time() -> None:
    policy = ReconnectPolicy(60)
    assert policy.keeps_lease(RuntimeError())
    assert not policy.keeps_lease(Refused("INTERNAL"))


def test_said__an_answer_that_did_not_come_is_the_lines() -> None:
    assert as_gateway_error(Passing("NETWORK")).code == "telegram_unreachable"
    assert as_gateway_error(Passing("INTERNAL")).args == (
        "service_failed",
        {"reason": "INTERNAL"},
    )
    assert as_gateway_error(KeyError("x")).facts == {"reason": "KeyError"}
