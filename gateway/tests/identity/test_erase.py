"""Somebody whom the school has erased is put out of the groups and out of what is kept."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_erased__out_of_the_group_and_the_tables_and_told_once(line: Line) -> None:
    chat = line.chat("3e A")
    amina, stays = await line.person("Amina", chat), await line.person("Bilal", chat)
    await line.until(lambda: chat.is_ready)
    for person in (amina, stays):
        await person.come_in(chat)
        await line.until(lambda person=person: chat.is_known_as(person, "in"))
    accounts = [amina.id]
    payload = {
        "partner_id": amina.partner_id,
        "tg_user_ids": accounts,
        "put_out": accounts,
        "words": ["Amina"],
    }
    # as Odoo does in one transaction: the roster, the link, the command
    line.school.all("DELETE FROM telegram_roster WHERE partner_id = %s", amina.partner_id)
    line.school.all("DELETE FROM telegram_contact WHERE partner_id = %s", amina.partner_id)
    command = line.order("forget", payload=payload)
    assert (await line.done(command))["state"] == "done"
    assert not chat.has(amina) and chat.has(stays)
    rows = line.rows("telegram_member")
    assert not [row for row in rows if row["tg_user_id"] == amina.id]
    [removal] = line.rows("telegram_removal")
    assert (removal["evidence"], removal["tg_user_id"], removal["name"]) == ("erased", None, None)
    [fact] = line.facts("person_forgotten")
    assert fact.payload == {"command_id": command}


async def test_erased__a_payload_that_says_nothing_is_refused(line: Line) -> None:
    command = line.order("forget", payload={"partner_id": "3"})
    done = await line.done(command)
    assert (done["state"], done["error_code"]) == ("failed", "bad_payload")
