"""The page “Health” and `telegram-gateway check`: troubles are said, acted upon, and over again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from .commands import run
from .scene import Room, Scene

POOL = "main"


async def check(scene: Scene) -> tuple[int, dict[str, Any]]:
    """`telegram-gateway check --json`: exit code and report."""
    done = await asyncio.to_thread(run, scene.stack, "check", "--json")
    return done.returncode, json.loads(done.stdout)


async def lines(scene: Scene, code: str) -> list[dict[str, Any]]:
    """Odoo's lines of that code."""
    fields = ["section", "code", "level", "subject", "chat_id", "facts"]
    return await scene.school.find("telegram.health", [("code", "=", code)], fields)


async def chat_of(scene: Scene, room: Room) -> int:
    domain = [("res_model", "=", "small_school.classroom"), ("res_id", "=", room.id)]
    [chat] = await scene.school.find("telegram.chat", domain, ["id"])
    return int(chat["id"])


async def fault(scene: Scene, kind: str, method: str, room: Room, **more: Any) -> None:
    """The Telegram server does that to the room's group from now on."""
    [chat] = await scene.chats(room.name)
    body = {"kind": kind, "method": method, "chat": chat["id"], **more}
    await asyncio.to_thread(lambda: scene.stack.sandbox.post("/faults", **body))


async def mend(scene: Scene) -> None:
    """Everything works again."""
    await asyncio.to_thread(httpx.delete, f"{scene.stack.sandbox.control_url}/faults")


async def watch(scene: Scene) -> None:
    """Run the scheduled action of every minute."""
    domain = [("module", "=", "telegram_base"), ("name", "=", "cron_watch")]
    [cron] = await scene.school.find("ir.model.data", domain, ["res_id"])
    await scene.call("ir.cron", "method_direct_trigger", [cron["res_id"]])


def identity(line: dict[str, Any]) -> tuple[Any, ...]:
    chat = line["chat_id"]
    chat_id = chat[0] if isinstance(chat, list) else chat or None
    return line["section"], line["code"], line["level"], line["subject"] or "", chat_id


async def agrees(scene: Scene) -> bool:
    """Whether Odoo and the gateway say the same of this database at this moment."""
    fields = ["section", "code", "level", "subject", "chat_id"]
    before = [identity(one) for one in await scene.school.find("telegram.health", [], fields)]
    _, report = await check(scene)
    return before == [identity(one) for one in report["lines"]]


async def test_group_broken__said_by_both_and_mended_by_a_check(scene: Scene) -> None:
    room = await scene.room("Groupe Perdu", students=1)
    chat_id = await chat_of(scene, room)
    refusal = {"code": 400, "message": "CHANNEL_PRIVATE"}
    for method in ("channels.getFullChannel", "channels.getParticipants"):
        await fault(scene, "error", method, room, times=None, **refusal)  # one alone says nothing
    await scene.call("telegram.chat", "action_reconcile", [chat_id])

    async def broken() -> bool:
        return any(one["subject"] == str(chat_id) for one in await lines(scene, "chat_broken"))

    await scene.until("Odoo says that it is broken", broken)
    await scene.until("both sides say the same", lambda: agrees(scene))
    code, report = await check(scene)
    assert code == 1 and report["level"] == "act"
    [line] = [
        health_line for health_line in report["lines"] if health_line["subject"] == str(chat_id)
    ]
    assert (line["code"], line["facts"]["error_code"]) == ("chat_broken", "CHANNEL_PRIVATE")
    domain = [("chat_id", "=", chat_id), ("closed_at", "=", False)]
    fields = ["code", "activity_ids"]
    [trouble] = await scene.until(
        "the administrators are told",
        lambda: scene.school.find("telegram.trouble", domain, fields),
    )
    assert trouble["code"] == "chat_broken" and trouble["activity_ids"]
    in_french = await asyncio.to_thread(run, scene.stack, "check", lang="fr_FR.UTF-8")
    assert "Groupe Perdu est hors d'usage (CHANNEL_PRIVATE)" in in_french.stdout
    await mend(scene)
    await scene.call("telegram.chat", "action_reconcile", [chat_id])

    async def mended() -> bool:
        return not await broken()

    await scene.until("the group is well again", mended)

    async def over() -> bool:
        await watch(scene)
        return not await scene.school.find("telegram.trouble", domain, ["id"])

    await scene.until("the activity is gone by itself", over)


async def test_command_failed__tried_again_and_done(scene: Scene) -> None:
    room = await scene.room("Message Perdu", students=1)
    chat_id = await chat_of(scene, room)
    refusal = {"code": 403, "message": "CHAT_WRITE_FORBIDDEN"}
    await fault(scene, "error", "messages.sendMessage", room, **refusal)
    new_id, _ = await scene.partner("Nouvelle Annoncée")
    await scene.enrol(room, new_id)
    domain = [("chat_id", "=", chat_id), ("state", "=", "failed")]
    [failed] = await scene.until(
        "the command has failed",
        lambda: scene.school.find("telegram.outbox", domain, ["error_code"]),
    )
    assert failed["error_code"] == "CHAT_WRITE_FORBIDDEN"

    async def is_said() -> bool:
        subjects = [one["subject"] for one in await lines(scene, "commands_failed")]
        return "send:CHAT_WRITE_FORBIDDEN" in subjects

    assert await is_said()
    await scene.until("both sides say the same", lambda: agrees(scene))
    page = await scene.call("telegram.health", "page")
    assert "CHAT_WRITE_FORBIDDEN" in page
    await scene.call("telegram.health", "retry_commands", POOL, "send", "CHAT_WRITE_FORBIDDEN")
    await next(iter(room.phones.values())).wait_text("Nouvelle Annoncée")

    async def well() -> bool:
        return not await is_said()

    await scene.until("it is not said any more", well)


