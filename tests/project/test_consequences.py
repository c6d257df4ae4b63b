"""Every documented error of what the gateway asks for has a decided consequence."""

from __future__ import annotations

import pytest
from telegram_gateway.core.consequences import Consequence, consequence, is_known
from telegram_sandbox.facts import any_method, methods

from .gateway_methods import gateway_methods

CALLED = sorted(gateway_methods() & methods().keys())
_ANY = [(name, number) for number, name in any_method()]


@pytest.mark.parametrize("method", CALLED)
def test_every_documented_error_is_in_the_table(method) -> None:
    documented = {name for _, name in methods()[method].errors} | {name for name, _ in _ANY}
    assert sorted(name for name in documented if not is_known(name)) == []


@pytest.mark.parametrize("method", CALLED)
def test_lost_are_the_lost_ones_alone(method) -> None:
    errors = {*methods()[method].errors, *any_method()}
    lost = {
        name
        for number, name in errors
        for is_bot in (False, True)
        if consequence(name, number, method, is_bot=is_bot) is Consequence.LOST
    }
    assert lost <= {
        "AUTH_KEY_UNREGISTERED",
        "AUTH_KEY_INVALID",
        "AUTH_KEY_DUPLICATED",
        "SESSION_REVOKED",
        "SESSION_EXPIRED",
        "USER_DEACTIVATED",
        "USER_DEACTIVATED_BAN",
        "ACCESS_TOKEN_EXPIRED",
    }


def test_the_gateways_calls_are_found() -> None:
    assert {"messages.sendMessage", "updates.getDifference", "auth.sendCode"} <= set(CALLED)
