"""requirements.txt names every third-party library that is imported, pinned, for the right
Python."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
NEW, OLD = "3.11", "3.7"
FOLDERS = {
    "addons": OLD,
    "tests/addons": OLD,
    "bench": NEW,
    "demo": NEW,
    "docs": NEW,
    "gateway": NEW,
    "sandbox": NEW,
    "script": NEW,
    "tests/e2e": NEW,
    "tests/project": NEW,
}
OURS = {
    *("telegram_gateway", "telegram_sandbox", "gateway", "demo", "bench", "odoo"),
    *("odoo_tests", "run_tests", "tally"),
    *("telegram_school", "rules", "classroom_rules", "telegram_base_rules", "conftest"),
    "lesson_register_rules",
}
# Not imported by name: tools, plugins, and what others import if it is there.
TOOLS = {
    *("ruff", "mypy", "import-linter", "vermin", "pytest-asyncio", "pytest-timeout"),
    "pytest-xdist",
    *("types-python-dateutil", "types-pytz"),  # mypy reads them
    *("pre-commit", "pre-commit-hooks", "pylint", "pylint-odoo"),
    "cryptg",  # telethon is ten times slower without it
}
# Of the libraries for Odoo's Python only these are imported by the addons themselves.
DISTRIBUTIONS = {
    "dateutil": "python-dateutil",
    "polib": "polib",
    "psycopg2": "psycopg2-binary",
    "pytz": "pytz",
    "vobject": "vobject",
}
INSTALLED = packages_distributions()


def requirements() -> Iterator[Requirement]:
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text:
            yield Requirement(text)


def holds(requirement: Requirement, python: str) -> bool:
    """Return whether the requirement applies to that Python."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    return requirement.marker is None or requirement.marker.evaluate(environment)


def imported(folder: Path) -> Iterator[tuple[str, Path]]:
    """Top-level names that the folder's modules import."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((alias.name.partition(".")[0], path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0], path


def third_party(folder: str) -> Iterator[tuple[str, Path]]:
    for name, path in imported(ROOT / folder):
        is_local = (path.parent / f"{name}.py").exists() or (path.parent / name).is_dir()
        if name not in OURS and name not in sys.stdlib_module_names and not is_local:
            yield name, path


def distribution(name: str) -> str:
    """The distribution that an import comes from, as requirements.txt spells it."""
    found = DISTRIBUTIONS.get(name) or INSTALLED.get(name, [name])[0]
    return canonicalize_name(found)


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_imports__are_required(folder: str) -> None:
    python = FOLDERS[folder]
    required = {
        canonicalize_name(requirement.name)
        for requirement in requirements()
        if holds(requirement, python)
    }
    missing = {
        f"{distribution(name)} ({path.relative_to(ROOT)})"
        for name, path in third_party(folder)
        if distribution(name) not in required
    }
    assert missing == set()


def test_requirements__are_pinned() -> None:
    loose = [
        str(requirement)
        for requirement in requirements()
        if [specifier.operator for specifier in requirement.specifier] != ["=="]
    ]
    assert loose == []


@pytest.mark.slow
def test_requirements__are_used() -> None:
    """Odoo's own libraries, for its Python only, are Odoo's affair."""
    used = {distribution(name) for folder in FOLDERS for name, _ in third_party(folder)}
    unused = {
        canonicalize_name(requirement.name)
        for requirement in requirements()
        if holds(requirement, NEW) and canonicalize_name(requirement.name) not in used | TOOLS
    }
    assert unused == set()


def test_licence__is_proprietary() -> None:
    for manifest in ROOT.glob("addons/*/__manifest__.py"):
        facts = ast.literal_eval(manifest.read_text())
        assert facts["license"] == "Other proprietary", manifest
        assert facts["version"].startswith("13.0."), manifest
    assert "All rights reserved" in (ROOT / "LICENSE").read_text()
