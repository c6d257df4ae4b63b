"""The group's admin log, read by the user account: who did what within the last 48 hours.

It is read only when something was found that no update had reported.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from telethon import TelegramClient, functions, types

from telegram_gateway.core import text
from telegram_gateway.core.causes import Entry, What
from telegram_gateway.core.model import TgCallId, TgUserId
from telegram_gateway.telegram.errors import translated
from telegram_gateway.telegram.seen import status_from_tl, user_id_of

_PAGE = 100
_MOST_PAGES = 5
_WANTED = types.ChannelAdminLogEventsFilter(
    join=True,
    leave=True,
    invite=True,
    ban=True,
    unban=True,
    kick=True,
    unkick=True,
    promote=True,
    demote=True,
    info=True,
)


async def read_log(user: TelegramClient, channel: Any) -> tuple[list[Entry], bool]:
    """Read the newest entries about people and the title, newest first, and whether these are all
    that the log has. At most 500. Raises TelegramError."""
    entries: list[Entry] = []
    max_id = 0
    for _ in range(_MOST_PAGES):
        with translated():
            answer = await user(
                functions.channels.GetAdminLogRequest(
                    channel=channel,
                    q="",
                    max_id=max_id,
                    min_id=0,
                    limit=_PAGE,
                    events_filter=_WANTED,
                )
            )
        entries += [entry for event in answer.events if (entry := entry_from_tl(event)) is not None]
        if len(answer.events) < _PAGE:
            return entries, True
        max_id = min(event.id for event in answer.events)
    return entries, False


async def has_happened(user: TelegramClient, channel: Any, since: datetime) -> bool:
    """Return whether the log's newest entry about people or the title was made at `since` (aware)
    or later. Raises TelegramError."""
    with translated():
        answer = await user(
            functions.channels.GetAdminLogRequest(
                channel=channel, q="", max_id=0, min_id=0, limit=1, events_filter=_WANTED
            )
        )
    return any(event.date >= since for event in answer.events)


async def call_began(user: TelegramClient, channel: Any, tg_call_id: TgCallId) -> datetime | None:
    """The instant (aware) when that call of the group was begun; None where the log does not say
    so. Raises TelegramError."""
    with translated():
        answer = await user(
            functions.channels.GetAdminLogRequest(
                channel=channel,
                q="",
                max_id=0,
                min_id=0,
                limit=_PAGE,
                events_filter=types.ChannelAdminLogEventsFilter(group_call=True),
            )
        )
    for event in answer.events:
        action = event.action
        if isinstance(action, types.ChannelAdminLogEventActionStartGroupCall):
            if getattr(action.call, "id", None) == tg_call_id:
                began: datetime = event.date
                return began
    return None


def entry_from_tl(event: types.ChannelAdminLogEvent) -> Entry | None:
    """A TL channelAdminLogEvent as a value, or None for what does not concern us."""
    by = TgUserId(event.user_id)
    what: What
    via, concerned = "unknown", by
    match event.action:
        case types.ChannelAdminLogEventActionChangeTitle(new_value=title):
            return Entry(what="title", by=by, at=event.date, title=text.line(title))
        case types.ChannelAdminLogEventActionParticipantLeave():
            what = "left"
        case types.ChannelAdminLogEventActionParticipantJoin():
            what = "joined"
        case types.ChannelAdminLogEventActionParticipantJoinByInvite():
            what, via = "joined", "link"
        case types.ChannelAdminLogEventActionParticipantJoinByRequest(approved_by=approver):
            what, via, by = "joined", "request", TgUserId(approver)
        case types.ChannelAdminLogEventActionParticipantInvite(participant=invited):
            what, via = "joined", "added"
            concerned = user_id_of(invited) or by
        case types.ChannelAdminLogEventActionParticipantToggleBan(new_participant=after):
            is_banned = status_from_tl(after)[0].value == "banned"
            what = "banned" if is_banned else "lifted"
            concerned = user_id_of(after) or by
        case types.ChannelAdminLogEventActionParticipantToggleAdmin(new_participant=after):
            what = "role"
            concerned = user_id_of(after) or by
        case _:
            return None
    return Entry(what=what, by=by, at=event.date, tg_user_id=concerned, via=via)
