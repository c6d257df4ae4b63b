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


def test_addons__have_the_files_of_the_picture() -> None:
    names = {path.name for path in (ROOT / "addons").rglob("*.py")}
    for way in (ways.E, ways.L):
        for stop in way:
            if not stop.is_gateway:
                for name in stop.target.split(", "):
                    assert Path(name).name in names, name


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
