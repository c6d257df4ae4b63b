"""Linking people and their Telegram accounts: every way in, and every failure in the chat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from demo.play.phones import Phone
from demo.stack.odoo import ADMIN, DATABASE

from . import paper
from .scene import Room, Scene


class Chat:
    """A phone's private chat with the school's bot."""

    def __init__(self, scene: Scene, phone: Phone):
        self._scene, self.phone = scene, phone
        self._read = 0

    async def say(self, text: str, answer: str) -> str:
        """Write to the bot and wait for an answer with these words; the answer."""
        self._read = len(self.phone.messages)
        await self.phone.client.send_message("ecole_demo_bot", text)
        return await self.hears(answer)

    async def open(self, link: str, answer: str) -> str:
        """Open a personal link and wait for that answer."""
        return await self.say(f"/start {link.rpartition('=')[2]}", answer)

    async def hears(self, words: str) -> str:
        """Wait until the bot has written these words since the last turn."""

        async def look() -> str | None:
            new = self.phone.messages[self._read :]
            return next((one.raw_text for one in new if words in one.raw_text), None)

        return await self._scene.until(f"{self.phone.name} reads “{words}”", look)


async def person(scene: Scene, name: str, *, lang: str = "fr_FR") -> tuple[int, Chat]:
    """A person of the school with that language, and their phone's chat with the bot."""
    partner_id, number = await scene.partner(name)
    await scene.call("res.partner", "write", [partner_id], {"lang": lang})
    phone = await scene.phone(name, number)
    await change_user(scene, phone.user_id, lang_code=lang[:2])
    return partner_id, Chat(scene, phone)


async def accounts(scene: Scene, partner_id: int, state: str = "confirmed") -> list[int]:
    """The Telegram ids that stand for the person."""
    domain = [("partner_id", "=", partner_id), ("state", "=", state)]
    found = await scene.school.find("telegram.contact", domain, ["tg_user_id"], order="id")
    return [one["tg_user_id"] for one in found]


async def question(scene: Scene, partner_id: int, kind: str) -> int:
    """Wait for the open question about the person; its id."""
    domain = [("contact_id.partner_id", "=", partner_id), ("kind", "=", kind)]
    domain.append(("state", "=", "open"))
    [row] = await scene.until(
        f"the question “{kind}”", lambda: scene.school.find("telegram.question", domain, ["id"])
    )
    return int(row["id"])


async def change_user(scene: Scene, user_id: int, **values: Any) -> None:
    """Change an account on the Telegram server."""
    async with httpx.AsyncClient(base_url=scene.stack.sandbox.control_url) as http:
        (await http.patch(f"/users/{user_id}", json=values)).raise_for_status()


async def printed(scene: Scene, partner_ids: list[int], **values: Any) -> bytes:
    """The sheet of these people, as the browser gets it."""
    vals = {"partner_ids": [(6, 0, partner_ids)], "what": "print", **values}
    wizard = await scene.call("telegram.people.wizard", "create", vals)

    def download() -> bytes:
        with httpx.Client(
            base_url=scene.stack.odoo.url, timeout=120, follow_redirects=True
        ) as http:
            params = {"db": DATABASE, "login": ADMIN[0], "password": ADMIN[1]}
            http.post("/web/session/authenticate", json={"params": params}).raise_for_status()
            answer = http.get(f"/report/pdf/telegram_base.sheet/{wizard}")
            answer.raise_for_status()
            return answer.content

    return await asyncio.to_thread(download)


async def test_conversation__in_french_from_the_link_to_unlinking(scene: Scene) -> None:
    values = {"name": "Bavarde", "tz": "UTC"}
    room = Room(int(await scene.call("small_school.classroom", "create", values)), "")
    partner_id, chat = await person(scene, "Élodie Bavarde")
    await scene.enrol(room, partner_id)
    await scene.ready(room)
    assert "Je ne vous connais pas" in await chat.say("bonjour", "connais")
    await chat.say("/help", "/classes")
    await chat.open(await scene.school.deep_link(partner_id), "Bonjour, Élodie Bavarde")
    assert "Bavarde" in await chat.say("/classes", "Vos classes")
    await chat.say("/today", "pas de séance aujourd'hui")
    now = datetime.now(UTC)
    lesson = {"classroom_id": room.id, "name": "Éloquence", "start": f"{now:%Y-%m-%d} 00:30:00"}
    lesson["stop"] = f"{now:%Y-%m-%d} 01:30:00"
    await scene.call("small_school.lesson", "create", lesson)
    await chat.say("/today", "Éloquence")
    await chat.say("/start", "Bonjour, Élodie Bavarde")
    await chat.say("n'importe quoi", "pas compris")
    await chat.phone.ask_to_join(await chat.phone.invite_from_bot())
    await chat.phone.find_group("Bavarde")
    asked = await chat.say("/unlink", "délier")
    assert await accounts(scene, partner_id) == [chat.phone.user_id]
    yes = next(word for word in asked.split() if word.startswith("/unlink_"))
    await chat.say(yes, "n'est plus lié")
    assert await accounts(scene, partner_id) == []
    assert await chat.phone.is_in_group()  # nobody leaves a group by unlinking


