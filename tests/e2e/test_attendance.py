"""Interrupted calls as Odoo learns of them, and the resulting sheets.

The machine may be slow: so the tests do not know beforehand how long somebody was there, but
compare what the sheet says with what the phones did.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from demo.play.phones import Phone

from .scene import Room, Scene
from .test_clock import another_call, end_call
from .test_people import Chat, question

_TOLERANCE_S = 2.5  # Telegram's dates have whole seconds, and an answer takes its time


async def rows_of(scene: Scene, room: Room, *wanted: tuple[str, str, object]) -> list[Any]:
    """The presence records of the group's calls."""
    own = [("chat_id", "=", await scene.chat_id(room)), *wanted]
    fields = ["kind", "tg_user_id", "tg_channel_id", "at", "precision_s", "source"]
    return await scene.school.find("telegram.presence", own, fields, order="at, id")


async def recorded(scene: Scene, room: Room, count: int, *wanted: tuple[str, str, object]) -> None:
    """Wait until so many such rows are there, or more: a slow machine may miss looks by itself."""

    async def look() -> bool:
        return len(await rows_of(scene, room, *wanted)) >= count

    await scene.until(f"{count} rows {wanted}", look)


async def sheet_of(scene: Scene, lesson_id: int) -> dict[int, dict[str, Any]]:
    """End the lesson now; the lines of its sheet by partner."""
    await scene.call("small_school.lesson", "action_end_now", [lesson_id])
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    return await lines_of(scene, lesson_id)


async def lines_of(scene: Scene, lesson_id: int) -> dict[int, dict[str, Any]]:
    """The lines of the sheet by partner, with their ranges and evidence."""
    fields = ["partner_id", "status", "arrived_at", "minutes_low", "minutes_high", "evidence"]
    own = [("lesson_id", "=", lesson_id)]
    found = await scene.school.find("small_school.attendance", own, fields)
    return {one["partner_id"][0]: {**one, "evidence": one["evidence"] or ""} for one in found}


