"""Odoo as schools run it: several workers, workers for its crons, its event server, and a proxy
before them."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from demo.stack.cluster import ODOO_ROLE
from demo.stack.odoo import ADMIN, DATABASE, Rpc
from demo.stack.stack import Stack

from .scene import Scene
from .storm import Place, Tally, blow, people, prepare
from .story import rules
from .story.sides import Classroom, Person, Sides
from .test_transactions import are_waiting

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
    # a cron that met somebody's change has rolled back, and does the same in its next run
    failed = re.findall(r"[^\n]*\nTraceback.*?(?=\n\d{4}-\d\d-\d\d )", said, re.DOTALL)
    met = ("Call from cron", "SerializationFailure")
    assert [one for one in failed if not all(word in one for word in met)] == []
    await over(scene, places)
    assert await asyncio.to_thread(differences, scene, places) == []


@pytest.mark.parametrize(
    "rows", [110, pytest.param(3000, marks=[pytest.mark.long, pytest.mark.timeout(1100)])]
)
async def test_import__its_worker_is_killed_in_a_slice_and_it_goes_on(
    scene: Scene, rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"Rentrée {rows}"
    partner_id = await scene.call(
        "res.partner", "create", {"name": "Élève 105", "student_number": f"R{rows}-105"}
    )
    lines = ["Classe;Matricule;Nom;Téléphone"]
    for number in range(1, rows + 1):
        # the first class has half of them, as a lecture has
        room = 1 if number % 2 else 1 + number % 30
        lines.append(f"{name} {room};R{rows}-{number};Élève {number};+3363998{number:04}")
    took_s: list[float] = []
    wizard = Wizard(scene.stack.odoo.rpc(), "\n".join(lines), took_s)
    log = scene.stack.folder / "odoo.log"
    before = log.stat().st_size
    await asyncio.to_thread(wizard.press, "action_preview")
    await asyncio.to_thread(wizard.write, make_classrooms=True)
    address = scene.stack.cluster.url(DATABASE, ODOO_ROLE)
    async with await AsyncConnection.connect(address) as holder:
        # in the middle of a slice the import waits for that person
        await holder.execute("SELECT id FROM res_partner WHERE id = %s FOR UPDATE", [partner_id])
        importing = asyncio.create_task(asyncio.to_thread(wizard.press, "action_import"))
        await scene.until("it waits", lambda: are_waiting(scene, 1))
        scene.stack.odoo.kill_workers()
        with pytest.raises(ValueError):  # the proxy's page
            await importing
        await holder.rollback()
    at = wizard.read("done_count")
    assert 0 < at < 105
    await asyncio.to_thread(wizard.press, "action_import")
    with log.open(errors="replace") as stream:
        stream.seek(before)
        assert "limit" not in stream.read()
    with capsys.disabled():
        print(f"\n{rows} rows: {len(took_s)} slices, the longest one {max(took_s):.1f} s")
    assert wizard.read("state") == "done"
    enrolled = await asyncio.to_thread(
        scene.stack.cluster.sql,
        "SELECT count(*), count(DISTINCT (classroom_id, partner_id)), count(DISTINCT partner_id)"
        " FROM small_school_enrolment e JOIN small_school_classroom c ON c.id = e.classroom_id"
        f" WHERE c.name LIKE '{name} %'",
        DATABASE,
    )
    assert enrolled == f"{rows}|{rows}|{rows}"


class Wizard:
    """The import of a roster, in slices as its form asks for them. `took_s`: how long each took."""

    _model = "small_school.import"

    def __init__(self, rpc: Rpc, text: str, took_s: list[float]):
        self._rpc, self._took_s = rpc, took_s
        file = {"file": base64.b64encode(text.encode()).decode()}
        self._id = rpc.execute(self._model, "create", file)

    def press(self, button: str) -> None:
        """Press a button; the form asks for the other slices."""
        while button:
            began = time.monotonic()
            self._rpc.execute(self._model, button, [self._id])
            self._took_s.append(time.monotonic() - began)
            button = "action_next" if self.read("is_working") else ""

    def read(self, name: str) -> Any:
        """The value of a field."""
        return self._rpc.execute(self._model, "read", [self._id], [name])[0][name]

    def write(self, **values: Any) -> None:
        """Fill in the form."""
        self._rpc.execute(self._model, "write", [self._id], values)


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
