"""Group calls: who is in, under which version of the list. State and questions only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from telethon.tl import types

Peer = tuple[str, int]  # ("user" or "channel", id)


@dataclass(eq=False, kw_only=True)
class Participant:
    peer: Peer
    user_id: int  # the account behind it, even when it shows itself as a channel
    date: datetime  # when this one joined
    number: int  # order of joining
    source: int
    muted: bool = True
    can_self_unmute: bool = True
    video: bool = False
    raise_hand_rating: int | None = None
    active_date: datetime | None = None
    seen_at: float = 0.0  # last checkGroupCall

    def to_tl(
        self,
        viewer_id: int,
        *,
        left: bool = False,
        just_joined: bool = False,
        versioned: bool = False,
    ) -> types.GroupCallParticipant:
        kind, peer_id = self.peer
        peer = types.PeerUser(peer_id) if kind == "user" else types.PeerChannel(peer_id)
        return types.GroupCallParticipant(
            peer=peer,
            date=self.date,
            source=self.source,
            muted=self.muted,
            left=left,
            can_self_unmute=self.can_self_unmute,
            just_joined=just_joined,
            versioned=versioned,
            is_self=viewer_id == self.user_id,
            video_joined=self.video,
            active_date=self.active_date,
            raise_hand_rating=self.raise_hand_rating,
            video=types.GroupCallParticipantVideo("video", []) if self.video else None,
        )


@dataclass(eq=False, kw_only=True)
class Recording:
    """Telegram's own recording of a call: it goes to the Saved Messages of who began it."""

    by: int
    started_at: datetime
    title: str | None = None
    is_video: bool = False
    ended_at: datetime | None = None


@dataclass(eq=False, kw_only=True)
class GroupCall:
    id: int
    channel_id: int
    creator_id: int
    date: datetime  # created
    title: str | None = None
    is_live_story: bool = False  # the group's own story, streamed: no call of its members
    schedule_date: datetime | None = None  # set until it is started
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1
    join_muted: bool = False
    listeners_hidden: bool = False
    recordings: list[Recording] = field(default_factory=list)  # the last one may run
    participants: dict[Peer, Participant] = field(default_factory=dict)
    next_number: int = 1
    empty_since: float | None = None

    @property
    def duration_s(self) -> int:
        if self.started_at is None or self.ended_at is None:
            return 0
        return int((self.ended_at - self.started_at).total_seconds())

    @property
    def recording(self) -> Recording | None:
        """The recording that runs."""
        last = self.recordings[-1] if self.recordings else None
        return last if last and last.ended_at is None else None

    def listed(self) -> list[Participant]:
        """The visible participants, in order of joining."""
        return [
            participant
            for participant in sorted(self.participants.values(), key=lambda p: p.number)
            if not (self.listeners_hidden and participant.muted and not participant.video)
        ]

    def to_tl(self, access_hash: int, *, is_creator: bool, may_manage: bool) -> types.TypeGroupCall:
        if self.ended_at is not None:
            return types.GroupCallDiscarded(self.id, access_hash, self.duration_s)
        return types.GroupCall(
            id=self.id,
            access_hash=access_hash,
            participants_count=len(self.participants),
            unmuted_video_limit=30,
            version=self.version,
            join_muted=self.join_muted,
            can_change_join_muted=may_manage,
            join_date_asc=True,
            can_start_video=True,
            listeners_hidden=self.listeners_hidden,
            creator=is_creator,
            title=self.title,
            schedule_date=self.schedule_date,
            record_start_date=self.recording.started_at if self.recording else None,
            record_video_active=bool(self.recording and self.recording.is_video),
        )
