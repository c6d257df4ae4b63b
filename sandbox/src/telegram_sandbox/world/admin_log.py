"""The log that admins read: who did what in a group during the last days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from telethon.tl import TLObject, types

from .clock import Clock
from .people import User
from .profile import Profile

BuildAction = Callable[[User], TLObject]

# The flags of `ChannelAdminLogEventsFilter` and the actions that they let through. The three that
# look at the participant (`ban`, `promote`, …) share actions: telling them apart is not needed.
_FLAGS: dict[str, tuple[type[TLObject], ...]] = {
    "join": (
        types.ChannelAdminLogEventActionParticipantJoin,
        types.ChannelAdminLogEventActionParticipantJoinByInvite,
        types.ChannelAdminLogEventActionParticipantJoinByRequest,
    ),
    "leave": (types.ChannelAdminLogEventActionParticipantLeave,),
    "invite": (types.ChannelAdminLogEventActionParticipantInvite,),
    "ban": (types.ChannelAdminLogEventActionParticipantToggleBan,),
    "unban": (types.ChannelAdminLogEventActionParticipantToggleBan,),
    "kick": (types.ChannelAdminLogEventActionParticipantToggleBan,),
    "unkick": (types.ChannelAdminLogEventActionParticipantToggleBan,),
    "promote": (types.ChannelAdminLogEventActionParticipantToggleAdmin,),
    "demote": (types.ChannelAdminLogEventActionParticipantToggleAdmin,),
    "info": (
        types.ChannelAdminLogEventActionChangeTitle,
        types.ChannelAdminLogEventActionChangeAbout,
        types.ChannelAdminLogEventActionChangeUsername,
    ),
    "settings": (
        types.ChannelAdminLogEventActionTogglePreHistoryHidden,
        types.ChannelAdminLogEventActionToggleSlowMode,
        types.ChannelAdminLogEventActionToggleSignatures,
        types.ChannelAdminLogEventActionToggleNoForwards,
        types.ChannelAdminLogEventActionDefaultBannedRights,
    ),
    "pinned": (types.ChannelAdminLogEventActionUpdatePinned,),
    "edit": (types.ChannelAdminLogEventActionEditMessage,),
    "delete": (types.ChannelAdminLogEventActionDeleteMessage,),
    "group_call": (
        types.ChannelAdminLogEventActionStartGroupCall,
        types.ChannelAdminLogEventActionDiscardGroupCall,
        types.ChannelAdminLogEventActionToggleGroupCallSetting,
    ),
    "invites": (
        types.ChannelAdminLogEventActionExportedInviteEdit,
        types.ChannelAdminLogEventActionExportedInviteRevoke,
        types.ChannelAdminLogEventActionExportedInviteDelete,
    ),
}


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    id: int
    date: datetime
    user_id: int  # who did it
    build: BuildAction

    def to_tl(self, viewer: User) -> types.ChannelAdminLogEvent:
        return types.ChannelAdminLogEvent(self.id, self.date, self.user_id, self.build(viewer))


def passes(action: TLObject, wanted: types.ChannelAdminLogEventsFilter | None) -> bool:
    """Return whether the filter passes this kind of action; no filter passes all."""
    if wanted is None:
        return True
    return any(
        getattr(wanted, flag, False) and isinstance(action, kinds) for flag, kinds in _FLAGS.items()
    )


class _Timed(Protocol):
    """The part of the world that the log needs."""

    clock: Clock
    profile: Profile


class _Logged(Protocol):
    """The part of a channel that the log needs."""

    id: int
    admin_log: list[LogEntry]


def note(world: _Timed, channel: _Logged, actor_id: int, build: BuildAction) -> None:
    """Write into the group's log. Entries that are too old are dropped."""
    now = world.clock.now()
    number = channel.admin_log[-1].id + 1 if channel.admin_log else channel.id * 1000 + 1
    channel.admin_log.append(LogEntry(id=number, date=now, user_id=actor_id, build=build))
    oldest = now - timedelta(seconds=world.profile.admin_log_s)
    while channel.admin_log and channel.admin_log[0].date < oldest:
        del channel.admin_log[0]