def instant(text: str) -> datetime:
    """Odoo's text of an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds_there(phone: Phone, ended: list[datetime], start: datetime, stop: datetime) -> float:
    """Seconds that the phone was in a call within the lesson; `ended`: when calls were ended."""
    acts = [(act.at, act.kind == "join") for act in phone.acts]
    total, since = 0.0, None
    for at, is_join in sorted([*acts, *((at, False) for at in [*ended, stop])]):
        if is_join and since is None:
            since = at
        elif not is_join and since is not None:
            total += max(0.0, (min(at, stop) - max(since, start)).total_seconds())
            since = None
    return total


async def test_lesson_with_breaks__nothing_is_lost_and_ranges_hold_the_truth(scene: Scene) -> None:
    """The gateway is killed and comes back, somebody ends the call and it is opened again; a
    brother and a sister share a telephone, one joins as a channel, one is linked only
    afterwards."""
    room = await scene.room("Coupures", students=4)
    (_, teacher), (stays_id, stays), (leaves_id, leaves), (elder_id, elder), (masked_id, masked) = (
        room.phones.items()
    )
    younger_id, _ = await scene.partner("Cadette Coupures")
    await scene.enrol(room, younger_id)
    chat = Chat(scene, elder)
    asked = await chat.open(await scene.school.deep_link(younger_id), "/also_")
    both = next(word for word in asked.split() if word.startswith("/also_"))
    await elder.client.send_message("ecole_demo_bot", both)
    answer = await question(scene, younger_id, "shared")
    await scene.call("telegram.question", "action_yes", [answer])
    guest_id, number = await scene.partner("Invité Coupures")
    await scene.enrol(room, guest_id)
    guest = await scene.phone("Invité Coupures", number)
    await scene.change_user(guest, username="invite_coupures")
    await teacher.add("invite_coupures")
    await guest.find_group(room.name)

    lesson_id, start = await scene.lesson(room, ahead_s=3, length_s=600, open=2)
    await scene.until("the call", teacher.running_call)
    there = [teacher, stays, leaves, elder, guest]
    for phone in there:
        await phone.join_call()
    await masked.join_call(join_as=await masked.own_channel("Chaîne de quelqu'un"))
    await recorded(scene, room, 6, ("kind", "=", "joined"))

    gateway = scene.stack.gateway
    killed = datetime.now(UTC)
    await asyncio.to_thread(gateway.kill)
    await leaves.leave_call()

    async def long_after() -> bool:
        # not told of before: twice the time between two looks
        return (datetime.now(UTC) - killed).total_seconds() > 7

    await scene.until("the gateway has been away for a while", long_after)
    started = datetime.now(UTC).replace(microsecond=0)
    await asyncio.to_thread(gateway.start)
    await recorded(scene, room, 1, ("kind", "=", "back"), ("at", ">=", str(started)[:19]))
    former = await end_call(teacher)
    ended = datetime.now(UTC)
    await another_call(scene, teacher, former)
    for phone in (teacher, stays, elder, guest):
        await phone.join_call()
    await recorded(scene, room, 10, ("kind", "=", "joined"))
    sheet = await sheet_of(scene, lesson_id)
    lessons = await scene.school.find("small_school.lesson", [("id", "=", lesson_id)], ["stop"])
    stop = instant(lessons[0]["stop"])

    marks = await rows_of(scene, room, ("kind", "in", ["lost", "back"]))
    blind = [(instant(a["at"]), instant(b["at"])) for a, b in zip(marks, marks[1:], strict=False)]
    assert any(since <= killed < started <= until for since, until in blind), blind
    [left] = await rows_of(scene, room, ("kind", "=", "left"), ("tg_user_id", "=", leaves.user_id))
    late_s = (instant(left["at"]) - leaves.acts[-1].at).total_seconds()
    assert left["source"] == "look" and -1 <= late_s <= left["precision_s"] + 1
    [channel] = await rows_of(scene, room, ("kind", "=", "joined"), ("peer_kind", "=", "channel"))
    assert channel["tg_channel_id"] and not channel["tg_user_id"]

    people = {stays_id: stays, leaves_id: leaves, elder_id: elder, younger_id: elder}

    def assert_in_range(partner_id: int, phone: Phone) -> None:
        line, true_s = sheet[partner_id], seconds_there(phone, [ended], start, stop)
        assert line["minutes_low"] * 60 - _TOLERANCE_S <= true_s, (phone.name, line)
        assert true_s <= line["minutes_high"] * 60 + _TOLERANCE_S, (phone.name, line)
        assert "n'a pas été observée" in line["evidence"], line

    for partner_id, phone in people.items():
        assert_in_range(partner_id, phone)
        assert sheet[partner_id]["arrived_at"]
    for partner_id in (elder_id, younger_id):
        assert "partage le compte" in sheet[partner_id]["evidence"]
    assert (sheet[masked_id]["minutes_low"], sheet[masked_id]["arrived_at"]) == (0, False)
    assert "chaîne" in sheet[masked_id]["evidence"]
    assert (sheet[guest_id]["status"], sheet[guest_id]["arrived_at"]) == ("unknown", False)

    await scene.link(guest_id, guest)

    linked = [("tg_user_id", "=", guest.user_id), ("state", "=", "confirmed")]
    await scene.until(
        "the guest is linked", lambda: scene.school.find("telegram.contact", linked, ["id"])
    )
    await scene.call("telegram.lesson", "action_refresh", [await scene.page(lesson_id)])
    sheet = await lines_of(scene, lesson_id)
    assert sheet[guest_id]["arrived_at"]
    assert_in_range(guest_id, guest)


async def test_call_begun_while_nobody_looked__who_was_there_only_then_is_not_absent(
    scene: Scene,
) -> None:
    """The gateway is down when a teacher begins the call by hand, and somebody goes before it is
    back; then Telegram hides those who only listen."""
    room = await scene.room("Sans témoin", students=3)
    (_, teacher), (goes_id, goes), (speaks_id, speaks), (listens_id, listens) = room.phones.items()
    gateway = scene.stack.gateway
    await asyncio.to_thread(gateway.stop)
    try:
        lesson_id, start = await scene.lesson(room, ahead_s=1, length_s=600)

        async def has_begun() -> bool:
            return datetime.now(UTC) > start

        await scene.until("the lesson has begun", has_begun)
        await teacher.start_call()
        await goes.join_call()
        await speaks.join_call()
        await scene.until("goes was there for a while", lambda: passed(goes, 6))
        await goes.leave_call()
    finally:
        await asyncio.to_thread(gateway.start)
    await recorded(scene, room, 1, ("kind", "=", "joined"))
    await recorded(scene, room, 1, ("kind", "=", "back"))

    [call] = await scene.calls((await scene.group(room))["id"])
    path = f"/calls/{call['id']}"
    await asyncio.to_thread(scene.stack.sandbox.patch, path, listeners_hidden=True)
    await recorded(scene, room, 1, ("kind", "=", "hidden"))
    await listens.join_call()
    acts = [[0, "speak", speaks.user_id]]
    await asyncio.to_thread(scene.stack.sandbox.post, f"{path}/acts", acts=acts)
    await scene.until("listens was there for a while", lambda: passed(listens, 2))
    sheet = await sheet_of(scene, lesson_id)
    [stop] = [
        instant(row["stop"])
        for row in await scene.school.find(
            "small_school.lesson", [("id", "=", lesson_id)], ["stop"]
        )
    ]
    for partner_id, phone in ((goes_id, goes), (speaks_id, speaks), (listens_id, listens)):
        line, true_s = sheet[partner_id], seconds_there(phone, [], start, stop)
        low, high = line["minutes_low"] * 60, line["minutes_high"] * 60
        assert low - _TOLERANCE_S <= true_s <= high + _TOLERANCE_S, (phone.name, line)
        assert line["status"] not in ("absent", "late"), (phone.name, line)
        assert "n’a pas montré" in line["evidence"]
    assert sheet[listens_id]["minutes_low"] == 0
    # the rest of the record: nobody left but at the end, and the speaker was seen until then
    rows = await rows_of(scene, room, ("kind", "=", "left"))
    assert [row["tg_user_id"] for row in rows] == [speaks.user_id]
    assert rows[0]["precision_s"] <= 5


async def test_no_call_at_all__nobody_is_called_absent(scene: Scene) -> None:
    """The gateway is down from before the lesson until after it, and nobody begins a call by
    hand."""
    room = await scene.room("Sans appel", students=1)
    gateway = scene.stack.gateway
    await asyncio.to_thread(gateway.stop)
    try:
        lesson_id, start = await scene.lesson(room, ahead_s=1, length_s=2)

        async def is_over() -> bool:
            return (datetime.now(UTC) - start).total_seconds() > 3

        await scene.until("the lesson is over", is_over)
    finally:
        await asyncio.to_thread(gateway.start)
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    lines = await lines_of(scene, lesson_id)
    assert set(lines) == set(room.phones)
    for line in lines.values():
        assert (line["status"], line["arrived_at"]) == ("unknown", False)
        assert "il n'y a pas eu d'appel" in line["evidence"].replace("’", "'"), line
    assert await scene.calls((await scene.group(room))["id"]) == []


async def passed(phone: Phone, seconds: float) -> bool:
    """Return whether the phone's last act is so long ago."""
    return (datetime.now(UTC) - phone.acts[-1].at).total_seconds() > seconds
