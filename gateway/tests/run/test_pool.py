"""Nothing is changed where a person has paused it, or where another process owns the pool."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from telegram_gateway import pool as module
from telegram_gateway.core.model import ChatId
from telegram_gateway.database.connection import Database
from telegram_gateway.database.lease import Lease
from telegram_gateway.errors import LeaseLost
from telegram_gateway.pool import Pool

from gateway.tests.harness.school import School


@pytest.fixture
async def pool(database: Database) -> Pool:
    nothing: Any = SimpleNamespace()
    settings: Any = SimpleNamespace(pool="main")
    lease = Lease(database, "main", "gateway-1", 3600)
    assert await lease.take()
    return Pool(settings, database, accounts=nothing, lease=lease, doorbell=nothing)


async def test_paused__one_chat_or_all(school: School, pool: Pool) -> None:
    paused, other = ChatId(school.chat()), ChatId(school.chat())
    school.insert("telegram_pause", pool="main", chat_id=paused, paused_at="2026-03-02 09:00:00")
    assert not await pool.may_change(paused)
    assert await pool.may_change(other) and await pool.may_change(None)
    school.insert("telegram_pause", pool="main", paused_at="2026-03-02 09:00:00")
    assert not await pool.may_request(other) and not await pool.may_request(None)


async def test_owned_by_another__nothing_may_be_changed(database: Database, pool: Pool) -> None:
    other = Lease(database, "main", "gateway-2", 3600)
    assert await other.take(of_gone=pool.lease.generation)
    with pytest.raises(LeaseLost):
        await pool.may_request(None)


async def test_series__the_pauses_are_read_less_often(
    school: School, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSES_HOLD_S", 3600.0)
    with pool.in_a_row():
        assert await pool.may_request(None)
        school.insert("telegram_pause", pool="main", paused_at="2026-03-02 09:00:00")
        assert await pool.may_request(None)
        assert not await pool.may_change(None), "who asks for certain is told"
        assert not await pool.may_request(None)
    school.all("DELETE FROM telegram_pause")
    assert await pool.may_request(None)
