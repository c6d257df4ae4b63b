"""The table of kinds is true: each handler is there, the contract names the same kinds, and no
module keeps a list of them beside it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, get_type_hints

import pytest
import telegram_gateway
from telegram_gateway.core.commands import Command
from telegram_gateway.core.kinds import COMMANDS, FACTS, UNKNOWN_COMMAND, command_kind
from telegram_gateway.core.model import Fact
from telegram_gateway.pool import Work

SOURCE = Path(telegram_gateway.__file__).parent
CONTRACT = (SOURCE.parents[2] / "docs/dev/contract.md").read_text()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

#: In the contract; the gateway inserts neither, since Odoo reads telegram_account.
NOT_INSERTED = {"account_lost", "account_back"}
#: Words that also mean something else, where they do.
OTHER_MEANINGS = {
    ("cli.py", "login"),  # the program's own command
    ("core/consequences.py", "login"),  # what an error asks of us
    ("database/doorbell.py", "login"),  # a method of Odoo's
    ("database/logins.py", "login"),  # a key of the payload
    ("identity/desk.py", "login"),
    ("identity/sealed.py", "login"),
    ("run/lanes.py", "plan"),  # a lane's name
}


def rows_of(title: str) -> set[str]:
    """The kinds in the first column of the table under this heading of the contract."""
    part = CONTRACT.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]
    cells = [line.split(" | ")[0] for line in part.splitlines() if line.startswith("| `")]
    return {kind for cell in cells for kind in re.findall(r"`(\w+)`", cell)}


@cache
def literals() -> dict[str, frozenset[str]]:
    """The texts that stand in each module but the table's own."""
    texts_of_modules = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name != "core/kinds.py":
            texts_of_modules[name] = frozenset(texts(ast.parse(path.read_text())))
    return texts_of_modules


def texts(tree: ast.AST) -> Iterator[str]:
    """The literals of a module, but for the kinds of intents, which are words of their own."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("intents."):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        yield from texts(node)


@pytest.mark.parametrize("kind", [kind for kind, row in COMMANDS.items() if row.handler])
def test_handler__is_there_and_has_the_one_signature(kind: str) -> None:
    row = COMMANDS[kind]
    handler = resolve_name(row.handler)
    assert inspect.iscoroutinefunction(handler)
    hints = get_type_hints(handler)
    gives = hints.pop("return")
    if row.is_folded:
        assert (list(hints.values()), gives) == ([Work, Sequence[Command]], type(None))
    else:
        assert (list(hints.values()), gives) == ([Work, Command], dict[str, Any])
    assert row.handler.startswith(f"telegram_gateway.{row.room}.")


def test_only_logins_do_not_go_through_lanes() -> None:
    assert [kind for kind, row in COMMANDS.items() if not row.handler] == ["login"]


def test_contract__names_the_same_kinds() -> None:
    assert rows_of("Commands") == set(COMMANDS)
    assert rows_of("Facts") == set(FACTS)


def test_sentences__are_sentences() -> None:
    for row in [*COMMANDS.values(), *FACTS.values()]:
        assert row.sentence.endswith(".") and row.sentence[0].isupper()
        assert row.room in {"run", "membership", "messages", "calls", "identity"}


def test_no_other_module_knows_a_kind_of_command_by_name() -> None:
    found = {(name, text) for name, texts in literals().items() for text in texts & set(COMMANDS)}
    assert found <= OTHER_MEANINGS


@pytest.mark.parametrize("kind", sorted(set(FACTS) - NOT_INSERTED))
def test_fact__is_built_in_its_room(kind: str) -> None:
    places = {name.split("/")[0] for name, texts in literals().items() if kind in texts}
    assert places & {FACTS[kind].room, "core"}


def test_fact__of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="member_vanished"):
        Fact(fact="f:1", kind="member_vanished", occurred_at=AT)


def test_command__of_another_kind_is_one_that_no_handler_takes() -> None:
    assert command_kind("dance") is UNKNOWN_COMMAND and not UNKNOWN_COMMAND.handler
    assert Command(id=1, kind="dance", due_at=AT).lane == ("private", 0)


def test_what_only_reads_needs_no_account() -> None:
    for row in COMMANDS.values():
        assert not (row.only_reads and (row.needs or row.method))
        assert row.method is None or row.needs in (None, row.method[0])
