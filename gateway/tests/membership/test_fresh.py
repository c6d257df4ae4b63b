"""An account that is too fresh to appoint admins is known as such until it has appointed one."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from telegram_gateway.core.account_standing import FRESH_CODE
from telegram_gateway.core.model import ChatId
from telegram_gateway.database import accounts
from telegram_gateway.database.connection import Database
from telegram_gateway.membership.fresh import (
    is_too_fresh,
    load_fresh,
    note_appointed,
    note_fresh,
)
from telegram_gateway.membership.memory import MembershipMemory
from telegram_gateway.telegram.errors import Fresh

from gateway.tests.harness.school import School

CHAT, OTHER = ChatId(3), ChatId(4)


async def test_too_fresh__in_that_chat_for_a_while__until_it_has_appointed(
    school: School, database: Database
) -> None:
    account = await accounts.save_login(
        database, "main", "user", 5, name="École", username="", phone=""
    )
    login_at = await database.now()

    def pool() -> Any:
        """As after a start."""
        return SimpleNamespace(
            database=database,
            now=database.now,
            settings=SimpleNamespace(fresh_again_s=3600),
            accounts=SimpleNamespace(rows={"user": account}, login_at=lambda _kind: login_at),
            membership=MembershipMemory(),
        )

    before = pool()
    until = await note_fresh(before, "user", CHAT, Fresh(FRESH_CODE, 60))
    assert until == login_at + timedelta(days=1)
    assert await is_too_fresh(before, CHAT) and not await is_too_fresh(before, OTHER)

    after = pool()
    await load_fresh(after)
    assert after.membership.fresh_kinds == {"user"}
    assert not await is_too_fresh(after, CHAT), "a start tries it at once"
    await note_appointed(after, "user", CHAT)
    row = school.one("SELECT fresh_until FROM telegram_account")
    assert row["fresh_until"] is None and not after.membership.fresh_kinds
