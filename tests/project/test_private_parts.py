"""Private parts of the client library are used in `telegram_gateway/telegram/` alone: a new version
of it breaks one folder, and its tests find where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gateway/src/telegram_gateway"


def private_uses(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each private attribute of something else that a module reads or sets, but
    for those that it defines itself; and of private names imported from the library."""
    tree = ast.parse(source)
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node):
            own.add(node.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not _is_self(node):
            if _is_private(node.attr) and node.attr not in own:
                yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("telethon"):
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from ((node.lineno, part) for part in parts if _is_private(part))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("getattr", "setattr", "hasattr") and len(node.args) > 1:
                name = node.args[1]
                if isinstance(name, ast.Constant) and _is_private(str(name.value)):
                    yield node.lineno, str(name.value)


def _is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def test_outside_of_telegram__nothing_private_of_anybody_else() -> None:
    uses = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] != "telegram"
        for line, name in private_uses(path.read_text())
    ]
    assert not uses


def test_found__however_it_is_written() -> None:
    source = """
import telethon
from telethon._updates import MessageBox
sender = client._sender
client._sender._auto_reconnect_callback = None
getattr(update, "_entities", None)
self._own = 1
other._own
"""
    names = sorted(name for _, name in private_uses(source))
    assert names == ["_auto_reconnect_callback", "_entities", "_sender", "_sender", "_updates"]
