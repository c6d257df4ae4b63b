"""Getting people in without a click: mutual contacts of the school's account, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from demo.play.phones import Phone
from demo.stack.odoo import DATABASE

from .scene import Room, Scene
from .test_kill import dying_at


class Hall:
    """A classroom whose students the school's account may know."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self._account: int | None = None

    async def account(self) -> int:
        """Telegram id of the school's user account."""
        if self._account is None:
            domain = [("kind", "=", "user")]
            [found] = await self.scene.school.find("telegram.account", domain, ["tg_user_id"])
            self._account = int(found["tg_user_id"])
        return self._account

    async def person(self, name: str, *, is_contact: bool = True, **allows: bool) -> Any:
        """(partner, phone) of somebody; `allows`: settings of their account."""
        partner_id, number = await self.scene.partner(name)
        phone = await self.scene.phone(name, number)
        sandbox = self.scene.stack.sandbox
        if is_contact:
            path = f"/users/{phone.user_id}/contacts"
            await asyncio.to_thread(sandbox.post, path, user=await self.account())
        if allows:
            await asyncio.to_thread(sandbox.patch, f"/users/{phone.user_id}", **allows)
        return partner_id, phone

    async def restart(self, **settings: str) -> None:
        """The gateway reads the address book when it starts."""
        gateway = self.scene.stack.gateway
        await asyncio.to_thread(gateway.stop)
        await asyncio.to_thread(gateway.start, **settings)

    async def enrolled(self, name: str, *people: tuple[int, Phone]) -> Room:
        """A classroom with its group; the people are enrolled, and then link one by one."""
        room = await self.scene.room(name, students=0, joined=False)
        await self.scene.ready(room)
        for partner_id, phone in people:
            await self.scene.enrol(room, partner_id)
            room.students[partner_id] = phone
            await self.scene.link(partner_id, phone)
        return room

    async def member(self, partner_id: int, **wanted: Any) -> dict[str, Any]:
        """Wait for the person's telegram.member with these values."""
        domain = [("partner_id", "=", partner_id)]
        domain += [(name, "=", value) for name, value in wanted.items()]
        fields = ["state", "error_code", "state_text", "advice"]
        [found] = await self.scene.until(
            f"a member with {wanted}",
            lambda: self.scene.school.find("telegram.member", domain, fields),
        )
        return dict(found)

    async def spends(self, phone: Phone) -> list[str]:
        """Outcome of each try with that person."""
        domain = [("tg_user_id", "=", phone.user_id)]
        found = await self.scene.school.find("telegram.spend", domain, ["outcome"])
        return [one["outcome"] for one in found]

    async def by_link(self, room: Room, phone: Phone) -> None:
        """Ask by the link that the bot sent, and be let in."""
        await phone.ask_to_join(await phone.invite_from_bot())
        await phone.find_group(room.name)


@pytest_asyncio.fixture
async def hall(scene: Scene) -> AsyncIterator[Hall]:
    """Afterwards the account may add again, with the usual budget, as other tests expect it."""
    hall = Hall(scene)
    yield hall
    await asyncio.to_thread(scene.stack.sandbox.clear_faults)
    forget = "DELETE FROM telegram_limit; DELETE FROM telegram_spend"
    await asyncio.to_thread(scene.stack.cluster.sql, forget, DATABASE)
    await hall.restart()


async def test_mutual_contact__is_added_without_a_click(hall: Hall) -> None:
    known = await hall.person("Connue Ajoutée")
    unknown = await hall.person("Inconnue Invitée", is_contact=False)
    await hall.restart()
    room = await hall.enrolled("Sans clic", known, unknown)
    await known[1].find_group(room.name)
    await hall.member(known[0], state="in")
    assert await hall.spends(known[1]) == ["done"]
    welcome = await hall.member(unknown[0], state="welcome")
    assert not welcome["error_code"]
    await hall.by_link(room, unknown[1])
    assert await hall.spends(unknown[1]) == []


async def test_who_left__is_not_added_again(hall: Hall) -> None:
    student_id, student = await hall.person("Partie Une Fois")
    await hall.restart()
    room = await hall.enrolled("Partie", (student_id, student))
    await student.find_group(room.name)
    await hall.member(student_id, state="in")
    await student.leave_group()
    scene = hall.scene
    await scene.until("unenrolled", lambda: scene.school.is_unenrolled(room.id, student_id))
    await scene.enrol(room, student_id)
    found = await hall.member(student_id, state="welcome")
    assert "link" in found["advice"] or "lien" in found["advice"]
    await hall.by_link(room, student)
    assert await hall.spends(student) == ["done"], "added once, and never again"


async def test_group_that_does_not_want_it__by_link(hall: Hall) -> None:
    student_id, student = await hall.person("Connue Non Ajoutée")
    await hall.restart()
    room = await hall.enrolled("Sans ajout")
    values = {"telegram_add_contacts": False}
    await hall.scene.call("classroom.classroom", "write", [room.id], values)
    await hall.scene.enrol(room, student_id)
    await hall.scene.link(student_id, student)
    await hall.member(student_id, state="welcome")
    await hall.by_link(room, student)
    assert await hall.spends(student) == []


