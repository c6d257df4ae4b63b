"""The picture of both ways is true: each stop is called by the stop that it names, in the
sources."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
MOST_FILES = {"E": 9, "L": 8}
#: In both programs together.
MOST_IN_ALL = 18


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ways", ROOT / "docs/ways.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ways"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


ways = _load()
STOPS = [(name, stop) for name in ("E", "L") for stop in getattr(ways, name) if stop.is_gateway]


@pytest.mark.parametrize("stop", [stop for _, stop in STOPS], ids=lambda stop: stop.target)
def test_stops__are_there(stop) -> None:
    module, _, function = stop.target.partition(":")
    assert function in ways.read(module).functions


@pytest.mark.parametrize(
    "stop", [stop for _, stop in STOPS if ":" in stop.caller], ids=lambda stop: stop.target
)
def test_stops__are_called_by_an_earlier_one(stop) -> None:
    earlier = [one.target for _, one in STOPS]
    assert stop.caller in earlier[: earlier.index(stop.target)]
    assert stop.target in ways.called_by(stop.caller)


def test_reconcile__is_reached_by_the_table_of_kinds() -> None:
    (stop,) = (stop for _, stop in STOPS if stop.caller == ways.BY_TABLE)
    assert stop.target == ways.COMMANDS["reconcile"].handler
    dispatch = "telegram_gateway.run.dispatch"
    assert ways.read(dispatch).imported["COMMANDS"] == "telegram_gateway.core.kinds:COMMANDS"
    assert "resolve_name" in ways.path_of(dispatch).read_text()


def test_router__listens_to_updates() -> None:
    (stop,) = (stop for _, stop in STOPS if stop.caller == ways.BY_LISTENER)
    assert stop.target == "telegram_gateway.run.router:Router.on_update"
    tree = ast.parse(ways.path_of("telegram_gateway.run.service").read_text())
    listeners = [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".forward_to")
    ]
    assert listeners == ["self._router.on_update"]


def test_every_stop__is_reached() -> None:
    """But for the first of each way in the gateway."""
    entries = [stop.target for _, stop in STOPS if not stop.caller]
    assert len(entries) == 2


@pytest.mark.parametrize("way", MOST_FILES)
def test_way__passes_few_files(way: str) -> None:
    assert len({stop.module for name, stop in STOPS if name == way}) <= MOST_FILES[way]


def test_followed_calls__are_not_just_any() -> None:
    """The follower finds what is called, and nothing else."""
    found = ways.called_by("telegram_gateway.core.merge:merge")
    assert "telegram_gateway.core.decide:decide" in found
    assert "telegram_gateway.telegram.apply:do_step" not in found


ODOO = [(name, stop) for name in ("E", "L") for stop in getattr(ways, name) if not stop.is_gateway]


@pytest.mark.parametrize("stop", [stop for _, stop in ODOO], ids=lambda stop: stop.target)
def test_stops_in_addons__are_there_and_called_by_an_earlier_one(stop) -> None:
    module, _, function = stop.target.partition(":")
    assert function in ways.read(module).functions
    if ":" in stop.caller:
        earlier = [one.target for _, one in ODOO]
        assert stop.caller in earlier[: earlier.index(stop.target)]
        assert ways.reach(stop.caller, stop.target)
    else:
        assert stop.caller in (ways.BY_ODOO, ways.BY_DOORBELL, ways.BY_FORM)


def test_followed_calls_in_addons__are_not_just_any() -> None:
    sheet = "telegram_school.services.attendance.sheet:LessonSheet"
    keep = "telegram_school.services.attendance.school_sheet:SchoolSheet.keep"
    assert ways.reach(f"{sheet}.refresh", keep)
    assert not ways.reach(f"{sheet}.mark", keep)
    # named alike, and not imported there
    other = "telegram_base.models.attendance.recording:PresenceRecorder.record"
    assert not ways.reach(f"{sheet}.refresh", other)


def test_adapter__has_the_override_before_which_a_form_calls_none() -> None:
    """Odoo calls the adapter's method first, and that the mixin's by `super()`."""
    (stop,) = (stop for _, stop in ODOO if stop.caller == ways.BY_ODOO)
    text = ways.path_of(stop.target.partition(":")[0]).read_text()
    assert '_inherit = ["small_school.enrolment", "telegram.enrolment.mixin"]' in text


def test_doorbell_and_form__call_what_they_are_said_to() -> None:
    places = {
        ways.BY_DOORBELL: "gateway/src/telegram_gateway/database/doorbell.py",
        ways.BY_FORM: "addons/telegram_school/static/src/js/timeline.js",
    }
    for how, place in places.items():
        (stop,) = (stop for _, stop in ODOO if stop.caller == how)
        assert f'"{stop.target.rpartition(".")[2]}"' in (ROOT / place).read_text()


@pytest.mark.parametrize("way", MOST_FILES)
def test_way__passes_few_files_in_both_programs(
    way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ways.files(getattr(ways, way))
    own = sum(not addon for addon, _ in files)
    with capsys.disabled():
        print(f"{way}: {len(files)} files, {own} of the gateway and {len(files) - own} of addons")
    assert len(files) <= MOST_IN_ALL


def test_picture__is_what_is_drawn() -> None:
    assert ways.PICTURE.read_text(encoding="utf-8") == ways.draw(), (
        "run: .local/venv/bin/python docs/ways.py"
    )


def test_tour__of_contributing_passes_each_stop() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for letter in ("E", "L"):
        for number, stop in enumerate(getattr(ways, letter), start=1):
            if stop.is_gateway:
                function = stop.target.partition(":")[2]
                assert f"- {letter}{number}: `{stop.module}`, `{function}`." in text
