"""The developers' pages name what is there: each file of a room, and each stop of the tour."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEV = ROOT / "docs/dev"
GATEWAY = ROOT / "gateway/src/telegram_gateway"
HARNESS = ROOT / "gateway/tests/harness"
MOST_COLUMNS = 120

#: Where the table of a folder's files stands: page, heading.
TABLES = {
    GATEWAY / "run": ("run.md", "Files"),
    GATEWAY / "membership": ("membership.md", "Files"),
    GATEWAY / "messages": ("messages.md", "Files"),
    GATEWAY / "calls": ("calls.md", "Files"),
    GATEWAY / "identity": ("identity.md", "Files"),
    GATEWAY / "health": ("health.md", "Files"),
    GATEWAY / "core": ("edges.md", "core: decisions"),
    GATEWAY / "database": ("edges.md", "database: PostgreSQL"),
    GATEWAY / "telegram": ("edges.md", "telegram: Telethon"),
    HARNESS: ("tests.md", "The harness: a gateway without Odoo"),
}


def files_in_table(page: str, heading: str) -> set[str]:
    """The files in the first column of the table under this heading."""
    part = (DEV / page).read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.split(" | ")[0] for line in part.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([\w./]+\.py)`", cell)}


@pytest.mark.parametrize("folder", TABLES, ids=lambda folder: folder.name)
def test_pages__name_each_file_of_their_room(folder: Path) -> None:
    there = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert files_in_table(*TABLES[folder]) == there


def test_page_of_attendance__names_files_of_the_addons() -> None:
    missing = {
        name
        for name in files_in_table("attendance.md", "Files")
        if not (ROOT / "addons" / name).is_file()
    }
    assert not missing


def test_first_page__has_each_room_and_its_page() -> None:
    text = (DEV / "README.md").read_text()
    for page in {page for page, _heading in TABLES.values()} | {"attendance.md", "contract.md"}:
        assert f"]({page})" in text, page


def _names(path: Path) -> set[str]:
    """What a module defines: functions, classes, methods (`Class.method`) and constants."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names.add(node.name)
            case ast.ClassDef():
                names.add(node.name)
                names |= {
                    f"{node.name}.{part.name}"
                    for part in node.body
                    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
                }
            case ast.AnnAssign() if isinstance(node.target, ast.Name):
                names.add(node.target.id)
            case ast.Assign():
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def test_tour__names_what_is_there() -> None:
    """Each “`module.py`, `name`” of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    stops = re.findall(r"`([\w/]+\.py)`, `([\w.]+)`", text)
    assert len(stops) > 10
    wrong = [(module, name) for module, name in stops if name not in _names(GATEWAY / module)]
    assert not wrong


@pytest.mark.parametrize(
    "path", [ROOT / "CONTRIBUTING.md", *sorted(DEV.glob("*.md"))], ids=lambda path: path.name
)
def test_modules_mentioned__are_there(path: Path) -> None:
    """`room/module.py` in backticks is a file of the gateway, or of the repository."""
    mentioned = set(re.findall(r"`([a-z_]+/[\w/]+\.py)`", path.read_text()))
    roots = (GATEWAY, ROOT, ROOT / "addons", ROOT / "addons/telegram_base")
    missing = {
        name
        for name in mentioned
        if not any((root / name).is_file() for root in roots)
        and not list((ROOT / "addons").glob(f"*/{name}"))
    }
    assert not missing


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_lines__are_not_too_long(path: Path) -> None:
    """But in tables, which have one line for each row."""
    long = [
        line
        for line in path.read_text().splitlines()
        if len(line) > MOST_COLUMNS and not line.startswith("|") and " " in line.strip()
    ]
    assert not long
