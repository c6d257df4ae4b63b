"""The whole line, as `script/demo --play` plays it."""

from __future__ import annotations

from demo.main import play
from demo.stack.stack import Stack


async def test_play__every_step_agrees(stack: Stack) -> None:
    assert await play(stack)
    assert stack.check() == []


def test_gateway_at_rest__stays_small(stack: Stack) -> None:
    assert stack.gateway.resident_bytes() < 120e6
