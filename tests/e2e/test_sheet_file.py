"""The sheet as a PDF in the group: a phone downloads it; what Telegram loses or refuses of it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from demo.play.phones import Phone
from demo.stack.odoo import DATABASE

from .scene import Room, Scene
from .test_health import fault


async def make_files(scene: Scene) -> None:
    """Run the scheduled action of every minute."""
    domain = [("module", "=", "telegram_base"), ("name", "=", "cron_attachments")]
    [found] = await scene.school.find("ir.model.data", domain, ["res_id"])
    await scene.call("ir.cron", "method_direct_trigger", [found["res_id"]])


async def said(scene: Scene, room: Room, phone: Phone, needle: str) -> list[dict[str, Any]]:
    """The group's messages with these words, as the phone's page shows them."""
    seen = await asyncio.to_thread(scene.stack.sandbox.get, f"/phones/{phone.user_id}")
    chats = [chat for chat in seen["chats"] if chat["title"] == room.name]
    return [one for chat in chats for one in chat["messages"] if needle in (one["text"] or "")]


async def held(scene: Scene, room: Room) -> int:
    """A lesson that is over, with its report."""
    lesson_id, _start = await scene.lesson(room, ahead_s=1, length_s=3)
    await scene.until("the sheet", lambda: scene.school.sheet_is_final(lesson_id))
    await make_files(scene)
    return int(lesson_id)


@pytest.mark.timeout(240)
async def test_pdf__follows_the_report_once_and_is_downloaded(scene: Scene) -> None:
    room = await scene.room("Fiche élève", students=1)
    values = {"telegram_report_pdf": True, "lang": "fr_FR"}
    await scene.call("small_school.classroom", "write", [room.id], values)
    [phone] = room.students.values()

    # the answer is lost: the message is there all the same, and is not sent twice
    await fault(scene, "lose_answer", "messages.sendMedia", room)
    await held(scene, room)

    async def arrived() -> dict[str, Any] | None:
        found = await said(scene, room, phone, "Fiche de présence")
        return found[0] if found else None

    message = await scene.until("the sheet in the group", arrived)
    assert message["file"]["name"].startswith("Présence_Fiche_élève_Cours_Fiche_élève_")
    assert len(await said(scene, room, phone, "Étudiants")) == 1  # the report did not wait for it
    chat = await scene.group(room)
    url = f"/phones/{phone.user_id}/files/{chat['id']}/{message['id']}"
    answer = await asyncio.to_thread(httpx.get, scene.stack.sandbox.control_url + url)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")
    assert len(answer.content) == message["file"]["size"]
    await scene.quiet()
    assert len(await said(scene, room, phone, "Fiche de présence")) == 1

    # Telegram refuses the file: the words come without it, and the lesson says so
    await fault(scene, "error", "messages.sendMedia", room, code=400, message="MEDIA_INVALID")
    lesson_id = await held(scene, room)

    async def refused() -> bool:
        domain = [("key", "like", f"lesson:small_school.lesson:{lesson_id}:%:file")]
        found = await scene.school.find("telegram.outbox", domain, ["result"])
        return any('"attachment": "MEDIA_INVALID"' in (one["result"] or "") for one in found)

    await scene.until("the words without the file", refused)
    assert "PDF" in await scene.shown_on_page(lesson_id, "log")
    words = await said(scene, room, phone, "Fiche de présence")
    assert [bool(one["file"]) for one in words] == [True, False]
    # what was sent is kept nowhere
    await make_files(scene)
    left = scene.stack.cluster.sql("SELECT count(*) FROM telegram_attachment", DATABASE)
    assert left == "0"
