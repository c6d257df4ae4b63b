"""Odoo as schools run it: several workers, workers for its crons, its event server, and a proxy
before them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from demo.stack.odoo import ADMIN, DATABASE
from demo.stack.stack import Stack

from .scene import Scene
from .storm import Place, Tally, blow, people, prepare
from .story import rules
from .story.sides import Classroom, Person, Sides

_WORKERS = 3
_ROOMS = 3


@pytest.fixture(scope="module")
def several() -> Iterator[Stack]:
    """A running school whose Odoo has several workers."""
    with Stack(workers=_WORKERS) as stack:
        yield stack
        stack.keep_logs("workers-")


@pytest_asyncio.fixture
async def scene(several: Stack, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    scene = Scene(several)
    yield scene
    await scene.close()
    assert several.check() == []


def logged_in(stack: Stack) -> httpx.Client:
    """A browser's session."""
    browser = httpx.Client(base_url=stack.odoo.url, timeout=60)
    params = {"db": DATABASE, "login": ADMIN[0], "password": ADMIN[1]}
    answer = browser.post("/web/session/authenticate", json={"params": params})
    assert "result" in answer.json()
    return browser


def test_event_server__brings_what_another_worker_says(several: Stack) -> None:
    rpc = several.odoo.rpc()
    rpc.execute("bus.bus", "sendone", "storm", {"said": "by a worker"})
    rpc.close()
    browser = logged_in(several)
    params = {"channels": ["storm"], "last": 0, "options": {}}
    answer = browser.post("/longpolling/poll", json={"params": params}).json()
    browser.close()
    assert [one["message"] for one in answer["result"]] == [{"said": "by a worker"}]


@pytest.mark.parametrize(
    "lasts_s", [15, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
async def test_storm__nobody_sees_a_conflict_and_both_sides_agree(
    scene: Scene, lasts_s: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    places = await prepare(scene, _ROOMS, lasts_s=lasts_s)
    crowd = await people(scene, places, tally)
    log = scene.stack.folder / "odoo.log"
    before = log.stat().st_size
    await blow(scene, places, crowd, lasts_s)
    with log.open(errors="replace") as stream:
        stream.seek(before)
        said = stream.read()
    repeated = len(
        re.findall(r"(?:SERIALIZATION_FAILURE|DEADLOCK_DETECTED|LOCK_NOT_AVAILABLE), retry", said)
    )
    with capsys.disabled():
        print(
            f"\n{len(crowd)} people, {lasts_s} s: {tally.calls.total()} calls, refused with a sentence:"
            f" {tally.refused.total()}, conflicts that Odoo solved: {repeated}"
        )
    assert len(crowd) == 8
    assert tally.wrong == []
    assert "Traceback" not in said  # nor did a cron fail
    await over(scene, places)
    assert await asyncio.to_thread(differences, scene, places) == []


async def over(scene: Scene, places: list[Place]) -> None:
    """Wait until the lessons are over, their sheets there, and nothing is left to be done."""
    for place in places:
        for lesson in place.live:
            await scene.until(
                "the sheet", lambda lesson=lesson: scene.school.sheet_is_final(lesson)
            )
    await scene.quiet()
    for place in places:
        await scene.compare(place.room)
    await scene.quiet()


def differences(scene: Scene, places: list[Place]) -> list[str]:
    """List what the two sides do not agree about, and what failed."""
    sides = Sides(scene.stack)
    rooms, everybody = {}, {}
    for place in places:
        room = place.room
        query = (
            "SELECT c.id, s.tg_chat_id FROM telegram_chat c JOIN telegram_chat_state s"
            " ON s.chat_id = c.id WHERE c.res_model = 'small_school.classroom' AND c.res_id = %s"
        )
        [row] = sides.rows(query, room.id)
        rooms[room.name] = Classroom(room.name, room.id, row["id"], row["tg_chat_id"])
        for partner_id, phone in room.phones.items():
            everybody[phone.name] = Person(phone.name, partner_id, [phone.user_id])
    wrong = [
        f"{place}: {why}"
        for place in sides.places(rooms, everybody).values()
        if (why := rules.disagreement(place))
    ]
    for row in sides.rows("SELECT kind, error FROM telegram_inbox WHERE state = 'set_aside'"):
        wrong.append(f"a fact was set aside: {row['kind']}: {row['error']}")
    for row in sides.rows("SELECT kind, key, error FROM telegram_outbox WHERE state = 'failed'"):
        wrong.append(f"a command failed: {row['kind']} {row['key']}: {row['error']}")
    # lessons that were moved: their calls are to be opened when they begin now
    for place in places:
        for lesson in place.lessons:
            wrong += _opening(sides, lesson)
    sides.close()
    return wrong


def _opening(sides: Sides, lesson: int) -> list[str]:
    query = (
        "SELECT l.start - interval '1 minute' * c.open_minutes AS wanted,"
        " array_agg(o.due_at) AS due FROM small_school_lesson l"
        " JOIN telegram_chat c ON c.res_model = 'small_school.classroom'"
        " AND c.res_id = l.classroom_id"
        " LEFT JOIN telegram_outbox o ON o.state = 'pending'"
        " AND o.key ~ ('^lesson:small_school.lesson:' || l.id || ':.*open$')"
        " WHERE l.id = %s GROUP BY l.id, c.id"
    )
    [row] = sides.rows(query, lesson)
    if row["due"] == [row["wanted"]]:
        return []
    return [f"lesson {lesson} is to be opened at {row['wanted']}, and will be at {row['due']}"]