async def test_budget_spent__the_others_come_by_link(hall: Hall) -> None:
    first, second = await hall.person("Budget Un"), await hall.person("Budget Deux")
    await hall.restart(DIRECT_ADDS_A_DAY="1")
    room = await hall.enrolled("Budget", first)
    await first[1].find_group(room.name)
    await hall.member(first[0], state="in")
    await hall.scene.enrol(room, second[0])
    await hall.scene.link(*second)
    found = await hall.member(second[0], state="welcome")
    assert not found["error_code"]
    await hall.by_link(room, second[1])
    assert await hall.spends(second[1]) == []


async def test_refused__stays_welcome_by_link_with_the_reason(hall: Hall) -> None:
    silent = await hall.person("Absente De La Liste", invitable_by_contacts=False)
    full = await hall.person("Trop De Groupes")
    await hall.restart()
    room = await hall.enrolled("Refus", silent)
    found = await hall.member(silent[0], state="welcome", error_code="missing_invitee")
    assert "(" in found["state_text"] and found["advice"]
    sandbox = hall.scene.stack.sandbox
    order = {"method": "channels.inviteToChannel", "message": "USER_CHANNELS_TOO_MUCH"}
    await asyncio.to_thread(sandbox.post, "/faults", kind="error", **order)
    await hall.scene.enrol(room, full[0])
    await hall.scene.link(*full)
    await hall.member(full[0], state="welcome", error_code="USER_CHANNELS_TOO_MUCH")
    await hall.scene.call("classroom.classroom", "action_telegram_reconcile", [room.id])
    for _, phone in (silent, full):
        await hall.by_link(room, phone)
    assert await hall.spends(silent[1]) == ["missing_invitee"]
    assert await hall.spends(full[1]) == ["USER_CHANNELS_TOO_MUCH"]
    for partner_id, _ in (silent, full):
        assert not (await hall.member(partner_id, state="in"))["error_code"]


async def test_flood_wait__rests_direct_adds_and_nothing_else(hall: Hall) -> None:
    first, second = await hall.person("Attente Un"), await hall.person("Attente Deux")
    await hall.restart()
    sandbox = hall.scene.stack.sandbox
    order = {"method": "channels.inviteToChannel", "code": 420, "message": "FLOOD_WAIT_600"}
    await asyncio.to_thread(sandbox.post, "/faults", kind="error", **order)
    room = await hall.enrolled("Attente", first, second)
    for _, phone in (first, second):
        await hall.by_link(room, phone)
    limits = await hall.scene.school.find("telegram.limit", [], ["kind", "level"])
    assert [(one["kind"], one["level"]) for one in limits] == [("direct_add", 0)]
    assert await hall.spends(second[1]) == []


async def test_peer_flood__a_pause_is_kept_and_everything_goes_on_by_link(hall: Hall) -> None:
    first, second = await hall.person("Limite Un"), await hall.person("Limite Deux")
    await hall.restart()
    sandbox = hall.scene.stack.sandbox
    order = {"method": "channels.inviteToChannel", "message": "PEER_FLOOD"}
    await asyncio.to_thread(sandbox.post, "/faults", kind="error", **order)
    room = await hall.enrolled("Limite", first)
    school = hall.scene.school
    [limit] = await hall.scene.until(
        "the pause", lambda: school.find("telegram.limit", [], ["kind", "code", "level"])
    )
    assert (limit["kind"], limit["code"], limit["level"]) == ("cold", "PEER_FLOOD", 1)
    domain = [("kind", "=", "user")]
    [account] = await school.find("telegram.account", domain, ["id", "limit_text"])
    assert account["limit_text"]
    open_ones = [("code", "=", "account_limited"), ("closed_at", "=", False)]
    [trouble] = await hall.scene.until(
        "the trouble", lambda: school.find("telegram.trouble", open_ones, ["activity_ids"])
    )
    assert trouble["activity_ids"], "the administrators are warned"
    # a restart does not forget it
    await hall.restart()
    await hall.scene.enrol(room, second[0])
    await hall.scene.link(*second)
    for partner_id, phone in (first, second):
        await hall.by_link(room, phone)
        await hall.member(partner_id, state="in")
    assert await hall.spends(first[1]) == ["PEER_FLOOD"]
    assert await hall.spends(second[1]) == []


async def test_killed_between_reserving_and_adding__budget_is_wasted_never_exceeded(
    hall: Hall,
) -> None:
    person = await hall.person("Coupure Réservée")
    await hall.restart()
    async with dying_at(hall.scene.stack, "add_reserved") as deaths:
        room = await hall.enrolled("Coupure réservée", person)
        await hall.by_link(room, person[1])
    assert deaths == [-9]
    assert await hall.spends(person[1]) == [False]


async def test_killed_between_adding_and_recording__in_once(hall: Hall) -> None:
    person = await hall.person("Coupure Ajoutée")
    await hall.restart()
    async with dying_at(hall.scene.stack, "contact_added") as deaths:
        room = await hall.enrolled("Coupure ajoutée", person)
        await person[1].find_group(room.name)
        await hall.member(person[0], state="in")
    assert deaths == [-9]
    assert await hall.spends(person[1]) == [False]
