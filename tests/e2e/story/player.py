"""Plays the steps of a story against the real stack, waits for rest, and compares.

A step that makes no sense now (somebody leaves who is not there) or is refused is no error: it
did not happen. What did happen is kept, so that a failure can tell its story.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from demo.stack.errors import StackError
from demo.stack.stack import Stack

from . import rules
from .rules import Causes, Place
from .sides import Classroom, Person
from .steps import NUMBERS, SUPERVISOR, Steps

ROOMS = ("A", "B")
PEOPLE = ("Ada", "Ben", "Cleo", "Dan", "Eve")
_FOREVER_S = 60.0


TROUBLE = ("fault", "update", "release", "cut", "kill", "stop_gateway", "start_gateway")


class Disagreement(AssertionError):
    """A rule that does not hold, with the story that led to it."""


class Player(Steps):
    """One story on a running stack: two rooms, a supervisor, five people, one of them unknown."""

    def __init__(self, stack: Stack):
        super().__init__(stack)
        self.story: list[str] = []
        self.steps: list[tuple[str, dict[str, Any]]] = []
        self.played: Counter[str] = Counter()
        self._before: dict[tuple[str, str, int], Place] = {}
        self._log_ids: dict[str, int] = {}
        self._traced: dict[str, int] = {}
        self._untraced: list[str] = []
        self._read_log = stack.gateway.log.stat().st_size

    def close(self) -> None:
        """Leave everything running and in peace for the next story."""
        self.sides.clear_faults()
        if not self.stack.gateway.is_running:
            self.stack.gateway.start()
        self._doorbell(is_there=True)
        self._rpc.close()
        self.sides.close()

    # --- the beginning -------------------------------------------------------------------------

    def begin(self) -> None:
        """Two rooms whose groups are there; the supervisor and two students are in the first."""
        tag = next(NUMBERS)
        names = [{"name": f"Salle {name} {tag}"} for name in ROOMS]
        room_ids = self.odoo("small_school.classroom", "create", names)
        partners = [{"name": f"{name} {tag}"} for name in (SUPERVISOR, *PEOPLE)]
        partner_ids = self.odoo("res.partner", "create", partners)
        for name, row_id in zip((SUPERVISOR, *PEOPLE), partner_ids, strict=True):
            self.people[name] = Person(name, row_id)
            self._new_account(self.people[name])
        for name, row_id in zip(ROOMS, room_ids, strict=True):
            self.classrooms[name] = Classroom(name, row_id)
        values = {"role": "supervisor", "partner_id": self.people[SUPERVISOR].partner_id}
        self.odoo(
            "small_school.assignment",
            "create",
            [
                {**values, "classroom_id": room_id, "date_from": "2020-01-01"}
                for room_id in room_ids
            ],
        )
        self._wait("the groups", self._groups_are_there)
        for name in (SUPERVISOR, *PEOPLE[:-1]):
            self._link(name)
        for name in ("Ada", "Ben"):
            self._enrol("A", name)
        self._wait("everybody is linked", self._is_idle)
        for name in (SUPERVISOR, "Ada", "Ben"):
            self._ask("A", name, 0)
        self._ask("B", SUPERVISOR, 0)
        self._touched.clear()
        self.rest()

    def _groups_are_there(self) -> bool:
        for classroom in self.classrooms.values():
            rows = self.sides.rows(
                "SELECT c.id, s.tg_chat_id, s.state FROM small_school_classroom r"
                " JOIN telegram_chat c ON c.res_model = 'small_school.classroom' AND c.res_id = r.id"
                " JOIN telegram_chat_state s ON s.chat_id = c.id WHERE r.id = %s",
                classroom.id,
            )
            if not rows or rows[0]["state"] != "ready":
                return False
            classroom.chat_id, classroom.tg_chat_id = rows[0]["id"], rows[0]["tg_chat_id"]
        return True

    # --- steps ---------------------------------------------------------------------------------

    def play(self, name: str, **arguments: Any) -> None:
        """Play one step by its name and keep it, if it happened."""
        try:
            refused = getattr(self, f"_{name}")(**arguments)
        except StackError as error:
            refused = str(error)
        if refused == "":
            return
        self.steps.append((name, arguments))
        written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        self.story.append(f"{name}({written})" + (f"  # {refused}" if refused else ""))
        if not refused:
            self.played[name] += 1

    # --- rest ------------------------------------------------------------------------------------

    def rest(self) -> None:
        """End all trouble, wait until nothing moves any more, and compare. Raises Disagreement."""
        self.story.append("rest()")
        self.steps.append(("rest", {}))
        self.played["rest"] += 1
        self.sides.clear_faults()
        self._doorbell(is_there=True)
        if not self.stack.gateway.is_running:
            self.stack.gateway.start()
        if self._had_trouble():
            self._catch_up()
        else:  # what was told in time is enough
            self._command_done()
        before, places = self._before, self._places()
        number = self.sides.journal()
        wrong = [*self._disagreements(before, places), *self._wrong_log()]
        self._look()
        groups = {classroom.tg_chat_id for classroom in self.classrooms.values()}
        accounts = {account for person in self.people.values() for account in person.accounts}
        changes = self.sides.changes_since(number, groups | accounts)
        if changes:
            wrong.append(f"a second look is not quiet: {', '.join(changes)}")
        if wrong:
            raise Disagreement("\n".join([*wrong, "", "The story:", *self.story]))
        self._before = places
        self._where = {(p.room.name, p.account): p.standing for p in places.values()}
        self.causes = Causes()
        self._touched.clear()
        self._relinked.clear()
        self._came_where_removed = {
            place.room.name for place in places.values() if place.room.join == "remove"
        }

    def _disagreements(
        self, before: dict[tuple[str, str, int], Place], places: dict[tuple[str, str, int], Place]
    ) -> Iterator[str]:
        for room in {place.room.name: place.room for place in places.values()}.values():
            if why := rules.room_disagreement(room):
                yield f"{room.name}: {why} ({room.title}, {room.books_name})"
        out = self._put_out()
        for key, now in places.items():
            then = before.get(key)
            whys = [rules.disagreement(now)]
            if then is not None:
                whys.append(rules.wrong_unenrolment(then, now, self.causes))
                whys.append(self._single_step(then, now))
                if now.person not in self._relinked and not then.is_linked:
                    whys.append(rules.moved(self._where.get((now.room.name, now.account), ""), now))
            if out.get((now.room.name, now.account)):
                whys.append(rules.wrong_removal(then, now, self.causes))
            for why in whys:
                if why:
                    yield f"{now}: {why}"

    def _single_step(self, then: Place, now: Place) -> str:
        """What is stated of a step, where it was the only one that concerned the person."""
        touched = self._touched.get((now.room.name, now.person), [])
        is_single = len(touched) == 1 and touched[0] is not None
        if not is_single or len(self.people[now.person].accounts) > 1:
            return ""
        return touched[0](then, now)  # type: ignore[misc]

    def _put_out(self) -> dict[tuple[str, int], int]:
        put_out = {}
        for room, classroom in self.classrooms.items():
            out, newest = self.sides.put_out_since(classroom.tg_chat_id, self._log_ids.get(room, 0))
            self._log_ids[room] = newest
            for account, times in out.items():
                put_out[room, account] = times
                traced = self.sides.rows(
                    "SELECT id, evidence FROM telegram_removal WHERE chat_id = %s"
                    " AND tg_user_id = %s AND id > %s",
                    classroom.chat_id,
                    account,
                    self._traced.get(room, 0),
                )
                if not traced or not all(row["evidence"] for row in traced):
                    put_out[room, -account] = times
            last = "SELECT max(id) AS id FROM telegram_removal WHERE chat_id = %s"
            self._traced[room] = self.sides.rows(last, classroom.chat_id)[0]["id"] or 0
        self._untraced = [
            f"{room}: the removal of {-who} has no trace" for room, who in put_out if who < 0
        ]
        return put_out

    def _wrong_log(self) -> Iterator[str]:
        """Nothing failed inside."""
        yield from self._untraced
        yield from self.stack.check()
        for row in self.sides.rows("SELECT * FROM telegram_inbox WHERE state = 'set_aside'"):
            yield f"a fact was set aside: {row['kind']}: {row['error']}"
        chats = [classroom.chat_id for classroom in self.classrooms.values()]
        for row in self.sides.rows(
            "SELECT kind, error_code, error FROM telegram_outbox WHERE state = 'failed'"
            " AND chat_id = ANY(%s)",
            chats,
        ):
            yield f"a command failed: {row['kind']}: {row['error_code']} {row['error'] or ''}"
        with self.stack.gateway.log.open("rb") as stream:
            stream.seek(self._read_log)
            text = stream.read().decode(errors="replace")
            self._read_log = stream.tell()
        lines = text.splitlines()
        for index, line in enumerate(lines):
            if "lane_failed" in line or "Unhandled error" in line:
                yield "inside the gateway: " + "\n".join(lines[index : index + 60])

    def _catch_up(self) -> None:
        """Let the gateway find what it was not told of, by itself: its line breaks, and Telegram
        tells it all; wait until nothing is left to do."""
        read = self.stack.gateway.log.stat().st_size

        def is_told() -> bool:
            with self.stack.gateway.log.open("rb") as stream:
                stream.seek(read)
                return any(b"caught_up" in line and b"account=bot" in line for line in stream)

        # the line may be down just now: it is cut once it is there
        self._wait("the bot's line", self._drop_line)
        self._wait("what the bot missed", is_told)
        self._command_done()

    def _look(self) -> None:
        """Let the gateway read every group as a whole: nothing is known of them, and Telegram does
        not tell the bot what it missed; wait until nothing is left to do."""
        chats = [classroom.chat_id for classroom in self.classrooms.values()]
        [now] = self.sides.rows("SELECT now() AT TIME ZONE 'utc' AS at")
        self.sides.rows(
            "UPDATE telegram_chat_state SET is_list_whole = false WHERE chat_id = ANY(%s)"
            " RETURNING id",
            chats,
        )
        self.sides.post("/updates/forget", user=self.sides.ours["bot"])
        self._wait("the bot's line", self._drop_line)

        def is_read() -> bool:
            rows = self.sides.rows(
                "SELECT 1 FROM telegram_chat_state WHERE chat_id = ANY(%s) AND listed_at > %s",
                chats,
                now["at"],
            )
            return len(rows) == len(chats)

        self._wait("a full look at the groups", is_read)
        self._command_done()

    def _command_done(self) -> None:
        """A command behind what is being done: done, so is that; and whatever came of it."""
        self._wait("what is to be done", self._is_idle)
        chats = [one.chat_id for one in self.classrooms.values()]
        self.odoo("telegram.chat", "action_reconcile", chats)
        self._wait("rest", self._is_idle)

    def _had_trouble(self) -> bool:
        """Whether updates may have been lost since the last rest. Else, but after the beginning,
        what was told in time must be enough."""
        last = max(
            (i for i, (name, _) in enumerate(self.steps[:-1]) if name == "rest"), default=None
        )
        if last is None:
            return True
        return any(name in TROUBLE for name, _ in self.steps[last + 1 :])

    def _is_idle(self) -> bool:
        """Nothing to do, nothing to be told, twice in a row with nothing in between."""
        states = []
        for _ in range(2):
            [row] = self.sides.rows(
                # groups of other tests may be at work, too; they don't concern the story
                "SELECT (SELECT count(*) FROM telegram_outbox"
                " WHERE (chat_id IS NULL OR chat_id = ANY(%s)) AND (state = 'working'"
                # notices of who came and went wait some seconds for more to say
                " OR state = 'pending' AND due_at <= now() AT TIME ZONE 'utc' + interval '1 minute'))"
                " AS commands,"
                " (SELECT count(*) FROM telegram_inbox WHERE state = 'new') AS facts,"
                " (SELECT max(id) FROM telegram_outbox) AS last_command,"
                " (SELECT max(id) FROM telegram_inbox) AS last_fact",
                [classroom.chat_id for classroom in self.classrooms.values()],
            )
            if row["commands"] or row["facts"]:
                return False
            states.append((row, self.sides.journal()))
            if len(states) == 1:
                time.sleep(0.3)
        return states[0] == states[1]

    def _standing(self) -> list[str]:
        """How the groups stand, and what is not done: what is waited for may be there."""
        chats = [classroom.chat_id for classroom in self.classrooms.values()]
        groups = self.sides.rows(
            "SELECT chat_id, state, error_code, listed_at, missing FROM telegram_chat_state"
            " WHERE chat_id = ANY(%s)",
            chats,
        )
        commands = self.sides.rows(
            "SELECT id, kind, chat_id, state, error_code, due_at, again_at FROM telegram_outbox"
            " WHERE state IN ('pending', 'working') AND due_at <= now() AT TIME ZONE 'utc'"
        )
        return [str(dict(row)) for row in (*groups, *commands)]

    def _wait(self, what: str, look: Callable[[], bool]) -> None:
        ends = time.monotonic() + _FOREVER_S
        while not look():
            if not self.stack.gateway.is_running:
                self.stack.gateway.start()  # it died at the point it was to die at
            if time.monotonic() > ends:
                last_lines = self.stack.gateway.log.read_text(errors="replace").splitlines()[-12:]
                lines = [f"waited in vain for {what}", *self._standing(), *last_lines]
                lines += ["", "The story:", *self.story]
                raise Disagreement("\n".join(lines))
            time.sleep(0.05)
