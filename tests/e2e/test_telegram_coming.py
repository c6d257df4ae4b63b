"""Someone asks to join, joins by link or is added by an admin: who is let in, enrolled, asked about,
removed, banned or listed as a guest."""

from __future__ import annotations

import asyncio
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


async def test_request_that_the_bot_was_not_told_of__let_in_all_the_same(scene: Scene) -> None:
    """The account is told, too, that somebody waits."""
    room = await scene.room("Venue Tue", students=0)
    partner_id, phone = await scene.linked("Demande Tue")
    await scene.enrol(room, partner_id)
    link = await scene.link_of(room)
    [chat] = await scene.chats(room.name)
    lost = {"kind": "lose_push", "method": "updateBotChatInviteRequester", "chat": chat["id"]}
    await asyncio.to_thread(lambda: scene.stack.sandbox.post("/faults", **lost))
    await phone.ask_to_join(link)
    await scene.shown(room, phone, "in")
    used = await asyncio.to_thread(scene.stack.sandbox.get, "/faults")
    assert lost["method"] in [one["method"] for one in used]


async def test_known_but_not_enrolled__enrolled(scene: Scene) -> None:
    room = await scene.room("Venue Inscrire", students=0)
    await scene.policy(room, join="enrol")
    comers = await _three_come(scene, room)
    for partner_id, phone in comers.all:
        await scene.shown(room, phone, "in")
        await scene.stands(room, phone, "member")
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


async def test_known_but_not_enrolled__removed(scene: Scene) -> None:
    room = await scene.room("Venue Retirer", students=0)
    await scene.policy(room, join="remove")
    comers = await _three_come(scene, room)
    for partner_id, phone in comers.all:
        await scene.shown(room, phone, "removed")
        await scene.stands(room, phone, "")
        assert await scene.enrolments(room, partner_id) == []
    [chat] = await scene.chats(room.name)
    assert chat["requests"] == []  # turned down, not left open
    # a removal is not a ban: they may ask again
    assert await comers.link[1].ask_to_join(await scene.link_of(room))


async def test_unenrolled_by_the_school__back_by_the_old_link__waits(scene: Scene) -> None:
    room = await scene.room("Venue Revenir", students=1)
    await scene.supervisor(room)
    await scene.policy(room, join="enrol")
    [(partner_id, phone)] = room.students.items()
    link = await scene.link_of(room)
    await scene.school.unenrol(room.id, partner_id)
    await scene.stands(room, phone, "")
    assert await phone.ask_to_join(link)
    await scene.shown(room, phone, "undecided")
    await scene.says(scene.activities, room, phone.name)
    assert phone.user_id not in await scene.in_group(room)
    assert await scene.enrolments(room, partner_id) == ["ended"]
    # refused: the request is turned down, and so is the next one, without a question
    await _decide(scene, room, phone, "action_not_enrol")
    await scene.shown(room, phone, "removed")
    assert await phone.ask_to_join(link)
    await scene.shown(room, phone, "removed")
    assert (await scene.member(room, phone))["wanted_status"] == "out"


async def test_blocked__removed_at_once_and_never_enrolled(scene: Scene) -> None:
    room = await scene.room("Venue Bloqués", students=0)
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    comers = Comers(*[await scene.linked(f"{how} Bloqué") for how in ("Demande", "Lien", "Ajout")])
    blocked = [partner_id for partner_id, _ in comers.all]
    await scene.call("res.partner", "write", blocked, {"student_blocked": True})
    await comers.asks[1].ask_to_join(await scene.link_of(room))
    await comers.link[1].ask_to_join(await teacher.new_link())
    await teacher.add(await scene.telegram.username(comers.added[1].user_id))
    for partner_id, phone in comers.all:
        await scene.stands(room, phone, "banned")
        await scene.shown(room, phone, "banned")
        await scene.stands(room, phone, "banned")
        assert await scene.enrolments(room, partner_id) == []


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


async def test_unknown__in_a_class_of_adults_listed_as_a_guest(scene: Scene) -> None:
    room = await scene.room("Adultes", students=0)
    await scene.policy(room, stranger="ask")
    [teacher] = room.teachers.values()
    await scene.stands(room, teacher, "admin")
    by_link = await _unknown(scene, "Adulte Inconnue")
    await by_link.ask_to_join(await teacher.new_link())
    await scene.shown(room, by_link, "guest")
    await scene.quiet()
    await scene.stands(room, by_link, "member")


async def test_unknown__let_in_as_a_guest_then_removed(scene: Scene) -> None:
    room = await scene.room("Visites", students=0)
    visitor = await _asking(scene, room, "Visiteuse Attendue")
    await _decide(scene, room, visitor, "action_let_in")
    await scene.stands(room, visitor, "member")
    await scene.shown(room, visitor, "guest")
    await _decide(scene, room, visitor, "action_turn_away")
    await scene.stands(room, visitor, "")
    domain = [("tg_user_id", "=", visitor.user_id)]
    fields = ["kind", "evidence", "decided_uid", "decided_at", "reason_text"]
    [removal] = await scene.until(
        "the removal can be traced", lambda: scene.school.find("telegram.removal", domain, fields)
    )
    assert (removal["kind"], removal["evidence"]) == ("remove", "guest")
    assert removal["decided_uid"] and removal["decided_at"] and removal["reason_text"]


async def test_unknown__request_turned_down(scene: Scene) -> None:
    room = await scene.room("Refus poli", students=0)
    stranger = await _asking(scene, room, "Refusé Poliment")
    await _decide(scene, room, stranger, "action_turn_away")

    async def is_answered() -> bool:
        [chat] = await scene.chats(room.name)
        return chat["requests"] == [] and stranger.user_id not in await scene.in_group(room)

    await scene.until("the request is turned down", is_answered)


async def test_unknown__banned(scene: Scene) -> None:
    room = await scene.room("Bannis", students=0)
    stranger = await _asking(scene, room, "Importun Notoire")
    await _decide(scene, room, stranger, "action_ban")
    await scene.stands(room, stranger, "banned")


async def test_unknown__ignored(scene: Scene) -> None:
    room = await scene.room("Ignorés", students=0)
    stranger = await _asking(scene, room, "Ignoré Longtemps")
    await _decide(scene, room, stranger, "action_ignore")
    await scene.quiet()
    [chat] = await scene.chats(room.name)
    assert chat["requests"] == [stranger.user_id]


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
