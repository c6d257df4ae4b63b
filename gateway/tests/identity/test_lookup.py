"""Whose a telephone number is, and a person's own link into a group."""

from __future__ import annotations

from telegram_gateway.core.budget import LOOKUPS_A_DAY

from gateway.tests.harness.line import Line


async def test_number__is_found_or_not_and_told(line: Line) -> None:
    amina = await line.person("Amina", is_linked=False)
    known = line.order("lookup_phone", payload={"phone": amina.number, "lookup_id": 1})
    other = line.order("lookup_phone", payload={"phone": "+33639990000", "lookup_id": 2})
    for command in (known, other):
        assert (await line.done(command))["state"] == "done"
    looked_up = {fact.payload["lookup_id"]: fact.payload for fact in line.facts("phone_looked_up")}
    assert (looked_up[1]["answer"], looked_up[1]["tg_user_id"]) == ("found", amina.id)
    assert looked_up[2]["answer"] in ("unknown", "hidden")


async def test_number__the_day_s_budget_is_used_up(line: Line) -> None:
    await line.stop()
    await line.start(lookups_a_day=1)
    assert LOOKUPS_A_DAY.most > 1
    first = line.order("lookup_phone", payload={"phone": "+33639990001", "lookup_id": 1})
    await line.done(first)
    second = line.order("lookup_phone", payload={"phone": "+33639990002", "lookup_id": 2})
    row = await line.until(lambda: (row := line.outcome(second))["again_at"] and row)
    assert row["error_code"] == "LOOKUPS_A_DAY"


async def test_own_link__leads_into_the_group(line: Line) -> None:
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    command = line.order("make_link", chat, payload={"invite_id": 7, "title": "Amina"})
    assert (await line.done(command))["state"] == "done"
    [fact] = line.facts("link_made", chat=chat)
    assert fact.payload["invite_id"] == 7 and fact.payload["link"] != chat.link
    await amina.ask_to_join(fact.payload["link"])
    await line.until(lambda: chat.is_known_as(amina, "in"))


async def test_own_link__without_a_group_it_waits(line: Line) -> None:
    line.refuse("channels.createChannel", "INTERNAL", 500, by="user")
    chat = line.chat("3e A")
    command = line.order("make_link", chat, payload={"invite_id": 7})
    await line.until(lambda: line.outcome(command)["again_at"])
    line.allow()
    assert (await line.done(command, within_s=60))["state"] == "done"
