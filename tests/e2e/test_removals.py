"""Certainty before removal: many at once wait for a person, everything that would happen is shown
before, and each removal can be traced."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from demo.stack.odoo import DATABASE

from .commands import run
from .scene import Room, Scene


async def _wait_states(scene: Scene, room: Room, wanted: dict[str, int]) -> None:
    await scene.until(
        f"Odoo shows {wanted}",
        lambda: scene._is(lambda: scene.school.member_states(room.id), wanted),
    )


async def test_what_would_happen__for_one_classroom_and_for_all_on_screen_and_by_command(
    scene: Scene,
) -> None:
    rooms = [await scene.room(f"Plan {number}", students=6) for number in (1, 2)]
    for room in rooms:
        own = [("classroom_id", "=", room.id)]
        enrolments = await scene.school.find("small_school.enrolment", own, ["id"])
        await scene.call(
            "small_school.enrolment",
            "action_unenrol",
            [enrolment["id"] for enrolment in enrolments],
        )
        await _wait_states(scene, room, {"in": 1, "held": 6})
    chat_ids = [await scene.chat_id(room) for room in rooms]

    async def on_screen(chat_id: int | bool) -> list[dict[str, Any]]:
        wizard = await scene.call("telegram.plan.wizard", "create", {"chat_id": chat_id})

        async def lines() -> list[dict[str, Any]]:
            await scene.call("telegram.plan.wizard", "action_ask", [wizard])
            own = [("wizard_id", "=", wizard)]
            return await scene.school.find(
                "telegram.plan.line", own, ["chat_id", "sentence", "is_held"]
            )

        return await scene.until("the answer", lines)

    planned_lines = await on_screen(chat_ids[0])
    assert [line["is_held"] for line in planned_lines] == [True] * 6
    assert "Élève 1 Plan 1 est retiré" in "; ".join(line["sentence"] for line in planned_lines)
    everywhere = {line["chat_id"][0] for line in await on_screen(False)}
    assert set(chat_ids) <= everywhere
    planned = await asyncio.to_thread(run, scene.stack, "plan", "--json")
    assert set(chat_ids) <= {line["chat_id"] for line in json.loads(planned.stdout)}
    own = [("chat_id", "in", chat_ids)]
    assert await scene.school.find("telegram.removal", own, ["id"]) == []


async def test_removed_by_the_roster__who_said_so_can_be_traced(scene: Scene) -> None:
    room = await scene.room("Trace", students=2)
    (unenrolled_id, unenrolled), (blocked_id, blocked) = room.students.items()
    await scene.school.unenrol(room.id, unenrolled_id)
    await scene.school.block(room.id, blocked_id)
    await scene.stands(room, unenrolled, "")
    await scene.stands(room, blocked, "banned")
    await scene.quiet()
    own = [("chat_id", "=", await scene.chat_id(room))]
    fields = ["tg_user_id", "partner_id", "kind", "evidence", "decided_uid", "decided_at"]
    removals = {
        row["tg_user_id"]: row for row in await scene.school.find("telegram.removal", own, fields)
    }
    assert {user: removal["kind"] for user, removal in removals.items()} == {
        unenrolled.user_id: "remove",
        blocked.user_id: "ban",
    }
    assert {removal["partner_id"][0] for removal in removals.values()} == {
        unenrolled_id,
        blocked_id,
    }
    for removal in removals.values():
        assert removal["evidence"] == "roster" and removal["decided_uid"] and removal["decided_at"]

    # years later one of both is forgotten at night: Odoo says so, the gateway does it
    old = removals[unenrolled.user_id]["id"]
    scene.stack.cluster.sql(
        "DELETE FROM telegram_outbox WHERE kind = 'prune' AND state <> 'working';"
        f"UPDATE telegram_removal SET at = at - interval '3 years' WHERE id = {old}",
        DATABASE,
    )
    cron = await scene.call("ir.model.data", "xmlid_to_res_id", "telegram_base.cron_forget")
    await scene.call("ir.cron", "method_direct_trigger", [cron])

    async def left() -> list[int]:
        return [one["id"] for one in await scene.school.find("telegram.removal", own, ["id"])]

    await scene.until(
        "the old one is gone",
        lambda: scene._is(left, [removals[blocked.user_id]["id"]]),
    )
