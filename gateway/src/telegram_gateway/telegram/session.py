"""The client's session, kept by us: login key, numbers of updates, known access hashes.

Telethon's own memory sessions forget the numbers of updates and the access hashes; without them
nothing is replayed after a restart and nobody can be addressed. This one turns into bytes, which
database/accounts.py encrypts.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types


def _address(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """What of (id, access hash, username, telephone, name) is needed to address a person again: not
    how they are called. Bots are found by their name, which Telegram lets end with "bot"."""
    marked_id, access_hash, username, *_ = row
    if marked_id < 0:
        return row  # a group
    is_bot = bool(username) and username.lower().endswith("bot")
    return (marked_id, access_hash, username if is_bot else None, None, None)


class StoredSession(MemorySession):
    """A MemorySession that survives restarts; `is_changed` says that it should be stored again."""

    def __init__(self) -> None:
        super().__init__()
        self.is_changed = False
        self.api: tuple[int, str] | None = None  # where it is not in the gateway's settings

    def set_update_state(self, entity_id: int, state: Any) -> None:
        """Remember the numbers of the updates that were seen (0: the account, else a channel)."""
        super().set_update_state(entity_id, state)
        self.is_changed = True

    def process_entities(self, tlo: Any) -> None:
        """Remember the access hashes of whoever is in an answer; the newest row wins."""
        rows = [_address(row) for row in self._entities_to_rows(tlo)]
        if not rows:
            return
        known = {row[0]: row for row in self._entities}
        changed = {row[0]: row for row in rows if known.get(row[0]) != row}
        if changed:
            self._entities = set({**known, **changed}.values())
            self.is_changed = True

    def forget(self, user_ids: Collection[int]) -> None:
        """Nobody of these can be addressed any more, before Telegram shows them again."""
        kept = {row for row in self._entities if row[0] not in user_ids}
        if kept != self._entities:
            self._entities = kept
            self.is_changed = True

    def forget_states(self) -> None:
        """Begin anew with the updates that come from now on."""
        self._update_states.clear()
        self.is_changed = True

    def to_bytes(self) -> bytes:
        """Everything, as JSON. Clears `is_changed`."""
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
                "entities": [list(row) for row in self._entities],
            }
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> StoredSession:
        """The session that `to_bytes` made."""
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
        session._entities = {_address(tuple(row)) for row in stored["entities"]}
        session.is_changed = False
        return session
