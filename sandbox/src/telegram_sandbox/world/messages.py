"""Messages: those of groups, and each account's own copies of private ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from telethon.tl import TLObject, types

if TYPE_CHECKING:
    from .files import Document
    from .people import User

_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(@[A-Za-z0-9_]{3,32})?")
_URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass(eq=False, kw_only=True)
class Message:
    """One message as one box (a group's, or an account's) holds it.

    `action` makes it a service message: how its viewer sees what happened. `twin` is the other
    side's copy of a private message.
    """

    id: int
    date: datetime
    sender_id: int
    text: str = ""
    entities: list[TLObject] = field(default_factory=list)
    reply_markup: TLObject | None = None
    reply_to_id: int | None = None
    document: Document | None = None
    silent: bool = False
    action: Callable[[User], TLObject] | None = None
    edit_date: datetime | None = None
    pinned: bool = False
    random_id: int | None = None
    peer_id: int = 0  # private: the other person; groups: 0
    out: bool = False  # private: whether the owner of the box sent it
    forwarded_from: tuple[int, datetime] | None = None
    twin: Message | None = None


@dataclass(eq=False)
class Mailbox:
    """An account's private messages, numbered in one sequence, and the people whose messages it
    accepts."""

    messages: dict[int, Message] = field(default_factory=dict)
    next_id: int = 1
    blocked: set[int] = field(default_factory=set)
    started_by: set[int] = field(default_factory=set)  # a bot's: who wrote to it
    requesters: dict[int, float] = field(default_factory=dict)  # a bot's: who asked to join, when
    read_in: dict[int, int] = field(default_factory=dict)  # peer -> highest id read here
    read_out: dict[int, int] = field(default_factory=dict)  # peer -> highest id they have read

    def with_peer(self, peer_id: int) -> list[Message]:
        return [message for message in self.messages.values() if message.peer_id == peer_id]

    def peers(self) -> set[int]:
        return {message.peer_id for message in self.messages.values()}

    def unread(self, peer_id: int) -> int:
        read = self.read_in.get(peer_id, 0)
        return sum(1 for m in self.with_peer(peer_id) if not m.out and m.id > read)


def complete_entities(
    text: str, entities: Iterable[TLObject] | None, self_id: int
) -> list[TLObject]:
    """The client's entities plus links and commands found by the server; offsets in UTF-16."""
    result: list[TLObject] = []
    for entity in entities or ():
        if isinstance(entity, types.InputMessageEntityMentionName):
            user_id = getattr(entity.user_id, "user_id", self_id)
            entity = types.MessageEntityMentionName(entity.offset, entity.length, user_id)
        result.append(entity)
    taken = {(entity.offset, entity.length) for entity in result}
    for pattern, kind in (
        (_COMMAND, types.MessageEntityBotCommand),
        (_URL, types.MessageEntityUrl),
    ):
        for match in pattern.finditer(text):
            offset, length = _utf16(text[: match.start()]), _utf16(match.group())
            inside = any(o <= offset < o + n for o, n in taken)
            if not inside:
                taken.add((offset, length))
                result.append(kind(offset, length))
    return sorted(result, key=lambda entity: (entity.offset, -entity.length))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def page(
    messages: list[Message],
    *,
    offset_id: int = 0,
    offset_date: datetime | None = None,
    add_offset: int = 0,
    limit: int = 100,
    max_id: int = 0,
    min_id: int = 0,
) -> list[Message]:
    """A page of a history, newest first, by the rules of `messages.getHistory`.

    `messages` comes oldest first. The page begins just below `offset_id` (or `offset_date`), moved
    by `add_offset` (negative: towards the newer ones).
    """
    newest_first = messages[::-1]
    start = 0
    if offset_id:
        start = sum(1 for message in newest_first if message.id >= offset_id)
    elif offset_date is not None and offset_date.timestamp() > 0:
        start = sum(1 for message in newest_first if message.date >= offset_date)
    begin = start + add_offset
    end = begin + max(0, limit)
    chosen = newest_first[max(0, begin) : max(0, end)]
    return [m for m in chosen if (not max_id or m.id < max_id) and (not min_id or m.id > min_id)]
