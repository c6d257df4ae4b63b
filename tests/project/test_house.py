"""The plan of the house: few files in the gateway's root, none too long, each with a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATEWAY = ROOT / "gateway/src/telegram_gateway"
SANDBOX = ROOT / "sandbox/src/telegram_sandbox"
MOST_LINES = 400
MOST_AT_THE_ROOT = 12


def _modules() -> list[str]:
    """The gateway's modules that hold code, by their dotted names."""
    modules = []
    for path in sorted(GATEWAY.rglob("*.py")):
        body = ast.parse(path.read_text()).body
        if any(not isinstance(node, ast.Expr) for node in body):  # more than a docstring
            parts = path.relative_to(GATEWAY.parent).with_suffix("").parts
            modules.append(".".join(part for part in parts if part != "__init__"))
    return modules


def _imported() -> set[str]:
    """Modules and names that the gateway's tests import, dotted."""
    imported: set[str] = set()
    for path in (ROOT / "gateway/tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return imported


def test_root__has_few_files() -> None:
    assert len(list(GATEWAY.glob("*.py"))) <= MOST_AT_THE_ROOT


@pytest.mark.parametrize("root", [GATEWAY, SANDBOX, ROOT / "script", ROOT / "bench", ROOT / "demo"])
def test_files__are_not_too_long(root: Path) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in root.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def _named() -> set[str]:
    """Modules after which a file of the gateway's tests is named: `membership/test_title.py`."""
    tests = ROOT / "gateway/tests"
    modules = set()
    for path in tests.rglob("test_*.py"):
        rooms = path.relative_to(tests).parent.parts
        modules.add(".".join(("telegram_gateway", *rooms, path.stem.removeprefix("test_"))))
    return modules


def test_modules__have_each_a_test_of_the_gateway() -> None:
    """One named after them, or one that imports them."""
    # the package itself, and what starts the program: tests run that as people do
    outside = {"telegram_gateway", "telegram_gateway.__main__"}
    untested = set(_modules()) - _imported() - _named() - outside
    assert not untested
