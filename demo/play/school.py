"""What the play asks of Odoo (JSON-RPC as the school's manager) and of the Telegram server's desk.

Nothing here reaches into tables: every call is one that a screen of the product makes too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from .phones import PlayError, Server


class Rpc(Protocol):
    """Odoo's execute_kw as one user."""

    def execute(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a model."""


@dataclass(frozen=True)
class Person:
    """A person of the classroom, as Odoo knows them; `number` is E.164."""

    partner_id: int
    name: str
    number: str
    role: str


@dataclass(frozen=True)
class Imported:
    """The outcome of one import: names taken, sentences for the rows refused."""

    good: list[str]
    refused: list[str]
    created: int


class Telegram:
    """The desk of the Telegram server: sells SIM cards and shows the codes that they were sent."""

    def __init__(self, server: Server, control_url: str):
        self.server = server
        self._http = httpx.AsyncClient(base_url=control_url, timeout=20)
        self._usernames: dict[int, str] = {}

    async def new_user(self, name: str, number: str) -> None:
        """Make the number a Telegram user with that name."""
        first, _, last = name.partition(" ")
        username = f"p{number.lstrip('+')}"
        answer = await self._http.post(
            "/users",
            json={"first_name": first, "last_name": last, "phone": number, "username": username},
        )
        answer.raise_for_status()
        self._usernames[answer.json()["id"]] = username

    async def username(self, user_id: int) -> str:
        """The public name of a user made here."""
        return self._usernames[user_id]

    async def code(self, number: str) -> str:
        """The login code that the number was sent last."""
        answer = await self._http.get(f"/codes/{number.lstrip('+')}")
        answer.raise_for_status()
        return str(answer.json()["code"])

    async def close(self) -> None:
        """Close the connection to the desk."""
        await self._http.aclose()


class School:
    """Odoo, through the eyes of the school's manager."""

    def __init__(self, rpc: Rpc):
        self._rpc = rpc

    async def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """One call, off the event loop."""
        return await asyncio.to_thread(self._rpc.execute, model, method, *args, **kwargs)

    async def find(self, model: str, domain: list, fields: list[str], **kwargs: Any) -> list[dict]:
        """search_read, archived records included."""
        return await self.call(
            model, "search_read", domain, fields, context={"active_test": False}, **kwargs
        )

    async def import_roster(self, content: str, filename: str) -> Imported:
        """Upload, preview, import; see the wizard `classroom.import`."""
        wizard_id = await self.call(
            "classroom.import", "create", {"file": content, "filename": filename}
        )
        await self.call("classroom.import", "action_preview", [wizard_id])
        await self.call("classroom.import", "action_import", [wizard_id])
        lines = await self.find(
            "classroom.import.line",
            [("wizard_id", "=", wizard_id)],
            ["row", "name", "state", "reason", "action"],
        )
        return Imported(
            good=[one["name"] for one in lines if one["state"] == "done"],
            refused=[
                f"row {one['row']}, {one['name']}: {one['reason']}"
                for one in lines
                if one["state"] != "done"
            ],
            created=sum(one["state"] == "done" and one["action"] == "create" for one in lines),
        )

    async def classroom(self, name: str) -> int:
        """The id of the classroom of that name."""
        found = await self.find("classroom.classroom", [("name", "=", name)], ["id"])
        if len(found) != 1:
            raise PlayError(f"{len(found)} classrooms are called {name}")
        return found[0]["id"]