async def test_bot__tells_telegram_its_commands_in_both_languages(scene: Scene) -> None:
    users = await asyncio.to_thread(scene.stack.sandbox.get, "/users")
    [commands] = [user["commands"] for user in users if user["is_bot"]]
    assert set(commands) == {"", "fr"}
    known = {"classes", "today", "settings", "help", "unlink"}
    assert set(commands["fr"]) == set(commands[""]) == known
    assert commands["fr"]["today"] == "les séances du jour"


async def test_links__used_expired_superseded_foreign_each_has_an_answer(scene: Scene) -> None:
    first_id, first = await person(scene, "Première Venue")
    second_id, second = await person(scene, "Deuxième Venue")
    used = await scene.school.deep_link(first_id)
    await first.open(used, "Bonjour")
    await second.open(used, "déjà été utilisé")
    late = await scene.school.deep_link(second_id)
    scene.stack.cluster.sql(
        f"UPDATE telegram_link SET expires_at = expires_at - interval '3 days'"
        f" WHERE partner_id = {second_id}",
        DATABASE,
    )
    await second.open(late, "a expiré")
    replaced = await scene.school.deep_link(second_id)
    [[code]] = paper.codes(await printed(scene, [second_id], supersede=True))
    await second.open(replaced, "un plus récent")
    await second.open("https://t.me/ecole_demo_bot?start=deLAutreEcole", "pas des nôtres")
    assert await accounts(scene, second_id) == []
    await second.open(code, "Bonjour, Deuxième Venue")
    assert await accounts(scene, second_id) == [second.phone.user_id]


async def test_printed_sheet__each_code_is_read_and_links(scene: Scene) -> None:
    names = ["Aïcha Ben Saïd", "أمينة بن علي", "Zoé-Chloé Fernández de la Vega y Núñez"]
    people = [await person(scene, name) for name in names]
    room = Room(
        int(await scene.call("small_school.classroom", "create", {"name": "Papier"})), "Papier"
    )
    for partner_id, _ in people:
        await scene.enrol(room, partner_id)
    action = await scene.call("telegram.chat", "action_links", [await scene.chat_id(room)])
    [wizard] = await scene.school.find(
        "telegram.people.wizard", [("id", "=", action["res_id"])], ["title", "partner_ids"]
    )
    assert (wizard["title"], len(wizard["partner_ids"])) == ("Papier", 3)
    pdf = await printed(scene, wizard["partner_ids"], title=wizard["title"])
    [page] = paper.codes(pdf)
    assert len(set(page)) == 3
    for code in page:
        assert code.startswith("https://t.me/ecole_demo_bot?start=")
    written = paper.text(pdf)
    assert "Aïcha Ben Saïd" in written and "Papier" in written
    token = page[0].rpartition("=")[2]
    assert token in written  # for those who type it
    # whose code it is, the link says; the phone may be anybody's who is not linked
    _, chat = people[0]
    await chat.open(page[0], "Bonjour")
    linked = [linked_id for linked_id, _ in people if await accounts(scene, linked_id)]
    assert len(linked) == 1
    # what is left of the sheet still works, typed by hand
    _, other = people[1]
    await other.say(page[1].rpartition("=")[2].upper(), "Bonjour")


async def test_siblings__share_one_telephone_once_the_school_has_said_so(scene: Scene) -> None:
    elder_id, chat = await person(scene, "Aînée Famille")
    younger_id, _ = await scene.partner("Cadet Famille")
    room = Room(int(await scene.call("small_school.classroom", "create", {"name": "Famille"})), "")
    await scene.enrol(room, younger_id)
    await scene.ready(room)
    await chat.open(await scene.school.deep_link(elder_id), "Bonjour")
    link = await scene.school.deep_link(younger_id)
    asked = await chat.open(link, "les deux")
    yes = next(word for word in asked.split() if word.startswith("/also_"))
    await chat.say(yes, "L'école va confirmer")
    assert await accounts(scene, younger_id) == []
    question_id = await question(scene, younger_id, "shared")
    await scene.call("telegram.question", "action_yes", [question_id])
    await chat.hears("Cadet Famille")
    assert await accounts(scene, younger_id) == [chat.phone.user_id]
    text = await chat.say("/classes", "aucune classe")
    assert text.index("Aînée") < text.index("Cadet") < text.rindex("Famille")
    await chat.phone.ask_to_join(await chat.phone.invite_from_bot())
    await chat.phone.find_group("Famille")


