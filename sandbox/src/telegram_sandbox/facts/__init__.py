"""Documented facts about Telegram's methods: who may call each, and the errors it may return.

`methods.json` is made by `script/telegram-methods` from Telegram's own list and pages;
`corrections.json` is written by hand and adds to it what other sources tell, each under its source.
Both have errors as "420 FLOOD_WAIT_X", X for a number. The row `any` has those that every method
may answer with.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Who = Literal["users", "bots", "both"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One method. `errors`: code and name of each → the source that documents it."""

    who: Who
    errors: dict[tuple[int, str], str]

    @property
    def users_may(self) -> bool:
        return self.who != "bots"

    @property
    def bots_may(self) -> bool:
        return self.who != "users"


@cache
def methods() -> dict[str, Row]:
    """The whole table, by the TL name: `channels.editAdmin`."""
    made, corrections = _load("methods.json"), _load("corrections.json")
    rows = {}
    for name in made["methods"].keys() | corrections["methods"].keys():
        generated = made["methods"].get(name, {})
        corrected = corrections["methods"].get(name, {})
        rows[name] = Row(
            who=corrected.get("who") or generated["who"],
            errors={**_errors(corrected), **_errors(generated)},
        )
    return rows


def corrected() -> frozenset[str]:
    """The methods that are corrected by hand."""
    return frozenset(_load("corrections.json")["methods"])


@cache
def any_method() -> dict[tuple[int, str], str]:
    """The errors that any method may answer, and where they are documented."""
    return _errors(_load("corrections.json")["any"])


@cache
def sources() -> dict[str, str]:
    """Meaning of the sources' short names."""
    return {**_load("methods.json")["sources"], **_load("corrections.json")["sources"]}


@cache
def names() -> frozenset[str]:
    """The names of all errors that anybody tells of, for whichever method."""
    rows = [row.errors for row in methods().values()]
    return frozenset(name for errors in (any_method(), *rows) for _code, name in errors)


def is_documented(method: str, code: int, message: str) -> bool:
    """Return whether this error is documented for the method."""
    error = (code, generic(message))
    row = methods().get(method)
    return error in any_method() or (row is not None and error in row.errors)


def generic(message: str) -> str:
    """The error's name with X for its number: `FLOOD_WAIT_7` is `FLOOD_WAIT_X`."""
    return re.sub(r"(?<=_)\d+(?=_|$)", "X", message)


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files(__package__) / name).read_text("utf-8"))
    return content


def _errors(row: dict[str, Any]) -> dict[tuple[int, str], str]:
    found = {}
    for source, errors in row.items():
        for error in errors if source != "who" else ():
            code, _, name = error.partition(" ")
            found[int(code), name] = source
    return found
