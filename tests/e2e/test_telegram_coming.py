"""Someone asks to join, joins by link or is added by an admin: who is let in, enrolled, asked
about, removed, banned or listed as a guest."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from telethon import errors

from demo.play.phones import Phone

from .scene import Room, Scene


@dataclass
class Comers:
    """Three people who came each in their way: by partner."""

    asks: tuple[int, Phone]
    link: tuple[int, Phone]
    added: tuple[int, Phone]

    @property
    def all(self) -> list[tuple[int, Phone]]:
        """The three."""
        return [self.asks, self.link, self.added]


async def _three_come(scene: Scene, room: Room, *, is_enrolled: bool = False) -> Comers:
    """Known people: one asks to join, one comes by an admin's own link, one is added."""
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    comers = Comers(
        *[await scene.linked(f"{how} {room.name}") for how in ("Demande", "Lien", "Ajout")]
    )
    if is_enrolled:
        for partner_id, _ in comers.all:
            await scene.enrol(room, partner_id)
    await comers.asks[1].ask_to_join(await scene.link_of(room))
    assert not await comers.link[1].ask_to_join(await teacher.new_link())
    await teacher.add(await scene.telegram.username(comers.added[1].user_id))
    return comers


async def test_on_the_roster__let_in_and_confirmed(scene: Scene) -> None:
    room = await scene.room("Venue Inscrits", students=0)
    comers = await _three_come(scene, room, is_enrolled=True)
    for partner_id, phone in comers.all:
        await scene.stands(room, phone, "member")
        await scene.shown(room, phone, "in")
        assert await scene.enrolments(room, partner_id) == ["active"]


async def test_known_but_not_enrolled__asked_about(scene: Scene) -> None:
    room = await scene.room("Venue Demander", students=0)
    await scene.supervisor(room)
    comers = await _three_come(scene, room)
    for partner_id, phone in comers.all:
        member = await scene.shown(room, phone, "undecided")
        await scene.says(scene.activities, room, phone.name)
        assert await scene.enrolments(room, partner_id) == []
        assert member["wanted_status"] == "undecided"
    # the request waits, who is in stays
    assert comers.asks[1].user_id not in await scene.in_group(room)
    assert comers.added[1].user_id in await scene.in_group(room)
    await _decide(scene, room, comers.asks[1], "action_enrol")
    await scene.stands(room, comers.asks[1], "member")
    assert await scene.enrolments(room, comers.asks[0]) == ["active"]
    await _decide(scene, room, comers.link[1], "action_enrol")
    await scene.shown(room, comers.link[1], "in")
    await _decide(scene, room, comers.added[1], "action_not_enrol")
    await scene.stands(room, comers.added[1], "")
    await scene.shown(room, comers.added[1], "removed")
    assert await scene.enrolments(room, comers.added[0]) == []


async def _decide(scene: Scene, room: Room, phone: Phone, button: str) -> None:
    member = await scene.member(room, phone)
    assert member is not None
    await scene.call("telegram.member", button, [member["id"]])


async def _unknown(scene: Scene, name: str) -> Phone:
    _, number = await scene.partner(f"Parent de {name}")
    return await scene.phone(name, number)


async def _asking(scene: Scene, room: Room, name: str) -> Phone:
    """A stranger whose request waits."""
    stranger = await _unknown(scene, name)
    await stranger.ask_to_join(await scene.link_of(room))
    await scene.shown(room, stranger, "requested")
    return stranger


async def _rule_row(scene: Scene, room: Room, phone: Phone) -> list[dict[str, object]]:
    own = [("chat_id", "=", await scene.chat_id(room)), ("tg_user_id", "=", phone.user_id)]
    return await scene.school.find("telegram.guest", own, ["decision", "by_rule", "decided_uid"])


async def test_unknown__only_who_was_let_in_by_the_class_stays(scene: Scene) -> None:
    room = await scene.room("Inconnus", students=1)
    [teacher], [student] = room.teachers.values(), room.students.values()
    await scene.stands(room, teacher, "admin")
    by_link, added = await _unknown(scene, "Par Lien"), await _unknown(scene, "Par Ajout")

    # a student cannot bring anybody in
    with pytest.raises((errors.ChatAdminRequiredError, errors.ChatWriteForbiddenError)):
        await student.add(await scene.telegram.username(by_link.user_id))
    assert by_link.user_id not in await scene.in_group(room)

    # a teacher can: the person is listed, to be decided about
    await teacher.add(await scene.telegram.username(added.user_id))
    member = await scene.shown(room, added, "guest")
    own = [("id", "=", member["id"])]
    [asked] = await scene.school.find("telegram.member", own, ["standing"])
    assert asked["standing"] == "decide"

    # a link is nobody's word, whoever made it
    await by_link.ask_to_join(await teacher.new_link())

    async def is_told() -> bool:
        return any("Par Lien" in message.raw_text for message in teacher.messages)

    await scene.until("the teacher is told by the bot", is_told)
    await scene.stands(room, by_link, "")
    await scene.shown(room, by_link, "removed")
    [row] = await _rule_row(scene, room, by_link)
    assert (row["decision"], row["by_rule"], row["decided_uid"]) == ("out", True, False)
    domain = [("tg_user_id", "=", by_link.user_id)]
    [removal] = await scene.until(
        "the removal can be traced",
        lambda: scene.school.find("telegram.removal", domain, ["evidence", "reason"]),
    )
    assert (removal["evidence"], removal["reason"]) == ("guest", "stranger")

    # not banned: who asks waits for a person
    asks = await _asking(scene, room, "Par Demande")
    await by_link.ask_to_join(await scene.link_of(room))
    await scene.shown(room, by_link, "requested")
    await scene.stands(room, added, "member")
    [chat] = await scene.chats(room.name)
    assert set(chat["requests"]) == {asks.user_id, by_link.user_id}

    # added by a teacher after all: they stay
    await teacher.add(await scene.telegram.username(by_link.user_id))
    await scene.shown(room, by_link, "guest")
    await scene.quiet()
    await scene.stands(room, by_link, "member")
    assert await _rule_row(scene, room, by_link) == []


@pytest.mark.parametrize("is_new", [False, True], ids=["known", "new"])
async def test_unknown__linked_to_a_partner_or_a_new_student(scene: Scene, is_new: bool) -> None:
    room = await scene.room(f"Reconnus {is_new}", students=0)
    await scene.policy(room, join="enrol")
    partner_id, number = await scene.partner("Inconnu Venu")
    stranger = await scene.phone("Inconnu Venu", number)
    await stranger.ask_to_join(await scene.link_of(room))
    member = await scene.shown(room, stranger, "requested")
    choice = {"choice": "new", "name": "Élève Nouveau"} if is_new else {"partner_id": partner_id}
    values = {"member_id": member["id"], **choice}
    wizard = await scene.call("telegram.guest.wizard", "create", values)
    await scene.call("telegram.guest.wizard", "action_link", [wizard])
    await scene.stands(room, stranger, "member")
    await scene.shown(room, stranger, "in")
    own = [("tg_user_id", "=", stranger.user_id), ("state", "=", "confirmed")]
    [contact] = await scene.school.find("telegram.contact", own, ["partner_id"])
    assert (contact["partner_id"][0] == partner_id) is not is_new
    assert await scene.enrolments(room, contact["partner_id"][0]) == ["active"]
