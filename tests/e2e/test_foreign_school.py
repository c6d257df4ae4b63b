"""A school with models of its own goes through the same story by its adapter alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.main import play
from demo.stack.environment import ROOT
from demo.stack.stack import Stack

from .foreign import ForeignSchool

ADDONS = ROOT / "tests/addons"


@pytest.fixture
def foreign_stack() -> Iterator[Stack]:
    with Stack(modules=("foreign_school_telegram",), addons=[ADDONS]) as stack:
        yield stack
        stack.keep_logs("foreign-")


@pytest.mark.timeout(300)
async def test_foreign_school__every_step_agrees(foreign_stack: Stack) -> None:
    rpc = foreign_stack.odoo.rpc()
    await ForeignSchool(rpc).fill()
    rpc.close()
    assert await play(foreign_stack, ForeignSchool, is_imported=True)
    assert foreign_stack.check() == []


def test_adapter__is_short() -> None:
    adapter = ADDONS / "foreign_school_telegram"
    lines = (adapter / "models/telegram_adapter.py").read_text().splitlines()
    assert len(lines) < 100
    assert not list(adapter.rglob("*.xml"))  # no rules of its own
