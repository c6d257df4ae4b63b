"""The timeline that the play prints, and its count of steps that agreed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import contextmanager

_WIDTH = 100


class Timeline:
    """Prints one line per step with the seconds since the start; counts what agreed."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.agreed = 0
        self.steps = 0

    def _stamp(self) -> str:
        return f"{time.monotonic() - self._began:7.2f} s"

    def heading(self, text: str) -> None:
        """A part of the story begins."""
        print(f"\n── {text} {'─' * max(0, _WIDTH - len(text) - 4)}", flush=True)

    def note(self, text: str) -> None:
        """Something that happened and is not checked."""
        print(f"{self._stamp()}    {text}", flush=True)

    def check(self, text: str, agrees: bool, details: Iterable[str] = ()) -> bool:
        """A step whose outcome was compared; `details` say what disagreed."""
        self.steps += 1
        self.agreed += bool(agrees)
        print(f"{self._stamp()}  {'✓' if agrees else '✗'} {text}", flush=True)
        if not agrees:
            for line in details:
                print(f"{'':13}{line}", flush=True)
        return agrees

    @contextmanager
    def measured(self, text: str):
        """Check that the block ends without an error, and show how long it took."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            self.check(f"{text}", False, [f"{type(error).__name__}: {error}"])
            raise
        self.check(f"{text} ({(time.monotonic() - began) * 1000:.0f} ms)", True)

    def close(self) -> bool:
        """Print the last line; True when every step agreed."""
        print(f"\n{self.agreed} of {self.steps} steps agreed.", flush=True)
        return self.agreed == self.steps
