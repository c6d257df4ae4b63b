"""How long the service waits before it connects anew, and whether it keeps its lease meanwhile."""

from __future__ import annotations

import pytest
from telegram_gateway.errors import GatewayError, LeaseLost
from telegram_gateway.run.connections import Connections, as_gateway_error
from telegram_gateway.telegram.errors import Passing, Refused


def unreachable(reason: str) -> GatewayError:
    return GatewayError("telegram_unreachable", reason=reason)


def test_nothing_is_waited_for_before_the_first_time() -> None:
    assert Connections(60).rest_s == 0


def test_a_line_has_a_pace_of_its_own() -> None:
    connections = Connections(60)
    connections.begun()
    connections.lines["user"].begun()
    connections.ended(unreachable("NETWORK"))
    assert connections.rest_s <= 1


@pytest.mark.parametrize("reason", ["AuthKeyNotFound", "InvalidBufferError", "INTERNAL"])
def test_after_what_telegram_answered__a_minute(reason: str) -> None:
    connections = Connections(60)
    connections.begun()
    connections.ended(unreachable(reason))
    assert connections.rest_s > 50


def test_after_what_telegram_answers_each_time__ever_more_seldom() -> None:
    connections, rests = Connections(60), []
    for _ in range(5):
        connections.begun()
        connections.ended(unreachable("AuthKeyNotFound"))
        rests.append(round(connections.rest_s, -1))
    assert rests == [60, 120, 240, 300, 300]
    connections.serving()
    connections.begun()
    connections.ended(unreachable("AuthKeyNotFound"))
    assert connections.rest_s <= 60


def test_updates_ended__once_at_once_with_the_lease__then_without_and_anew() -> None:
    connections = Connections(60)
    connections.begun()
    assert connections.keeps_lease(unreachable("UPDATES"))
    connections.ended(unreachable("UPDATES"))
    assert connections.rest_s <= 1 and not connections.is_anew
    connections.serving()
    assert not connections.keeps_lease(unreachable("UPDATES"))
    connections.ended(unreachable("UPDATES"))
    assert connections.rest_s > 50 and connections.is_anew


@pytest.mark.parametrize(
    "error",
    [unreachable("NETWORK"), LeaseLost(), GatewayError("account_lost"), GatewayError("no_account")],
)
def test_lease__is_left_at_once(error: GatewayError) -> None:
    assert not Connections(60).keeps_lease(error)


def test_lease__a_fault_of_ours_costs_it_the_second_time() -> None:
    connections = Connections(60)
    assert connections.keeps_lease(RuntimeError())
    assert not connections.keeps_lease(Refused("INTERNAL"))


def test_said__an_answer_that_did_not_come_is_the_lines() -> None:
    assert as_gateway_error(Passing("NETWORK")).code == "telegram_unreachable"
    assert as_gateway_error(Passing("INTERNAL")).args == (
        "service_failed",
        {"reason": "INTERNAL"},
    )
    assert as_gateway_error(KeyError("x")).facts == {"reason": "KeyError"}
