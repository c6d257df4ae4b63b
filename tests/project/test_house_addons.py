"""The plan of the house in the addons: no model is too large or opened twice, no file too long, and
an adapter has few hooks to know."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDONS = sorted(
    path.parent
    for folder in (ROOT / "addons", ROOT / "tests/addons")
    for path in folder.glob("*/__manifest__.py")
)
MOST_METHODS = 40
#: Of an adapter, for class and lesson together.
MOST_HOOKS = 24
#: The mixins with these hooks, and their methods that are none.
HOOKED = ("membership/telegram_classroom_mixin.py", "calls/telegram_lesson_mixin.py")
NO_HOOKS = {
    "_telegram_classroom",
    "_telegram_start",
    "_telegram_models",
    "_telegram_horizon",
    "_telegram_attachment",
    "_telegram_name",
}
MOST_LINES = 400

#: Still to be parted; these lists only shrink, and a name that is not needed any more must go.
TOO_MANY_METHODS: dict[str, set[str]] = {}
TOO_LONG: dict[str, set[str]] = {}


def _code(addon: Path) -> Iterator[Path]:
    """The addon's Python files, but for its tests."""
    return (path for path in addon.rglob("*.py") if "tests" not in path.relative_to(addon).parts)


def _model(node: ast.ClassDef) -> str | None:
    """The name of the Odoo model that a class makes or opens; None for any other class."""
    names: dict[str, str] = {}
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            target, value = line.targets[0].id, line.value
            if isinstance(value, ast.List) and len(value.elts) == 1:
                value = value.elts[0]
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                names[target] = value.value
    return names.get("_name") or names.get("_inherit")


def _models(addon: Path) -> tuple[Counter[str], dict[str, list[str]]]:
    """Methods of each model, and the files in which it is made or opened."""
    methods: Counter[str] = Counter()
    files: dict[str, list[str]] = defaultdict(list)
    for path in _code(addon):
        for node in ast.walk(ast.parse(path.read_text())):
            model = _model(node) if isinstance(node, ast.ClassDef) else None
            if isinstance(node, ast.ClassDef) and model:
                methods[model] += sum(isinstance(part, ast.FunctionDef) for part in node.body)
                files[model].append(path.name)
    return methods, files


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_models__have_few_methods(addon: Path) -> None:
    methods, _files = _models(addon)
    large = {model for model, count in methods.items() if count > MOST_METHODS}
    assert large == TOO_MANY_METHODS.get(addon.name, set())


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_models__are_opened_once(addon: Path) -> None:
    _methods, files = _models(addon)
    twice = {model for model, places in files.items() if len(places) > 1}
    assert not twice


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_files__are_not_too_long(addon: Path) -> None:
    long = {
        path.relative_to(addon).as_posix()
        for path in _code(addon)
        if len(path.read_text().splitlines()) > MOST_LINES
    }
    assert long == TOO_LONG.get(addon.name, set())


def _methods(path: Path) -> set[str]:
    """The `_telegram_*` methods of a file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    names = (node.name for node in nodes if isinstance(node, ast.FunctionDef))
    return {name for name in names if name.startswith("_telegram_")}


def _hooks_in_page(page: str) -> set[str]:
    """The names in the first columns of the page's tables."""
    rows = re.findall(r"^\| (`_telegram.*?) \|", page, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(_telegram_\w+)`", row)}


def test_hooks__are_few_and_the_page_names_each() -> None:
    folder = ROOT / "addons/telegram_school/models"
    methods = set().union(*(_methods(folder / name) for name in HOOKED))
    assert methods >= NO_HOOKS
    page = (ROOT / "docs/dev/adapter.md").read_text()
    assert methods - NO_HOOKS == _hooks_in_page(page)
    assert len(methods - NO_HOOKS) <= MOST_HOOKS
    assert f"have {len(methods - NO_HOOKS)} hooks together" in page


def test_hooks__each_is_one_for_an_adapter() -> None:
    """Some adapter overrides each of them (the classes for trying Telegram out are one), and no
    adapter anything else."""
    folder = ROOT / "addons/telegram_school/models"
    adapters = (
        ROOT / "addons/small_school_telegram",
        ROOT / "tests/addons/foreign_school_telegram",
    )
    code = [path for one in adapters for path in _code(one)] + list(folder.rglob("*_trial_*.py"))
    overridden = set().union(*map(_methods, code))
    methods = set().union(*(_methods(folder / name) for name in HOOKED))
    assert methods - NO_HOOKS <= overridden
    assert not overridden & NO_HOOKS


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_tests__are_all_imported(addon: Path) -> None:
    """Odoo runs what the package imports, and says nothing of other files."""
    tests = addon / "tests"
    forgotten = [
        path.name
        for path in tests.rglob("test_*.py")
        if not re.search(rf"\b{path.stem}\b", (tests / "__init__.py").read_text())
    ]
    assert not forgotten
