"""Runs the suites one after the other and counts them together.

Each linter counts as one test. A suite that crashes or collects nothing is a failure, and so is a
skipped test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
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
LINTERS = {
    "ruff": ["ruff", "check", *FOLDERS],
    "ruff format": ["ruff", "format", "--check", *FOLDERS],
    "mypy core": ["mypy", "--strict", "-p", "telegram_gateway.core"],
    "vermin": ["vermin", "-q", "-t=3.7-", "--violations", "addons"],
    "import-linter": ["lint-imports"],
}
SUITES = {
    "rules": ["-o", "addopts=", "-p", "no:cacheprovider", "addons/telegram_classroom/rules/tests"],
    "gateway": ["gateway/tests", "--ignore=gateway/tests/database"],
    "database": ["gateway/tests/database"],
    "sandbox": ["sandbox/tests"],
    # once more on Odoo's own Python
    "rules-odoo": [
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "addons/telegram_classroom/rules/tests",
    ],
    "project": ["tests/project"],
    "e2e": ["tests/e2e"],
}
# What `--fast` leaves out, as the addons' own tests: it needs Odoo, or a browser.
NEED_ODOO = {"database", "e2e", "rules-odoo"}
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
            print(done.stdout[-8000:])
        print(f"{name}: {total - failed - len(skipped)} of {total} passed", flush=True)
        passed = total - failed - len(skipped)
        return Count(passed, failed + len(wrongly) + int(not total), len(skipped))


def main() -> int:
    """Run all suites, or those named; 0 when nothing failed."""
    named = [name for name in sys.argv[1:] if not name.startswith("-")]
    is_fast = "--fast" in sys.argv[1:]
    total = Count()
    if not named or "lint" in named:
        total += lint()
    for name, arguments in SUITES.items():
        if name in named or not (named or is_fast and name in NEED_ODOO):
            total += pytest(name, arguments)
    if "addons" in named or not (named or is_fast):
        total += Count(*odoo_tests.run())
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
