"""What is rolled back in Odoo leaves no trace; what is committed at the same time arrives."""

from __future__ import annotations

import asyncio

import pytest

from demo.play.phones import until
from demo.stack.errors import StackError

from .scene import Scene


async def test_rollback__leaves_no_trace_in_telegram(scene: Scene) -> None:
    room = await scene.room("Annulations", students=1)
    before = (await scene.chats(room.name))[0]
    newcomer, _ = await scene.partner("Jamais Venu")
    values = {"classroom_id": room.id, "partner_id": newcomer}
    # the second of the two is refused, and takes the first with it
    with pytest.raises(StackError, match="already|déjà"):
        await scene.call("classroom.enrolment", "create", [values, values])
    teacher = next(iter(room.teachers.values()))
    marker, number = await scene.partner("Venu Après")
    await scene.enrol(room, marker)
    await teacher.wait_text("Venu Après")
    after = (await scene.chats(room.name))[0]
    assert [text for text in after["texts"] if "Jamais Venu" in text] == []
    assert after["people"] == before["people"]
    told = scene.stack.cluster.sql(
        "SELECT count(*) FROM telegram_outbox WHERE payload LIKE '%Jamais Venu%'", "school"
    )
    assert told == "0"


async def test_concurrent_enrolments__all_arrive(scene: Scene) -> None:
    room = await scene.room("Rentrée", students=0)
    people = [await scene.partner(f"Simultané {number}") for number in range(8)]
    log = scene.stack.odoo.program.log
    before = log.stat().st_size
    rpcs = [scene.stack.odoo.rpc() for _ in people]
    # every connection is logged in first, so that the enrolments come at the same moment
    for rpc in rpcs:
        await asyncio.to_thread(rpc.execute, "res.users", "search_count", [])
    await asyncio.gather(
        *(
            asyncio.to_thread(
                rpc.execute,
                "classroom.enrolment",
                "create",
                {"classroom_id": room.id, "partner_id": partner_id},
            )
            for rpc, (partner_id, _) in zip(rpcs, people, strict=True)
        )
    )
    for rpc in rpcs:
        rpc.close()

    async def all_told() -> bool:
        texts = "\n".join((await scene.chats(room.name))[0]["texts"])
        return all(f"Simultané {number}" in texts for number in range(8))

    await until("a notice about each of the eight", all_told)
    for partner_id, number in people:
        phone = await scene.phone(f"Simultané {partner_id}", number)
        await scene.join(room, partner_id, phone)
        room.students[partner_id] = phone
    await scene.all_in(room)
    with log.open(errors="replace") as stream:
        stream.seek(before)
        assert "serialize" not in stream.read()
