"""Many lessons at a time, while the gateway is killed (SIGKILL) at random moments.

The whole of it, a hundred lessons in two minutes, is played by `script/bench clock --kills`.
"""

from __future__ import annotations

import pytest

from bench import kills

from .scene import Scene


@pytest.mark.timeout(240)
async def test_killed_at_random_moments__each_lesson_is_opened_and_closed_once(
    scene: Scene,
) -> None:
    verdict = await kills.play(scene.stack, scene.school, kills.SHORT)
    assert verdict.wrong == []
    assert verdict.lessons == 24
    assert set(verdict.deaths) == {-9}
