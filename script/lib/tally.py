"""Counting the tests of a run. Without I/O.

No failing test is ever lost: each one ends as failed or, where it may be tried again and passes
alone, as *unsteady*; unsteady tests count as passed, but more than two of them all count as failed.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable
from dataclasses import dataclass

MOST_UNSTEADY = 2
#: Where more than these failed, something is broken: none of them is tried again.
MOST_AGAIN = 10
_TEARDOWN = "failed on teardown"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Result of a suite, or of a run. `again`: ids of the tests that failed and are to be tried
    once more; they are in none of the numbers. `forbidden`: tests that were skipped and may not be;
    they are in `skipped` and in `failed`."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    again: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
            again=self.again + other.again,
            forbidden=self.forbidden + other.forbidden,
        )

    @property
    def total(self) -> int:
        """Number of tests that were run."""
        return self.passed + self.failed + self.skipped + len(self.again) - len(self.forbidden)


def read(report: str, *, may_skip: Collection[str] = (), may_repeat: bool = False) -> Outcome:
    """Read pytest's report (JUnit XML of the family xunit1); a suite without a test failed.

    may_skip: tests that may be skipped, as “class.name” · may_repeat: who failed is tried again,
    unless it was in tidying up: what is found there may be about all tests before it.
    """
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    for case in ET.fromstring(report).iter("testcase"):
        node = node_id(case)
        names[node] = f"{case.get('classname')}.{case.get('name')}"
        found[node] = max(found.get(node, "passed"), _state(case), key=_WORST.index)
    by_state = {state: [n for n, one in found.items() if one == state] for state in _WORST}
    forbidden = tuple(names[n] for n in by_state["skipped"] if names[n] not in may_skip)
    failed = len(by_state["broken"]) + len(forbidden) + (not found)
    again = tuple(by_state["failed"])
    return Outcome(
        passed=len(by_state["passed"]),
        failed=failed if may_repeat else failed + len(again),
        skipped=len(by_state["skipped"]),
        again=again if may_repeat else (),
        forbidden=forbidden,
    )


_WORST = ("passed", "skipped", "failed", "broken")


def _state(case: ET.Element) -> str:
    """ "broken": failed, in a way that is not known to be this test's fault."""
    error = case.find("error")
    if error is not None and error.get("message", "").startswith(_TEARDOWN):
        return "broken"
    if error is not None or case.find("failure") is not None:
        return "broken" if case.get("file") is None else "failed"
    return "passed" if case.find("skipped") is None else "skipped"


def node_id(case: ET.Element) -> str:
    """The id by which pytest runs this test alone."""
    file, name = case.get("file") or "", case.get("name") or ""
    module = file.removesuffix(".py").replace("/", ".")
    classes = (case.get("classname") or "").removeprefix(module).strip(".")
    return "::".join(part for part in (file, classes.replace(".", "::"), name) if part)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Verdict on a run. `unsteady`: ids of the tests that failed and then passed alone."""

    passed: int
    failed: int
    skipped: int
    unsteady: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """True if something passed and nothing failed."""
        return bool(self.passed) and not self.failed

    @property
    def last_line(self) -> str:
        """The last line of a run."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def to_repeat(outcome: Outcome) -> tuple[str, ...]:
    """The tests that are run once more, each alone."""
    return outcome.again if len(outcome.again) <= MOST_AGAIN else ()


def settle(outcome: Outcome, passed_alone: Collection[str]) -> Verdict:
    """The end of a run whose second tries are over."""
    unsteady = tuple(node for node in to_repeat(outcome) if node in passed_alone)
    are_too_many = len(unsteady) > MOST_UNSTEADY
    forgiven = 0 if are_too_many else len(unsteady)
    return Verdict(
        passed=outcome.passed + forgiven,
        failed=outcome.failed + len(outcome.again) - forgiven,
        skipped=outcome.skipped,
        unsteady=unsteady,
    )


def output_of(nodes: Iterable[str], output: str) -> dict[str, str]:
    """Id → what pytest's output shows of that failure; all of the output where it is not found."""
    parts = re.split(r"(?m)^_+ ([^_ ].*) _+$", output)
    shown = list(zip(parts[1::2], parts[2::2], strict=True))
    found = {}
    for node in nodes:
        name = ".".join(node.split("::")[1:])
        mine = [
            f"{title}\n{text}"
            for title, text in shown
            if title == name or title.endswith(f" of {name}")
        ]
        found[node] = "\n".join(mine) or output
    return found


def file_name(node: str) -> str:
    """A name for the file of a test's log."""
    return re.sub(r"[^\w.\-\[\]]+", "-", node.rpartition("/")[2].replace("::", "."))[:150] + ".log"
