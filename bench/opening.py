"""Common parts of the page benchmarks: a stack, opening times, and a limit for them."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from typing import Any

from demo.stack.errors import StackError
from demo.stack.stack import Stack

#: Fills the school and measures: what was opened, and the seconds of each time.
Measure = Callable[[Stack, Callable[[str], Any]], dict[str, list[float]]]


def run(name: str, about: str | None, measure: Measure, limits: dict[str, float]) -> int:
    """Measure, and print the median and the slowest of each. 0; 2 where the stack does not start;
    with --check, 1 when the median of one of `limits` (seconds) is not under it."""
    parser = argparse.ArgumentParser(prog=f"script/bench {name}", description=about)
    said = ", ".join(f"{what} under {most} s" for what, most in limits.items())
    parser.add_argument("--check", action="store_true", help=f"exit 1 unless {said}")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        print(f"bench: {line}", flush=True)

    try:
        with Stack(say=say) as stack:
            found = measure(stack, say)
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for what, times in found.items():
        print(f"{what:36} median {statistics.median(times):.2f} s  slowest {max(times):.2f} s")
    slow = any(statistics.median(found[what]) >= most for what, most in limits.items())
    return 1 if arguments.check and slow else 0
