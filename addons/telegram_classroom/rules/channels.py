"""Who took part as a channel, and what follows once somebody has said who that was.

Telegram lets people join as a channel that they own, and an administrator as the group itself; nobody
can see who is behind it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Dict, Hashable, Iterable, List, Mapping, Optional

from .intervals import GROUP, OUTSIDER, THEMSELVES, Event, Window, observe
from .spans import cut, length


@dataclass(frozen=True)
class Stay:
    """When a channel was there: from its first coming to its last going (naive UTC), and for how many
    seconds of the lesson. is_group: it is the group itself."""

    arrived_at: datetime
    departed_at: datetime
    seconds: float
    is_group: bool


def answered(
    events: Iterable[Event], answers: Mapping[Hashable, Optional[Hashable]]
) -> List[Event]:
    """The events as they read once somebody has said who was behind some of the channels.

    answers: by channel the person; None for somebody else, who is nobody of the class. What such a
    channel did counts as the person's own, or for nobody.
    """
    found = []
    for event in events:
        if event.mask and event.account in answers:
            person = answers[event.account]
            mask = OUTSIDER if person is None else event.mask
            event = replace(event, person=person, mask=mask)
        found.append(event)
    return found


def stays(events: Iterable[Event], window: Window) -> Dict[Hashable, Stay]:
    """Each channel that was there at some time of the lesson in which there was a call, whoever was
    behind it; the one that was there longest first."""
    masked = [event for event in events if event.mask != THEMSELVES or event.account is None]
    groups = {event.account for event in masked if event.mask == GROUP}
    seen = observe([replace(one, person=one.account) for one in masked], window)
    found = {}
    for channel, presence in seen.people.items():
        inside = seen.held and cut(presence.likely, seen.held)
        if inside:
            shown = [one for one in presence.likely if one.stop > inside[0].start]
            shown = [one for one in shown if one.start < inside[-1].stop]
            found[channel] = Stay(
                shown[0].start, shown[-1].stop, length(inside).total_seconds(), channel in groups
            )
    order = sorted(found, key=lambda one: (-found[one].seconds, found[one].arrived_at, str(one)))
    return {channel: found[channel] for channel in order}