async def test_guardian__links_as_oneself_and_for_the_children(scene: Scene) -> None:
    guardian_id, chat = await person(scene, "Mère Tutrice")
    children = [(await scene.partner(f"Enfant {n} Tutrice"))[0] for n in (1, 2)]
    values = {"guardian_ids": [(4, guardian_id)]}
    await scene.call("res.partner", "write", children, values)
    greeting = await chat.open(await scene.school.deep_link(guardian_id), "Bonjour, Mère")
    assert f"/for_{children[0]}" in greeting
    await chat.say(f"/for_{children[0]}", "Bonjour, Enfant 1")
    # the other one by the child's own sheet: the school knows the family, nobody is asked
    await chat.open(await scene.school.deep_link(children[1]), "Bonjour, Enfant 2")
    for child in children:
        assert await accounts(scene, child) == [chat.phone.user_id]
    stranger_id, stranger = await person(scene, "Étrangère Tutrice")
    await stranger.open(await scene.school.deep_link(stranger_id), "Bonjour")
    await stranger.say(f"/for_{children[0]}", "ne vous connaît pas")


async def test_second_account__takes_the_place_and_is_undone(scene: Scene) -> None:
    partner_id, first = await person(scene, "Double Compte")
    _, second = await person(scene, "Autre Téléphone")
    await first.open(await scene.school.deep_link(partner_id), "Bonjour")
    await second.open(await scene.school.deep_link(partner_id), "Bonjour, Double Compte")
    await first.hears("Double Compte")
    assert await accounts(scene, partner_id) == [second.phone.user_id]
    question_id = await question(scene, partner_id, "second")
    await scene.call("telegram.question", "action_no", [question_id])
    await second.hears("n'appartient pas à Double Compte")
    assert await accounts(scene, partner_id) == [first.phone.user_id]


async def test_wrong_person_used_the_link__undone(scene: Scene) -> None:
    room = Room(
        int(await scene.call("small_school.classroom", "create", {"name": "Erreur"})), "Erreur"
    )
    partner_id, right = await person(scene, "Juste Personne")
    _, wrong = await person(scene, "Fausse Personne")
    await scene.enrol(room, partner_id)
    await scene.ready(room)
    await wrong.open(await scene.school.deep_link(partner_id), "Bonjour")
    await wrong.phone.ask_to_join(await wrong.phone.invite_from_bot())
    await wrong.phone.find_group("Erreur")
    domain = [("partner_id", "=", partner_id)]
    [contact] = await scene.school.find("telegram.contact", domain, ["id"])
    action = await scene.call("telegram.contact", "action_wrong_person", [contact["id"]])
    await wrong.hears("n'appartient pas à Juste Personne")

    async def is_out() -> bool:
        return not await wrong.phone.is_in_group()

    await scene.until("out of the group", is_out)
    own = [("id", "=", action["res_id"])]
    [wizard] = await scene.school.find("telegram.link.wizard", own, ["url"])
    await right.open(wizard["url"], "Bonjour, Juste Personne")
    await right.phone.ask_to_join(await right.phone.invite_from_bot())
    await right.phone.find_group("Erreur")


async def test_personal_link_into_the_group__only_suggests_who_asks(scene: Scene) -> None:
    room = Room(int(await scene.call("small_school.classroom", "create", {"name": "Parrain"})), "")
    partner_id, chat = await person(scene, "Filleule Parrain")
    await scene.enrol(room, partner_id)
    await scene.ready(room)
    await scene.call("res.partner", "action_telegram_invites", [partner_id])

    async def link() -> str | None:
        own = [("partner_id", "=", partner_id)]
        [invite] = await scene.school.find("telegram.invite", own, ["link"])
        return invite["link"] or None

    own = await scene.until("the person's own link", link)
    assert await chat.phone.ask_to_join(own)
    question_id = await question(scene, partner_id, "suggested")
    assert await accounts(scene, partner_id) == []
    assert not await chat.phone.is_in_group()
    await scene.call("telegram.question", "action_yes", [question_id])
    await chat.phone.find_group("Parrain")
    assert await accounts(scene, partner_id) == [chat.phone.user_id]


async def _look_up(scene: Scene, partner_id: int) -> dict[str, Any]:
    await scene.call("res.partner", "action_telegram_lookup", [partner_id])
    return await _answer(scene, partner_id)


async def _answer(scene: Scene, partner_id: int) -> dict[str, Any]:
    domain = [("partner_id", "=", partner_id), ("state", "!=", "waiting")]

    async def answered() -> dict[str, Any] | None:
        names = ["state", "answer_text"]
        found = await scene.school.find("telegram.lookup", domain, names, order="id desc")
        return found[0] if found else None

    return await scene.until("the look-up's answer", answered)


