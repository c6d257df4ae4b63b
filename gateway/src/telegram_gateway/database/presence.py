"""Loads the state of a call from the facts that were reported of it: so the process that takes over
knows who is in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from telegram_gateway.core.model import ChatId, TgCallId
from telegram_gateway.core.presence import CallState, Participant, PeerKey
from telegram_gateway.database.connection import Database, aware

# The index `telegram_inbox_presence` is made for these very words.
_REPORTED = (
    "SELECT kind, payload::json AS payload, occurred_at FROM telegram_inbox WHERE chat_id = %s"
    " AND kind IN ('participant_joined', 'participant_left', 'observation_lost',"
    " 'observation_back', 'listeners_hidden', 'listeners_shown')"
    ' AND substring(payload from \'"tg_call_id": "?([0-9]+)\') = %s ORDER BY id'
)


async def load_call_state(
    database: Database, chat_id: ChatId, tg_call_id: TgCallId, now: datetime
) -> CallState:
    """Give the call as it was reported so far, without a version, so that the list is read. now:
    the database's clock (aware)."""
    seen = await database.one(
        "SELECT call_seen_at FROM telegram_chat_state WHERE chat_id = %s AND tg_call_id = %s",
        chat_id,
        tg_call_id,
    )
    seen_at = aware(seen["call_seen_at"]) if seen else None
    present: dict[PeerKey, Participant] = {}
    ended: dict[PeerKey, datetime] = {}
    is_blind = are_hidden = False
    for row in await database.all(_REPORTED, chat_id, str(tg_call_id)):
        kind = row["kind"]
        if kind.startswith("observation"):
            is_blind = kind == "observation_lost"
        elif kind.startswith("listeners"):
            are_hidden = kind == "listeners_hidden"
        else:
            # they may have left before it was known, and others since then
            at = aware(row["occurred_at"]) - timedelta(seconds=row["payload"]["precision_s"])
            seen_at = max(seen_at or at, at)
            participant = _participant(row["payload"])
            if kind == "participant_left":
                present.pop(participant.key, None)
                ended[participant.key] = datetime.fromisoformat(row["payload"]["joined_at"])
            else:
                present[participant.key] = participant
    return CallState(
        present=present,
        seen_at=min(seen_at, now) if seen_at else None,
        # it is not stored when hidden ones were listed last: they were when they joined
        unlisted={key: participant.date for key, participant in present.items()}
        if are_hidden
        else {},
        ended=ended,
        is_blind=is_blind,
        listeners_hidden=are_hidden,
    )


def _participant(payload: dict[str, Any]) -> Participant:
    kind = payload["peer_kind"]
    return Participant(
        peer_kind=kind,
        peer_id=payload["tg_user_id" if kind == "user" else "tg_channel_id"],
        date=datetime.fromisoformat(payload["at"]),
        source=payload.get("device", 0),
    )
