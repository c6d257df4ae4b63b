"""The law of the count: no failing test is ever lost, whatever is tried again."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "script/lib"))

import run_tests  # noqa: E402
import tally  # noqa: E402
from tally import Outcome  # noqa: E402

_NUMBERS = st.integers(min_value=0, max_value=30)
_NODES = st.lists(st.sampled_from([f"tests/test_a.py::test_{n}" for n in range(20)]), unique=True)


@st.composite
def _runs(draw) -> tuple[Outcome, set[str]]:
    """Result of a run, and the tests that passed when they were alone."""
    again = draw(_NODES)
    outcome = Outcome(
        passed=draw(_NUMBERS), failed=draw(_NUMBERS), skipped=draw(_NUMBERS), again=tuple(again)
    )
    repeated = tally.to_repeat(outcome)
    return outcome, set(draw(st.lists(st.sampled_from(repeated)))) if repeated else set()


@given(_runs())
def test_law__every_test_is_counted_once(run: tuple[Outcome, set[str]]) -> None:
    outcome, passed_alone = run
    verdict = tally.settle(outcome, passed_alone)
    assert verdict.passed + verdict.failed + verdict.skipped == outcome.total


@given(_runs())
def test_law__who_failed_is_failed_or_listed(run: tuple[Outcome, set[str]]) -> None:
    outcome, passed_alone = run
    verdict = tally.settle(outcome, passed_alone)
    assert set(verdict.unsteady) == set(outcome.again) & passed_alone
    unlisted = set(outcome.again) - set(verdict.unsteady)
    assert verdict.failed >= outcome.failed + len(unlisted)
    if verdict.is_well:
        assert not outcome.failed and not unlisted
        assert len(verdict.unsteady) <= tally.MOST_UNSTEADY


@given(_runs(), st.booleans())
def test_law__one_more_failure_makes_nothing_better(
    run: tuple[Outcome, set[str]], passes: bool
) -> None:
    outcome, passed_alone = run
    more = outcome + Outcome(again=("tests/test_b.py::test_more",))
    alone = (passed_alone | {"tests/test_b.py::test_more"}) if passes else passed_alone
    alone &= set(tally.to_repeat(more))
    assert tally.settle(more, alone).failed >= tally.settle(outcome, passed_alone).failed
    assert tally.settle(more, alone).is_well <= tally.settle(outcome, passed_alone).is_well or (
        passes and not outcome.passed
    )


@pytest.mark.parametrize("unsteady", [0, 1, 2, 3])
def test_two_unsteady_tests_are_forgiven_and_not_three(unsteady: int) -> None:
    nodes = tuple(f"tests/test_a.py::test_{n}" for n in range(unsteady))
    verdict = tally.settle(Outcome(passed=5, again=nodes), set(nodes))
    assert verdict.unsteady == nodes
    assert verdict.is_well == (unsteady <= 2)
    failed = 3 if unsteady == 3 else 0
    assert verdict.last_line == f"{5 + unsteady - failed} passed, {failed} failed, 0 skipped"


def test_many_failures__nothing_is_tried_again() -> None:
    nodes = tuple(f"tests/test_a.py::test_{n}" for n in range(tally.MOST_AGAIN + 1))
    outcome = Outcome(passed=5, again=nodes)
    assert tally.to_repeat(outcome) == ()
    assert tally.settle(outcome, set()).failed == len(nodes)


def _report(*cases: str) -> str:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def _case(name: str, inner: str = "") -> str:
    place = 'classname="tests.e2e.test_x" file="tests/e2e/test_x.py"'
    return f'<testcase {place} name="{name}">{inner}</testcase>'


_FAILURE = '<failure message="assert 0">…</failure>'
_SETUP = '<error message="failed on setup with &quot;E&quot;">…</error>'
_TEARDOWN = '<error message="failed on teardown with &quot;E&quot;">…</error>'


def test_a_report_of_each_kind() -> None:
    report = _report(_case("a"), _case("b", _FAILURE), _case("c", _SETUP), _case("d", "<skipped/>"))
    once = tally.read(report)
    assert once == Outcome(passed=1, failed=3, skipped=1, forbidden=("tests.e2e.test_x.d",))
    assert once.total == 4
    twice = tally.read(report, may_repeat=True, may_skip={"tests.e2e.test_x.d"})
    again = ("tests/e2e/test_x.py::b", "tests/e2e/test_x.py::c")
    assert twice == Outcome(passed=1, skipped=1, again=again)


def test_what_is_found_in_tidying_up_is_not_tried_again() -> None:
    """It may be about all the tests of the process: a secret that one of them left somewhere."""
    report = _report(_case("a", _TEARDOWN), _case("b", _FAILURE), _case("b", _TEARDOWN))
    assert tally.read(report, may_repeat=True) == Outcome(failed=2)


def test_a_failure_that_names_no_file_is_not_tried_again() -> None:
    report = _report(
        '<testcase classname="" name="tests.e2e"><error message="collection"/></testcase>'
    )
    assert tally.read(report, may_repeat=True) == Outcome(failed=1)


def test_an_empty_suite_failed() -> None:
    assert tally.read(_report(), may_repeat=True) == Outcome(failed=1)


@pytest.mark.parametrize(
    ("classname", "name", "node"),
    [
        ("tests.e2e.test_x", "test_y", "tests/e2e/test_x.py::test_y"),
        ("tests.e2e.test_x.TestZ", "test_y[a b]", "tests/e2e/test_x.py::TestZ::test_y[a b]"),
    ],
)
def test_node_ids(classname: str, name: str, node: str) -> None:
    case = ET.Element("testcase", classname=classname, name=name, file="tests/e2e/test_x.py")
    assert tally.node_id(case) == node


_SUITE = """
import pathlib
import pytest

