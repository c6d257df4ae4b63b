"""How much of what Telegram sent has come: signs of life over a real connection, and its loss."""

from __future__ import annotations

from datetime import UTC, datetime

from telegram_gateway.telegram.liveness import ConnectionMonitor

from gateway.tests.harness.school import until
from gateway.tests.telegram.conftest import School


async def test_a_sign__says_until_when_all_has_come(school: School) -> None:
    monitor = ConnectionMonitor(school.user)
    monitor.begin()
    first = monitor.coverage
    lost = []
    monitor.on_lost = lost.append
    assert first.until is None
    now = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    monitor.ask_for_sign(now)
    await until(lambda: monitor.coverage.until == now)
    assert monitor.coverage.connection == first.connection and not lost


async def test_another_connection__what_the_former_did_not_bring_is_lost(school: School) -> None:
    monitor = ConnectionMonitor(school.user)
    lost = []
    monitor.on_lost = lost.append
    before = monitor.coverage
    school.sandbox.server.drop()
    await until(lambda: monitor.coverage.connection != before.connection)
    assert monitor.coverage.until is None
    assert before in lost
