"""The client's session, kept by us: login key, numbers of updates, known access hashes.

Telethon's own memory sessions forget the numbers of updates and the access hashes. Without them
nothing is replayed after a restart and nobody can be addressed. They also search through all peers
for each lookup. This session looks up in dictionaries, can be turned into bytes, and says which
peers are to be stored again; database/accounts.py and known_people.py encrypt and store both.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from telethon import utils
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

#: The id with its mark (a group's is negative), the access hash, and the username in small letters.
_Known = tuple[int, int, str | None]
_NUMBERS = struct.Struct("<qq")


def _address(row: tuple[Any, ...]) -> _Known:
    """The parts of (id, access hash, username, telephone, name) that are needed to address a person
    or a group again: no names of people. Bots are found by their username, which always ends with
    "bot"."""
    marked_id, access_hash, username, *_ = row
    is_person = marked_id > 0 and not (username or "").endswith("bot")
    return (marked_id, access_hash, None if is_person else username or None)


class StoredSession(MemorySession):  # type: ignore[misc]
    """A MemorySession that survives restarts.

    `is_changed`: `to_bytes` should be stored again. `unsaved`: the marked ids of peers whose rows
    (see `known`) should be stored again or deleted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_changed = False
        self.unsaved: set[int] = set()
        self.api: tuple[int, str] | None = None  # where it is not in the gateway's settings
        self._known: dict[int, _Known] = {}
        self._by_username: dict[str, int] = {}

    def set_update_state(self, entity_id: int, state: Any) -> None:
        """Remember the numbers of the updates that were seen. entity_id: 0 for the account, else a
        channel."""
        if _numbers(entity_id, state) != _numbers(entity_id, self.get_update_state(entity_id)):
            self.is_changed = True
        super().set_update_state(entity_id, state)

    # --- known peers ------------------------------------------------------------------------------

    def process_entities(self, tlo: Any) -> None:
        """Remember the access hashes of everybody in a TL answer. The newest row holds."""
        for found in self._entities_to_rows(tlo):
            row = _address(found)
            self._take_username(found[2], row[0])
            if self._known.get(row[0]) != row:
                self._remember(row)
                self.unsaved.add(row[0])

    def _take_username(self, username: str | None, marked_id: int) -> None:
        """Take the username from whoever else had it before."""
        before = self._by_username.get(username or "", marked_id)
        if before != marked_id:
            self._drop_username(before)
            self._known[before] = (*self._known[before][:2], None)
            self.unsaved.add(before)

    def _drop_username(self, marked_id: int) -> None:
        _, _, username = self._known.get(marked_id, (0, 0, None))
        if username is not None and self._by_username.get(username) == marked_id:
            del self._by_username[username]

    def _remember(self, row: _Known) -> None:
        marked_id, _, username = row
        self._drop_username(marked_id)
        self._known[marked_id] = row
        if username is not None:
            self._by_username[username] = marked_id

    def forget(self, user_ids: Collection[int]) -> None:
        """Drop the access hashes of these people, until Telegram shows them again."""
        for user_id in user_ids:
            if user_id in self._known:
                self._drop_username(user_id)
                del self._known[user_id]
                self.unsaved.add(user_id)

    def get_entity_rows_by_id(self, id: int, exact: bool = True) -> tuple[int, int] | None:
        """(marked id, access hash), or None. exact: `id` is marked; else a peer of any kind may
        have it."""
        kinds = (types.PeerUser, types.PeerChat, types.PeerChannel)
        for marked_id in [id] if exact else [utils.get_peer_id(kind(id)) for kind in kinds]:
            if (known := self._known.get(marked_id)) is not None:
                return known[:2]
        return None

    def get_entity_rows_by_username(self, username: str) -> tuple[int, int] | None:
        """(marked id, access hash) of a bot or a group, or None."""
        marked_id = self._by_username.get(username)
        return None if marked_id is None else self._known[marked_id][:2]

    def get_entity_rows_by_phone(self, phone: str) -> None:
        """None: telephone numbers are not kept."""

    def get_entity_rows_by_name(self, name: str) -> None:
        """None: names are not kept."""

    # --- as it is stored --------------------------------------------------------------------------

    def forget_states(self) -> None:
        """Forget the numbers: begin anew with the updates that come from now on."""
        self._update_states.clear()
        self.is_changed = True

    def known(self, marked_ids: Iterable[int] | None = None) -> dict[int, bytes | None]:
        """Rows to be stored of these peers (None: of all), by marked id; None for one that is not
        known."""
        wanted = self._known if marked_ids is None else marked_ids
        return {marked_id: _to_bytes(self._known.get(marked_id)) for marked_id in wanted}

    def to_bytes(self) -> bytes:
        """Everything but the known peers, as JSON. Clears `is_changed`."""
        self.is_changed = False
        return json.dumps(
            {
                "dc": [self._dc_id, self._server_address, self._port],
                "api": self.api,
                "key": self._auth_key.key.hex() if self._auth_key else None,
                "states": {
                    str(entity_id): [s.pts, s.qts, s.date.timestamp(), s.seq, s.unread_count]
                    for entity_id, s in self._update_states.items()
                },
            }
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes, known: Iterable[bytes] = ()) -> StoredSession:
        """Make the session again of what `to_bytes` and `known` gave."""
        stored = json.loads(data)
        session = cls()
        session.set_dc(*stored["dc"])
        if stored.get("api"):
            session.api = (int(stored["api"][0]), str(stored["api"][1]))
        if stored["key"]:
            session.auth_key = AuthKey(bytes.fromhex(stored["key"]))
        for entity_id, (pts, qts, date, seq, unread) in stored["states"].items():
            session._update_states[int(entity_id)] = types.updates.State(
                pts=pts,
                qts=qts,
                date=datetime.fromtimestamp(date, UTC),
                seq=seq,
                unread_count=unread,
            )
        for row in known:
            session._remember(_from_bytes(row))
        session.is_changed = False
        return session


def _numbers(entity_id: int, state: Any) -> tuple[Any, ...] | None:
    """The numbers of an update state; of a channel the client library keeps no date."""
    if state is None:
        return None
    return (state.pts, state.qts, state.seq, state.date) if entity_id == 0 else (state.pts,)


def _to_bytes(known: _Known | None) -> bytes | None:
    if known is None:
        return None
    return _NUMBERS.pack(*known[:2]) + (known[2] or "").encode()


def _from_bytes(data: bytes) -> _Known:
    marked_id, access_hash = _NUMBERS.unpack_from(data)
    return (marked_id, access_hash, data[_NUMBERS.size :].decode() or None)