def test_well():
    assert True

class TestThem:
    @pytest.mark.parametrize("n", ["a b"])
    def test_unsteady(self, n):
        print("the evidence")
        met = pathlib.Path(__file__).with_name("met")
        if not met.exists():
            met.touch()
            raise AssertionError("the first time")

@pytest.fixture
def untidy():
    yield
    assert not BROKEN, "left something"

def test_untidy(untidy):
    pass

def test_broken():
    assert not BROKEN, "each time"
"""


@pytest.mark.slow
@pytest.mark.parametrize("is_broken", [False, True])
def test_a_whole_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, is_broken: bool
) -> None:
    """An unsteady test is told from a broken one, and its first failure is kept."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_them.py").write_text(f"BROKEN = {is_broken}\n{_SUITE}")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "UNSTEADY", tmp_path / "unsteady")
    monkeypatch.setattr(run_tests, "SUITES", {"e2e": ["test_them.py"]})
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "e2e"])
    assert run_tests.main() == int(is_broken)
    output = capsys.readouterr().out
    log = "unsteady/test_them.py.TestThem.test_unsteady[a-b].log"
    assert "unsteady (failed, then passed alone):\n" in output
    assert f"  test_them.py::TestThem::test_unsteady[a b]: see {log}\n" in output
    last = "2 passed, 2 failed, 0 skipped" if is_broken else "4 passed, 0 failed, 0 skipped"
    assert output.splitlines()[-1] == last
    kept = (tmp_path / log).read_text()
    assert "the evidence" in kept and "the first time" in kept and "--- alone\npassed" in kept
    assert "each time" not in kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("longest_s", "last"),
    [(60, "3 passed, 5 failed, 0 skipped"), (0.01, "0 passed, 2 failed, 0 skipped")],
)
def test_the_long_parts__each_is_run_once_and_has_an_end(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    longest_s: float,
    last: str,
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_them.py").write_text(f"BROKEN = True\n{_SUITE}")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "UNSTEADY", tmp_path / "unsteady")
    parts = {"long-one": ["test_them.py"], "long-two": ["test_them.py"]}
    monkeypatch.setattr(run_tests, "LONG", parts)
    monkeypatch.setattr(run_tests, "LONG_PART_S", longest_s)
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "--long"])
    assert run_tests.main() == 1
    output = capsys.readouterr().out
    assert output.splitlines()[-1] == last
    assert "once more" not in output


@pytest.mark.slow
@pytest.mark.parametrize(("words", "is_alone"), [(["-k", "where"], True), ([], False)])
def test_a_few_tests_by_a_word__in_one_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], is_alone: bool
) -> None:
    """Each further process reads all tests of the room before it begins."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # that of this test, if there is one
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    worker = "os.environ.get('PYTEST_XDIST_WORKER')"
    (tmp_path / "test_them.py").write_text(
        f"import os\n\ndef test_where():\n    assert ({worker} is None) is {is_alone}\n"
    )
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(
        run_tests, "SUITES", {"messages": ["test_them.py", "-n1", "--dist=loadfile"]}
    )
    monkeypatch.setattr(run_tests, "ROOMS", {})
    monkeypatch.setattr(sys, "argv", ["run_tests.py", "messages", *words])
    assert run_tests.main() == 0


def test_a_companion_that_dies_is_a_failure(capfd: pytest.CaptureFixture) -> None:
    with run_tests.beside("no-such-suite") as finish:
        assert finish() == Outcome(failed=1)
    assert "no-such-suite: did not come to an end" in capfd.readouterr().out