async def test_pause__holds_back_across_a_restart_and_resume_lets_go(scene: Scene) -> None:
    room = await scene.room("Pause Longue", students=1)
    chat_id = await chat_of(scene, room)
    new_id, number = await scene.partner("Arrivée En Pause")
    newcomer = await scene.phone("Arrivée En Pause", number)
    await scene.enrol(room, new_id)
    await scene.link(new_id, newcomer)
    domain = [("partner_id", "=", new_id), ("state", "=", "confirmed")]
    await scene.until("linked", lambda: scene.school.find("telegram.contact", domain, ["id"]))
    await newcomer.invite_from_bot()
    await scene.call("telegram.health", "pause", POOL)
    try:
        code, report = await check(scene)
        assert code == 1
        assert "gateway_paused" in [health_line["code"] for health_line in report["lines"]]
        await newcomer.ask_to_join((await scene.chats(room.name))[0]["links"][-1])
        waits = [("chat_id", "=", chat_id), ("tg_user_id", "=", newcomer.user_id)]

        async def is_recorded() -> bool:
            found = await scene.school.find("telegram.member", waits, ["seen_status"])
            return [one["seen_status"] for one in found] == ["requested"]

        await scene.until("the request is recorded all the same", is_recorded)
        assert not await newcomer.is_in_group()
        before = await _checked_at(scene, chat_id)
        await asyncio.to_thread(scene.stack.gateway.stop)
        await asyncio.to_thread(scene.stack.gateway.start)

        async def is_read() -> bool:
            return await _checked_at(scene, chat_id) > before

        await scene.until("the gateway has read the group after its start", is_read)
        # a second person asks, and is recorded: the gateway had its turn, and let nobody in
        _, other_number = await scene.partner("Autre En Pause")
        other = await scene.phone("Autre En Pause", other_number)
        await other.ask_to_join((await scene.chats(room.name))[0]["links"][-1])
        others = [("chat_id", "=", chat_id), ("tg_user_id", "=", other.user_id)]
        await scene.until(
            "the second request is recorded",
            lambda: scene.school.find("telegram.member", others, ["id"]),
        )
        assert not await newcomer.is_in_group()
    finally:
        await scene.call("telegram.health", "resume", POOL)
    await newcomer.find_group(room.name)
    room.students[new_id] = newcomer
    states = {"in": len(room.phones), "requested": 1}
    await scene.until(
        "Odoo shows who is in and who still waits",
        lambda: scene._is(lambda: scene.school.member_states(room.id), states),
    )


async def _checked_at(scene: Scene, chat_id: int) -> str:
    domain = [("chat_id", "=", chat_id)]
    [found] = await scene.school.find("telegram.health.chat", domain, ["checked_at"])
    return found["checked_at"] or ""


async def test_pause_of_one_group__the_others_go_on(scene: Scene) -> None:
    paused = await scene.room("Pause Ici", students=1)
    other = await scene.room("Ailleurs à la nuit", students=1)
    chat_id = await chat_of(scene, paused)
    await scene.call("telegram.chat", "action_pause", [chat_id])
    try:
        for room in (paused, other):
            new_id, _ = await scene.partner(f"Nouveau {room.name}")
            await scene.enrol(room, new_id)
        await next(iter(other.phones.values())).wait_text("Nouveau Ailleurs")
        texts = await next(iter(paused.phones.values())).group_texts()
        assert not any("Nouveau Pause Ici" in text for text in texts)
    finally:
        await scene.call("telegram.chat", "action_resume", [chat_id])
    await next(iter(paused.phones.values())).wait_text("Nouveau Pause Ici")


async def test_check_all__finds_what_no_update_told(scene: Scene) -> None:
    room = await scene.room("Écart Caché", students=2)
    chat_id = await chat_of(scene, room)
    (gone_id, gone), *_ = room.students.items()
    for update in ("updateChannelParticipant", "updateNewChannelMessage"):
        await fault(scene, "lose_push", update, room, times=None)
    try:
        await gone.leave_group()
        # the groups of all the tests before this one are read, too
        await scene.call("ir.config_parameter", "set_param", "telegram_base.check_seconds", "0.2")
        await scene.call("telegram.health", "check_all", POOL)
        page = await scene.call("telegram.health", "page")
        assert "progress-bar" in page
        domain = [("chat_id", "=", chat_id), ("checked_differences", "=", 1)]
        await scene.until(
            "the difference is found",
            lambda: scene.school.find("telegram.health.chat", domain, ["id"]),
            within_s=90,
        )
    finally:
        await mend(scene)
        await scene.call("ir.config_parameter", "set_param", "telegram_base.check_seconds", False)
    await scene.until(
        "who left is unenrolled", lambda: scene.school.is_unenrolled(room.id, gone_id)
    )

    async def is_over() -> bool:
        return "progress-bar" not in await scene.call("telegram.health", "page")

    await scene.until("every group was read", is_over, within_s=90)
