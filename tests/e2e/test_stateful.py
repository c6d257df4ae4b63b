"""Random changes on both sides, with trouble in between: both sides agree after each rest, and
nobody was removed who should not have been. `script/test --soak MINUTES` plays more of them."""

from __future__ import annotations

import pytest

from demo.stack.stack import Stack

from .story.machine import play_stories
from .story.player import Player

_STORIES = 3
_STEPS = 18


@pytest.mark.timeout(300)
def test_random_stories__both_sides_agree_and_nobody_is_lost(stack: Stack) -> None:
    ended: list[Player] = []

    def end(player: Player, error: BaseException | None) -> None:
        ended.append(player)
        if error is not None:
            raise error

    play_stories(stack, _STORIES, _STEPS, end)
    assert len(ended) == _STORIES
    assert sum(player.played["rest"] for player in ended) > _STORIES