async def _account(scene: Scene) -> dict[str, Any]:
    [found] = await scene.school.find("telegram.account", [("kind", "=", "user")], ["tg_user_id"])
    users = await asyncio.to_thread(scene.stack.sandbox.get, "/users")
    return next(one for one in users if one["id"] == found["tg_user_id"])


async def test_telephone__found_is_a_suggestion_and_no_contact_is_left(scene: Scene) -> None:
    before = (await _account(scene))["contacts"]  # other tests' people
    partner_id, chat = await person(scene, "Trouvée Numéro")
    assert (await _look_up(scene, partner_id))["state"] == "found"
    assert await accounts(scene, partner_id) == []
    assert await accounts(scene, partner_id, "suggested") == [chat.phone.user_id]
    names = ["name", "phone"]
    domain = [("partner_id", "=", partner_id)]
    [contact] = await scene.school.find("telegram.contact", domain, names)
    assert (contact["name"], contact["phone"]) == ("Trouvée Numéro", chat.phone.number)
    assert (await _account(scene))["contacts"] == before
    question_id = await question(scene, partner_id, "suggested")
    await scene.call("telegram.question", "action_no", [question_id])
    assert await accounts(scene, partner_id) == []


async def test_telephone__not_found_is_three_different_things(scene: Scene) -> None:
    unknown_id, _ = await scene.partner("Inconnue Numéro")
    hidden_id, chat = await person(scene, "Cachée Numéro")
    await change_user(scene, chat.phone.user_id, findable=False)
    answers = [await _look_up(scene, unknown_id), await _look_up(scene, hidden_id)]
    assert [answer["state"] for answer in answers] == ["unknown", "hidden"]
    # a wait that Telegram asks for is waited for, and then it is asked again
    fault = {"method": "contacts.importContacts", "code": 420, "message": "FLOOD_WAIT_2"}
    await asyncio.to_thread(scene.stack.sandbox.post, "/faults", kind="error", **fault)
    waited_id, _ = await person(scene, "Attendue Numéro")
    assert (await _look_up(scene, waited_id))["state"] == "found"
    used = await asyncio.to_thread(scene.stack.sandbox.get, "/faults")
    assert "contacts.importContacts" in [request["method"] for request in used]


async def test_telephone__beyond_the_day_s_look_ups_it_waits(scene: Scene) -> None:
    partner_id, _ = await person(scene, "Patiente Numéro")
    gateway = scene.stack.gateway
    before = gateway.settings["LOOKUPS_A_DAY"]

    async def restart(most: str) -> None:
        await asyncio.to_thread(gateway.stop)
        gateway.settings["LOOKUPS_A_DAY"] = most
        await asyncio.to_thread(gateway.start)

    await restart("0")
    try:
        await scene.call("res.partner", "action_telegram_lookup", [partner_id])

        async def rests() -> bool:
            return "LOOKUPS_A_DAY" in gateway.log.read_text()

        await scene.until("the look-up's lane rests", rests)
        domain = [("partner_id", "=", partner_id)]
        [lookup] = await scene.school.find("telegram.lookup", domain, ["state"])
        assert lookup["state"] == "waiting"
    finally:
        await restart(before)
    assert (await _answer(scene, partner_id))["state"] == "found"


async def test_deleted_account__unlinked_and_listed(scene: Scene) -> None:
    room = await scene.room("Compte effacé", students=1)
    [(partner_id, phone)] = room.students.items()
    await change_user(scene, phone.user_id, deleted=True)
    await asyncio.to_thread(scene.stack.gateway.stop)
    await asyncio.to_thread(scene.stack.gateway.start)  # reads every group
    domain = [("tg_user_id", "=", phone.user_id), ("is_deleted", "=", True)]
    await scene.until(
        "the gateway sees it", lambda: scene.school.find("telegram.member", domain, ["id"])
    )

    async def listed() -> bool:
        [row] = await scene.school.find("telegram.person", [("id", "=", partner_id)], ["state"])
        return bool(row["state"] == "deleted")

    await scene.until("the list says so", listed)
    assert await accounts(scene, partner_id) == []


@pytest.mark.parametrize("lang", ["fr_FR", "en_US"])
async def test_language__the_person_s_own(scene: Scene, lang: str) -> None:
    partner_id, chat = await person(scene, f"Langue {lang}", lang=lang)
    hello = {"fr_FR": "Bonjour, Langue", "en_US": "Hello, Langue"}[lang]
    await chat.open(await scene.school.deep_link(partner_id), hello)
    await chat.say("/today", {"fr_FR": "pas de séance", "en_US": "no lesson"}[lang])
