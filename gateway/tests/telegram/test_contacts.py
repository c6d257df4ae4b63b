"""Mutual contacts are added directly, unless Telegram leaves them out; numbers are looked up."""

from __future__ import annotations

import pytest
from telegram_gateway.core.model import TgChatId, TgUserId
from telegram_gateway.telegram import contacts, lookup
from telegram_gateway.telegram.errors import Refused

from gateway.tests.telegram.conftest import School


async def test_mutual_contacts__are_added(school: School) -> None:
    amina, bilal = school.world.add_user("Amina"), school.world.add_user("Bilal")
    for person in (amina, bilal):
        school.account.contacts.add(person.id)
    amina.contacts.add(school.account.id)
    group = await school.group()
    assert await contacts.mutual(school.user) == {amina.id}
    for _ in range(2):  # the second time they are in it already
        await contacts.add(school.user, TgChatId(group.id), TgUserId(amina.id))
    assert group.is_member(amina.id)
    bilal.invitable = False
    with pytest.raises(Refused):
        await contacts.add(school.user, TgChatId(group.id), TgUserId(bilal.id))
    assert not group.is_member(bilal.id)


async def test_a_number__found_or_unknown(school: School) -> None:
    amina = school.world.add_user("Amina", "Ben Ali", phone="+33639981001", username="amina")
    known = await lookup.by_phone(school.user, "+33639981001")
    assert (known.answer, known.tg_user_id, known.person.name) == (
        "found",
        amina.id,
        "Amina Ben Ali",
    )
    assert amina.id not in school.account.contacts
    unknown = await lookup.by_phone(school.user, "+33639989999")
    assert unknown.answer in ("unknown", "hidden") and unknown.tg_user_id is None
