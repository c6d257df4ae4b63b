"""Runs the suites and counts them together. The addons' tests run beside the others. The end-to-end
tests come last; beside them run only the slow tests of the line to Telegram.

Each linter counts as one test. A suite that crashes or collects nothing is a failure, and so is a
skipped test. An end-to-end test or a slow one of the line that fails is run once more at the end,
alone: see tally.py for how that is counted.

With names: only those suites, or the gateway's tests of those rooms (`membership`, `calls`, …)
without the slow ones. `-k WORD`: of these, the tests with that word in their name, as pytest
understands it.

With `--long`: only the tests that take minutes, in parts of at most twenty minutes, each once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path

import odoo_tests
import tally
from tally import Outcome

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
UNSTEADY = ROOT / ".local/unsteady"

FOLDERS = ("addons", "bench", "demo", "docs", "gateway", "sandbox", "script", "tests")
RULES = [
    f"addons/{addon}/rules/tests"
    for addon in ("lesson_register", "telegram_base", "telegram_school", "small_school")
]
# What runs, and in which folder.
LINTERS: dict[str, tuple[Path, list[str]]] = {
    "ruff": (ROOT, ["ruff", "check", *FOLDERS]),
    "ruff format": (ROOT, ["ruff", "format", "--check", *FOLDERS]),
    "mypy gateway": (ROOT, ["mypy", "--strict", "-p", "telegram_gateway"]),
    "mypy sandbox": (ROOT, ["mypy", "--strict", "-p", "telegram_sandbox"]),
    # each in its addon's folder: all of them are called `rules`
    **{
        f"mypy rules of {folder.parent.name}": (
            folder.parent,
            [
                "mypy",
                "--strict",
                f"--config-file={ROOT}/pyproject.toml",
                "--exclude=tests",
                "rules",
            ],
        )
        for folder in sorted(ROOT.glob("addons/*/rules"))
    },
    "vermin": (ROOT, ["vermin", "-q", "-t=3.7-", "--violations", "addons"]),
    "pylint-odoo": (ROOT, ["pylint", "addons"]),
    "import-linter": (ROOT, ["lint-imports"]),
}
SUITES = {
    "rules": ["-o", "addopts=", "-p", "no:cacheprovider", *RULES],
    "gateway": ["gateway/tests", "-m", "not tables and not line", "-n3"],
    "tables": ["gateway/tests", "-m", "tables", "-n3"],
    "line": ["gateway/tests", "-m", "line and not slow", "-n4"],
    "sandbox": ["sandbox/tests", "-n3"],
    # once more on Odoo's own Python
    "rules-odoo": ["-o", "addopts=", "-p", "no:cacheprovider", *RULES],
    "project": ["tests/project", "-n2"],
    # nearly all the time they wait
    "line-slow": ["gateway/tests", "-m", "line and slow and not long", "-n4", "--dist=worksteal"],
    # each of the processes has a school of its own; mostly they wait, so they are more than the
    # cores
    "e2e": ["tests/e2e", "-m", "not long", "-n3", "--dist=loadfile", "--no-loadscope-reorder"],
}
# The rooms of the gateway's tests, each a suite of its own, which is part of those above.
ROOMS = {
    folder.name: [f"gateway/tests/{folder.name}", "-m", "not slow", "-n4"]
    for folder in sorted((ROOT / "gateway/tests").iterdir())
    if any(folder.glob("test_*.py"))
}
# With `--long`, and then alone; they wait nearly all the time. Each test is in one part; a part
# that takes longer has failed.
_SILENT, _LOST = "frozen or delayed", "swallowed or refused"
LONG = {
    f"long-{name}": ["gateway/tests", "-m", "long", "-k", chosen, "-n4"]
    for name, chosen in {
        "silent": _SILENT,
        "lost": f"({_LOST}) and not ({_SILENT})",
        "others": f"not ({_LOST} or {_SILENT})",
    }.items()
}
LONG["long-e2e"] = ["tests/e2e", "-m", "long"]
LONG_PART_S = 1200
# What `--fast` leaves out: it needs Odoo, or a browser.
NEED_ODOO = {"addons", "e2e", "line", "line-slow", "rules-odoo", "tables"}
# What else `--fast` does without, to be done within a minute: linters that take long, most of
# Hypothesis' examples, tests of the project that start programs of their own.
SLOW_LINTERS = {"pylint-odoo", "vermin"}
FAST = ["-p", "script.lib.few_examples", "--hypothesis-profile=few"]
FAST_ALSO = {"project": ["-m", "not slow"]}
# Tests that wait for what happens within some seconds, on a machine that has other things to do.
REPEATED = {"e2e", "line-slow"}
# What other suites run beside.
BESIDE = {"addons", "line-slow"}
# Tests that may be skipped, with the reason why; any other skip is a failure.
ALLOWED_SKIPS: dict[str, str] = {}


def lint(is_fast: bool = False) -> Outcome:
    """Every linter is one test."""
    outcome = Outcome()
    for name, (folder, command) in LINTERS.items():
        if is_fast and name in SLOW_LINTERS:
            continue
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            print(done.stdout + done.stderr)
        print(f"lint {name}: {'failed' if done.returncode else 'passed'}", flush=True)
        outcome += Outcome(failed=1) if done.returncode else Outcome(passed=1)
    return outcome


def rights() -> Outcome:
    """The addons' tests of rights alone, in Odoo; they are part of `addons`."""
    counts = odoo_tests.run(odoo_tests.RIGHTS)
    return Outcome(**dict(zip(("passed", "failed", "skipped"), counts, strict=True)))


