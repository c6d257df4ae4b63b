"""Getting people in without a click: mutual contacts of the school's account, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from demo.play.phones import Phone
from demo.stack.odoo import DATABASE

from .scene import Room, Scene


class Hall:
    """A classroom whose students the school's account may know."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self._account: int | None = None

    async def account(self) -> int:
        """Telegram id of the school's user account."""
        if self._account is None:
            domain = [("kind", "=", "user")]
            [account] = await self.scene.school.find("telegram.account", domain, ["tg_user_id"])
            self._account = int(account["tg_user_id"])
        return self._account

    async def person(self, name: str, *, is_contact: bool = True) -> Any:
        """(partner, phone) of somebody."""
        partner_id, number = await self.scene.partner(name)
        phone = await self.scene.phone(name, number)
        sandbox = self.scene.stack.sandbox
        if is_contact:
            path = f"/users/{phone.user_id}/contacts"
            await asyncio.to_thread(sandbox.post, path, user=await self.account())
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
        [member] = await self.scene.until(
            f"a member with {wanted}",
            lambda: self.scene.school.find("telegram.member", domain, fields),
        )
        return dict(member)

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
    member = await hall.member(student_id, state="welcome")
    assert "link" in member["advice"] or "lien" in member["advice"]
    await hall.by_link(room, student)
    assert await hall.spends(student) == ["done"], "added once, and never again"
