"""Result of a part of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One line of the result. `most`: with --check the value must not be above it; None: it is only
    shown. A value is a number of requests, a ratio measured in one run, or seconds on this
    machine."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def is_well(self) -> bool:
        """True if it is as low as it must be."""
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        limit = "" if self.most is None else f"  at most {self.most:g}"
        fault = "" if self.is_well else "  TOO MUCH"
        return f"{self.name:64} {self.value:10.2f} {self.unit}{limit}{fault}"