def addons() -> Outcome:
    """The addons' own tests, in Odoo."""
    return Outcome(**dict(zip(("passed", "failed", "skipped"), odoo_tests.run(), strict=True)))


def pytest(name: str, arguments: list[str]) -> Outcome:
    """One pytest run, counted from its report."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        python, environ = sys.executable, dict(os.environ)
        if name.endswith("-odoo"):
            found = odoo_tests.environment()
            python, environ["PYTHONPATH"] = found["ODOO_PYTHON"], found["ODOO_PYTHONPATH"]
        command = [python, "-m", "pytest", "-q", "-o", "junit_family=xunit1"]
        command += [f"--junitxml={report}", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                capture_output=True,
                text=True,
                env=environ,
                timeout=LONG_PART_S if name in LONG else None,
            )
        except subprocess.TimeoutExpired as error:
            said = error.output or ""
            print((said.decode(errors="replace") if isinstance(said, bytes) else said)[-20000:])
            print(f"{name}: took longer than {LONG_PART_S // 60} minutes", flush=True)
            return Outcome(failed=1)
        if not report.exists() or done.returncode not in (0, 1):
            print(done.stdout + done.stderr)
            print(f"{name}: did not run", flush=True)
            return Outcome(failed=1)
        outcome = tally.read(
            report.read_text(), may_skip=ALLOWED_SKIPS, may_repeat=name in REPEATED
        )
    if done.returncode and not (outcome.failed or outcome.again):
        outcome += Outcome(failed=1)  # it says so itself, whatever the report says
    for case in outcome.forbidden:
        print(f"{name}: {case} was skipped, which is not allowed", flush=True)
    if done.returncode or not outcome.total:
        print(done.stdout[-20000:])
    for node, shown in tally.output_of(outcome.again, done.stdout).items():
        UNSTEADY.mkdir(parents=True, exist_ok=True)
        (UNSTEADY / tally.file_name(node)).write_text(f"{node}\n\n--- failed at first\n{shown}\n")
    took_s = time.monotonic() - began
    print(f"{name}: {outcome.passed} of {outcome.total} passed, {took_s:.0f} s", flush=True)
    return outcome


def try_again(nodes: tuple[str, ...]) -> set[str]:
    """Run each of these tests once more, alone. Return those that passed; what was printed is kept,
    too."""
    passed = set()
    for node in nodes:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1"]
            done = subprocess.run(
                [*command, f"--junitxml={report}", node], cwd=ROOT, capture_output=True, text=True
            )
            is_well = done.returncode == 0 and tally.read(report.read_text()) == Outcome(passed=1)
        said = "passed" if is_well else f"failed again\n{done.stdout}{done.stderr}"
        with (UNSTEADY / tally.file_name(node)).open("a") as log:
            log.write(f"\n--- alone\n{said}\n")
        print(f"once more, alone: {node}: {said}"[-20000:], flush=True)
        if is_well:
            passed.add(node)
    return passed


@contextmanager
def beside(name: str, *options: str) -> Iterator[Callable[[], Outcome]]:
    """Run a suite in a process of its own meanwhile; what is yielded waits for it and counts. The
    process ends with the block, whatever ends that. options: of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "outcome.json"
        command = [sys.executable, str(Path(__file__)), name, f"--outcome={result}", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

        def outcome() -> Outcome:
            print(process.communicate()[0].rstrip(), flush=True)
            if process.returncode or not result.exists():
                print(f"{name}: did not come to an end", flush=True)
                return Outcome(failed=1)
            found = json.loads(result.read_text())
            return Outcome(**{k: tuple(v) if isinstance(v, list) else v for k, v in found.items()})

        try:
            yield outcome
        finally:
            process.terminate()
            process.wait()


def arguments() -> argparse.Namespace:
    """Parse the command line. Exits with a message where it makes no sense."""
    parser = argparse.ArgumentParser(prog="script/test", description="Runs the tests.")
    names = ["lint", *SUITES, "addons", "rights", *ROOMS]
    parser.add_argument("names", nargs="*", metavar="SUITE|ROOM", help=", ".join(names))
    parser.add_argument("-k", metavar="WORD", help="only tests with this word in their names")
    parser.add_argument(
        "--fast", action="store_true", help="leave out what needs Odoo or a browser, or takes long"
    )
    parser.add_argument("--long", action="store_true", help="only what takes minutes each")
    parser.add_argument("--outcome", type=Path, help=argparse.SUPPRESS)
    found = parser.parse_args()
    for name in found.names:
        if name not in names:
            parser.error(f"there is no {name}: choose from {', '.join(names)}")
        if found.k and name in ("lint", "addons", "rights"):
            parser.error(f"-k chooses tests of pytest, not of {name}")
    if found.k and not found.names:
        parser.error("-k wants the name of a suite or a room, too")
    return found


def with_word(found: list[str], word: str) -> list[str]:
    """The arguments of a suite for its tests with that word: a few, which one process has done
    before others have read the suite's files."""
    return [*(re.sub(r"^-n\d+$", "-n0", argument) for argument in found), "-k", word]


def main() -> int:
    """Run all suites, or those named; 0 when nothing failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = arguments()
    if asked.long:
        return settle(sum((pytest(name, found) for name, found in LONG.items()), Outcome()))
    suites = {**SUITES, **{name: ROOMS[name] for name in asked.names if name in ROOMS}}
    if asked.k:
        suites = {name: with_word(found, asked.k) for name, found in suites.items()}
    if asked.fast:
        suites = {name: [*found, *FAST, *FAST_ALSO.get(name, ())] for name, found in suites.items()}
    runs: dict[str, Callable[[], Outcome]] = {"lint": partial(lint, asked.fast)}
    runs |= {name: partial(pytest, name, found) for name, found in suites.items()}
    runs["addons"] = addons
    if "rights" in asked.names:
        runs["rights"] = rights
    chosen = [
        name
        for name in runs
        if name in asked.names or not (asked.names or asked.fast and name in NEED_ODOO)
    ]
    if asked.outcome:  # we are beside another run, which counts
        asked.outcome.write_text(json.dumps(asdict(runs[chosen[0]]())))
        return 0
    if asked.k:  # a few tests, which want no company
        return settle(sum((runs[name]() for name in chosen), Outcome()))
    outcome = Outcome()
    if asked.fast and not asked.names:
        others = [name for name in chosen if name != "gateway"]
        return settle(run(others, "gateway", chosen, runs, "--fast"))
    # Odoo runs its tests in one process, which leaves the other core to these; the end-to-end tests
    # wait for what happens within some seconds, and so do those beside them
    first = [name for name in chosen if name not in {"e2e", *BESIDE}]
    for suites, companion in ((first, "addons"), (["e2e"], "line-slow")):
        outcome += run([name for name in suites if name in chosen], companion, chosen, runs)
    return settle(outcome)


def settle(outcome: Outcome) -> int:
    """Try once more what may be tried, and say what came of it all; 0 when nothing failed."""
    passed_alone = try_again(tally.to_repeat(outcome))
    verdict = tally.settle(outcome, passed_alone)
    if verdict.unsteady:
        print("\nunsteady (failed, then passed alone):")
        for node in verdict.unsteady:
            print(f"  {node}: see {(UNSTEADY / tally.file_name(node)).relative_to(ROOT)}")
        if len(verdict.unsteady) > tally.MOST_UNSTEADY:
            print(f"more than {tally.MOST_UNSTEADY} of them: they count as failed")
    print(verdict.last_line, flush=True)
    return 0 if verdict.is_well else 1


def run(
    suites: list[str],
    companion: str,
    chosen: list[str],
    runs: dict[str, Callable[[], Outcome]],
    *options: str,
) -> Outcome:
    """Run these suites, with the companion beside them where both are wanted. options: its own."""
    outcome = Outcome()
    if companion not in chosen:
        meanwhile = nullcontext(Outcome)
    else:
        meanwhile = beside(companion, *options) if suites else nullcontext(runs[companion])
    with meanwhile as finish:
        for name in suites:
            outcome += runs[name]()
        outcome += finish()
    return outcome


if __name__ == "__main__":
    sys.exit(main())
