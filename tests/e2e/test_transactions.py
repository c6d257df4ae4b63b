"""Rolled-back changes in Odoo leave no trace; changes committed at the same time arrive."""

from __future__ import annotations

import asyncio

import pytest
from psycopg import AsyncConnection

from demo.play.phones import until
from demo.stack.cluster import ODOO_ROLE
from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE

from .scene import Scene


async def test_rollback__leaves_no_trace_in_telegram(scene: Scene) -> None:
    room = await scene.room("Annulations", students=1)
    before = (await scene.chats(room.name))[0]
    newcomer, _ = await scene.partner("Jamais Venu")
    values = {"classroom_id": room.id, "partner_id": newcomer}
    # the database refuses the second of the two, and takes the first with it; whoever has a
    # language, as all have in the browser, is told so in a sentence
    with pytest.raises(StackError, match="déjà inscrite dans cette classe"):
        await scene.call(
            "small_school.enrolment", "create", [values, values], context={"lang": "fr_FR"}
        )
    teacher = next(iter(room.teachers.values()))
    marker, number = await scene.partner("Venu Après")
    await scene.enrol(room, marker)
    await teacher.wait_text("Venu Après")
    after = (await scene.chats(room.name))[0]
    assert [text for text in after["texts"] if "Jamais Venu" in text] == []
    assert after["people"] == before["people"]
    count = scene.stack.cluster.sql(
        "SELECT count(*) FROM telegram_outbox WHERE payload LIKE '%Jamais Venu%'", "school"
    )
    assert count == "0"


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
                "small_school.enrolment",
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


async def test_unenrolled_while_the_classroom_is_restored__the_roster_says_so(
    scene: Scene,
) -> None:
    """Who restores it does not see the end of the enrolment, and who ends that not the restoring:
    whichever is committed last has to look again."""
    room = await scene.room("Restaurée", students=1, joined=False)
    await scene.ready(room)
    [student_id] = room.students
    await scene.call("small_school.classroom", "write", [room.id], {"active": False})
    own = [("chat_id", "=", await scene.chat_id(room)), ("partner_id", "=", student_id)]
    address = scene.stack.cluster.url(DATABASE, ODOO_ROLE)
    async with await AsyncConnection.connect(address) as holder, holder.cursor() as cursor:
        # whoever ends the enrolment waits in the middle of their transaction
        await cursor.execute(
            "SELECT id FROM small_school_enrolment WHERE partner_id = %s FOR UPDATE", [student_id]
        )
        rpc = scene.stack.odoo.rpc()
        [enrolment] = await cursor.fetchall()
        ending = asyncio.create_task(
            asyncio.to_thread(
                rpc.execute, "small_school.enrolment", "action_unenrol", [enrolment[0]]
            )
        )
        await scene.until("it waits", lambda: are_waiting(scene, 1))
        await scene.call("small_school.classroom", "write", [room.id], {"active": True})
        await holder.rollback()
        await ending
        rpc.close()
    assert await scene.enrolments(room, student_id) == ["ended"]
    [row] = await scene.school.find("telegram.roster", own, ["status"])
    assert row["status"] == "out"


async def test_asks_while_the_classroom_is_restored__somebody_is_asked(scene: Scene) -> None:
    """Who restores it does not see that somebody asks, and Odoo, when it is told so, not that it is
    restored: whichever is committed last has to look again."""
    room = await scene.room("Rouverte", students=0)
    await scene.supervisor(room)
    _, phone = await scene.linked("Venue Entre-temps")
    link = await scene.link_of(room)
    await scene.call("small_school.classroom", "write", [room.id], {"active": False})
    await scene.quiet()
    chat_id = await scene.chat_id(room)
    address = scene.stack.cluster.url(DATABASE, ODOO_ROLE)
    async with await AsyncConnection.connect(address) as holder, holder.cursor() as cursor:
        # whoever restores it waits in the middle of their transaction; the gateway's rows need the
        # key alone
        await cursor.execute(
            "SELECT id FROM telegram_chat WHERE id = %s FOR NO KEY UPDATE", [chat_id]
        )
        rpc = scene.stack.odoo.rpc()
        restoring = asyncio.create_task(
            asyncio.to_thread(
                rpc.execute, "small_school.classroom", "write", [room.id], {"active": True}
            )
        )
        await scene.until("it waits", lambda: are_waiting(scene, 1))
        await phone.ask_to_join(link)

        async def is_told() -> bool:
            query = (
                "SELECT state FROM telegram_inbox WHERE kind = 'request_waiting'"
                f" AND chat_id = {chat_id} ORDER BY id DESC LIMIT 1"
            )
            state = await asyncio.to_thread(scene.stack.cluster.sql, query, DATABASE)
            return state == "done" or (state == "new" and await are_waiting(scene, 2))

        await scene.until("Odoo is told that somebody asks", is_told)
        await holder.rollback()
        await restoring
        rpc.close()
    await scene.says(scene.activities, room, phone.name)


async def are_waiting(scene: Scene, count: int) -> bool:
    """Return whether so many transactions, or more, wait for another one."""
    held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return int(await asyncio.to_thread(scene.stack.cluster.sql, held, DATABASE)) >= count
