"""Plays stories for as long as one likes: `script/test --soak MINUTES [--seed N]`.

Each seed gives a few stories; the same seed gives the same ones again. A story that fails is told,
then told again by fewer and fewer of its steps while that still fails, for at most two minutes.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
import traceback
from collections import Counter

from demo.stack.errors import StackError
from demo.stack.stack import Stack

from .machine import STEPS, play_stories
from .player import Disagreement, Player

_STORIES = 5  # of one seed
_STEPS = 30
_SEEDS_OF_A_STACK = 6  # each story leaves its rooms behind, and the gateway reads them all
_SHORTENING_S = 120.0
_RESTARTS = ("kill", "stop_gateway")
_FAULTS = ("fault", "update", "cut", "doorbell")

Steps = list[tuple[str, dict]]


class Soak:
    """Counts what was played."""

    def __init__(self) -> None:
        self.stories = 0
        self.played: Counter[str] = Counter()
        self.failed: list[int] = []
        self._failure: tuple[Player, BaseException] | None = None

    def ended(self, player: Player, error: BaseException | None) -> None:
        self.stories += 1
        self.played += player.played
        if error is not None:
            self._failure = self._failure or (player, error)

    def play_seed(self, stack: Stack, number: int) -> bool:
        """Return whether all stories of the seed held."""
        self._failure = None
        play_stories(stack, _STORIES, _STEPS, self.ended, number=number)
        if self._failure is None:
            return True
        player, error = self._failure
        self.failed.append(number)
        print(f"\nseed {number}:", "".join(traceback.format_exception(error)), flush=True)
        stack.keep_logs(f"soak-{number}-")
        if isinstance(error, Disagreement) and len(self.failed) == 1:
            shorten(stack, player.steps[1:])
        return False

    def closing_lines(self, minutes: float) -> list[str]:
        played = self.played
        steps = sum(times for name, times in played.items() if name != "rest")
        return [
            f"soak: {minutes:.1f} minutes, {self.stories} stories, {steps} steps,"
            f" {played['rest']} rests, {sum(played[kind] for kind in _RESTARTS)} restarts of the"
            f" gateway, {sum(played[kind] for kind in _FAULTS)} faults",
            "soak: " + ", ".join(f"{name} {played[name]}" for name in STEPS if played[name]),
            *(f"soak: seed {seed} failed; again with --seed {seed}" for seed in self.failed),
        ]


def fails(stack: Stack, steps: Steps) -> str:
    """Play exactly these steps; what did not hold, or ""."""
    player = Player(stack)
    try:
        player.begin()
        for name, arguments in steps:
            if name == "rest":
                player.rest()
            else:
                player.play(name, **arguments)
        player.rest()
    except Disagreement as error:
        return str(error)
    finally:
        player.close()
    return ""


def shorten(stack: Stack, steps: Steps) -> None:
    """Tell the shortest story found that fails, leaving steps out while there is time."""
    ends = time.monotonic() + _SHORTENING_S
    why, size = "", max(1, len(steps) // 2)
    while time.monotonic() < ends:
        for start in range(0, len(steps), size):
            fewer = steps[:start] + steps[start + size :]
            failure = fails(stack, fewer) if time.monotonic() < ends else ""
            if failure:
                steps, why = fewer, failure
                break
        else:
            if size == 1:
                break
            size = max(1, size // 2)
    print(f"\nthe shortest story found, of {len(steps)} steps:", flush=True)
    for name, arguments in steps:
        print(f"    ({name!r}, {arguments!r}),")
    print(why or "    (it did not fail again when it was shortened)", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/test --soak", description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, help="play the stories of this seed, once")
    options = parser.parse_args()
    logging.getLogger("telethon").setLevel(logging.ERROR)
    soak, began = Soak(), time.monotonic()
    ends = began + 60 * options.minutes
    passed = 0
    try:
        while not (passed or soak.failed) or time.monotonic() < ends:
            with Stack() as stack:
                for _ in range(_SEEDS_OF_A_STACK):
                    number = options.seed
                    if number is None:
                        number = random.SystemRandom().randrange(1_000_000)
                    print(f"soak: seed {number}", flush=True)
                    if not soak.play_seed(stack, number):
                        break  # what is left of it must not trouble the next one
                    passed += 1
                    if options.seed is not None or time.monotonic() > ends:
                        break
            if options.seed is not None:
                break
    except StackError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2
    for line in soak.closing_lines((time.monotonic() - began) / 60):
        print(line)
    print(f"{passed} passed, {len(soak.failed)} failed, 0 skipped", flush=True)
    return 1 if soak.failed else 0


if __name__ == "__main__":
    sys.exit(main())
