"""The end-to-end tests of a process share one school: no two files name a classroom alike."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

E2E = Path(__file__).resolve().parents[1] / "e2e"
#: What makes a classroom; its name is the first text that it is given.
MAKERS = {"room", "enrolled", "bound_group"}


def _names(source: str) -> set[str]:
    """The classrooms' names; what is put into a name when the test runs is "*"."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        maker = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for argument in node.args if maker in MAKERS else ():
            parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
            texts = [part.value if isinstance(part, ast.Constant) else "*" for part in parts]
            if any(
                isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts
            ):
                names.add("".join(map(str, texts)))
                break
    return names


def test_names_of_classrooms__are_each_of_one_file() -> None:
    files = defaultdict(list)
    for path in sorted(E2E.glob("*.py")):
        for name in _names(path.read_text()):
            files[name].append(path.name)
    assert len(files) > 50
    assert {name: where for name, where in files.items() if len(where) > 1} == {}
