"""A school with models of its own goes through the same story by its adapter alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from demo.main import play
from demo.stack.environment import ROOT
from demo.stack.odoo import ADMIN, DATABASE
from demo.stack.stack import Stack

from . import paper
from .foreign import ForeignSchool

ADDONS = ROOT / "tests/addons"


@pytest.fixture
def foreign_stack() -> Iterator[Stack]:
    with Stack(modules=("foreign_school_telegram",), addons=[ADDONS]) as stack:
        yield stack
        stack.keep_logs("foreign-")


def _papers(stack: Stack) -> None:
    """Sheet, register and record of the lesson that was played, as its administrator gets them."""
    rpc = stack.odoo.rpc()
    own = [("sheet_state", "=", "final")]
    lesson = rpc.execute("telegram.lesson", "search_read", own, ["chat_id", "start"])[0]
    line = rpc.execute(
        "telegram.attendance",
        "search_read",
        [("lesson_id", "=", lesson["id"]), ("role", "=", "student")],
        ["partner_id"],
    )[0]
    rpc.close()
    day = datetime.fromisoformat(lesson["start"]).date()
    period = f"&first={day - timedelta(days=1)}&last={day + timedelta(days=1)}"
    person, name = line["partner_id"]
    ids = {"lesson": lesson["id"], "register": lesson["chat_id"][0], "student": person}
    with httpx.Client(base_url=stack.odoo.url, timeout=60) as browser:
        login = {"db": DATABASE, "login": ADMIN[0], "password": ADMIN[1]}
        browser.post("/web/session/authenticate", json={"params": login}).raise_for_status()
        for kind, number in ids.items():
            answer = browser.get(f"/telegram/report/{kind}?id={number}{period}&format=pdf")
            assert answer.status_code == 200, answer.text
            printed = "".join(paper.text(answer.content).split())  # whose blanks are its own
            assert "".join(name.split()) in printed and "Telegram" in printed, (kind, printed)
        page = browser.get(f"/telegram/report/register?id={ids['register']}{period}&format=html")
        assert name in page.text


@pytest.mark.timeout(300)
async def test_foreign_school__every_step_agrees(foreign_stack: Stack) -> None:
    rpc = foreign_stack.odoo.rpc()
    await ForeignSchool(rpc).fill()
    rpc.close()
    assert await play(foreign_stack, ForeignSchool, is_imported=True)
    _papers(foreign_stack)
    assert foreign_stack.check() == []


def test_adapter__is_short() -> None:
    adapter = ADDONS / "foreign_school_telegram"
    lines = (adapter / "models/telegram_adapter.py").read_text().splitlines()
    assert len(lines) < 100
    [views] = adapter.rglob("*.xml")  # no rules of its own
    assert views.read_text().count("<record") == views.read_text().count("<button") == 2
