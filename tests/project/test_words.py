"""Docstrings say the subject first: no riddles such as “Who is told of whom”."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RIDDLE = re.compile(r"(Who|Whom|Whose|Those|What|Whether|Whatever)\b")
FOLDERS = ["gateway/src", "sandbox/src", "addons", "tests/addons", "script", "demo", "bench"]


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """The name and the docstring of the module, and of each class and function in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "name", "module"), text


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings__begin_with_their_subject(folder: str) -> None:
    riddles = [
        f"{path.relative_to(ROOT)}, {name}: {text.splitlines()[0]}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name, text in _docstrings(path)
        if RIDDLE.match(text)
    ]
    assert not riddles
