"""Whether all missed updates were replayed is seen, not believed."""

from __future__ import annotations

from telegram_gateway.telegram.app_config import app_config
from telegram_gateway.telegram.replay import Replay
from telegram_gateway.telegram.sender import ConnectionHistory

from gateway.tests.harness.school import until
from gateway.tests.telegram.conftest import School


async def test_a_new_login__has_no_numbers_so_nothing_is_proven(school: School) -> None:
    replay = school.user.replay
    assert isinstance(replay, Replay)
    await until(lambda: replay.is_settled)
    assert replay.is_final and not replay.is_proven


async def test_a_lost_connection__replayed_and_proven(school: School) -> None:
    replay = school.user.replay
    await until(lambda: replay.is_settled and replay.is_idle)
    settled: list[bool] = []
    replay.on_settled = lambda: settled.append(replay.is_proven)
    school.sandbox.server.drop()
    await until(lambda: settled)
    assert settled[-1] and not replay.gaps


async def test_configuration__numbers_and_texts(school: School) -> None:
    assert all(
        isinstance(value, int | float | str) for value in (await app_config(school.user)).values()
    )


def test_history__after_an_answer_the_next_connection_need_not_wait() -> None:
    history = ConnectionHistory()
    assert history.pause_s == 0
    for _ in range(4):
        history.begun()
    assert history.pause_s > 0 and history.allowed_s > 0
    history.answered()
    assert history.round_trip_s == 0.0
