"""Runs the suites and counts them together: the addons' beside the others, the end-to-end tests
last and alone.

Each linter counts as one test. A suite that crashes or collects nothing is a failure, and so is a
skipped test.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import odoo_tests

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@dataclass
class Count:
    """Tests passed, failed and skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __iadd__(self, other: Count) -> Count:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self


FOLDERS = ("addons", "bench", "demo", "docs", "gateway", "sandbox", "script", "tests")
RULES = [
    f"addons/{addon}/rules/tests" for addon in ("telegram_base", "telegram_classroom", "classroom")
]
LINTERS = {
    "ruff": ["ruff", "check", *FOLDERS],
    "ruff format": ["ruff", "format", "--check", *FOLDERS],
    "mypy core": ["mypy", "--strict", "-p", "telegram_gateway.core"],
    "vermin": ["vermin", "-q", "-t=3.7-", "--violations", "addons"],
    "import-linter": ["lint-imports"],
}
SUITES = {
    "rules": ["-o", "addopts=", "-p", "no:cacheprovider", *RULES],
    "gateway": [
        *("gateway/tests", "--ignore=gateway/tests/database", "--ignore=gateway/tests/line"),
    ],
    "database": ["gateway/tests/database"],
    "line": ["gateway/tests/line", "-n2"],
    "sandbox": ["sandbox/tests"],
    # once more on Odoo's own Python
    "rules-odoo": ["-o", "addopts=", "-p", "no:cacheprovider", *RULES],
    "project": ["tests/project"],
    # each of the processes has a school of its own; mostly they wait, so they are more than the cores
    "e2e": ["tests/e2e", "-n3", "--dist=loadfile", "--no-loadscope-reorder"],
}
# What `--fast` leaves out: it needs Odoo, or a browser.
NEED_ODOO = {"addons", "database", "e2e", "line", "rules-odoo"}
# Tests that may be skipped, with the reason why; any other skip is a failure.
ALLOWED_SKIPS: dict[str, str] = {}


def lint() -> Count:
    """Every linter is one test."""
    count = Count()
    for name, command in LINTERS.items():
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout + done.stderr)
        print(f"lint {name}: {'failed' if done.returncode else 'passed'}", flush=True)
        count += Count(failed=1) if done.returncode else Count(passed=1)
    return count


def pytest(name: str, arguments: list[str]) -> Count:
    """One pytest run, counted from its report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        python, environ = sys.executable, dict(os.environ)
        if name.endswith("-odoo"):
            found = odoo_tests.environment()
            python, environ["PYTHONPATH"] = found["ODOO_PYTHON"], found["ODOO_PYTHONPATH"]
        command = [python, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environ)
        if not report.exists() or done.returncode not in (0, 1):
            print(done.stdout + done.stderr)
            print(f"{name}: did not run", flush=True)
            return Count(failed=1)
        suite = next(ET.parse(report).getroot().iter("testsuite"))
        total = int(suite.get("tests", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = [
            f"{case.get('classname')}.{case.get('name')}"
            for case in suite.iter("testcase")
            if case.find("skipped") is not None
        ]
        wrongly = [case for case in skipped if case not in ALLOWED_SKIPS]
        for case in wrongly:
            print(f"{name}: {case} was skipped, which is not allowed", flush=True)
        if done.returncode or not total:
            print(done.stdout[-20000:])
        print(f"{name}: {total - failed - len(skipped)} of {total} passed", flush=True)
        passed = total - failed - len(skipped)
        return Count(passed, failed + len(wrongly) + int(not total), len(skipped))


@contextmanager
def beside(name: str) -> Iterator[Callable[[], Count]]:
    """Run a suite in a process of its own meanwhile; what is yielded waits for it and counts. The
    process ends with the block, whatever ends that."""
    command = [sys.executable, str(Path(__file__)), name]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def count() -> Count:
        said = process.communicate()[0].strip().splitlines()
        print("\n".join(said[:-1]), flush=True)
        closing = re.fullmatch(
            r"(\d+) passed, (\d+) failed, (\d+) skipped", said[-1] if said else ""
        )
        return Count(*map(int, closing.groups())) if closing else Count(failed=1)

    try:
        yield count
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    """Run all suites, or those named; 0 when nothing failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    named = [name for name in sys.argv[1:] if not name.startswith("-")]
    is_fast = "--fast" in sys.argv[1:]
    runs: dict[str, Callable[[], Count]] = {"lint": lint}
    runs |= {name: partial(pytest, name, arguments) for name, arguments in SUITES.items()}
    runs["addons"] = lambda: Count(*odoo_tests.run())
    chosen = [
        name for name in runs if name in named or not (named or is_fast and name in NEED_ODOO)
    ]
    total = Count()
    # Odoo runs its tests in one process, which leaves the other core to these
    rest = [name for name in chosen if name not in ("addons", "e2e")]
    with beside("addons") if rest and "addons" in chosen else nullcontext(runs["addons"]) as addons:
        for name in rest:
            total += runs[name]()
        if "addons" in chosen:
            total += addons()
    if "e2e" in chosen:  # alone: they wait for what happens within some seconds
        total += runs["e2e"]()
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
