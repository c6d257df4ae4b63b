"""People who took part as a channel, and the sheet once somebody has said who they were.

Telegram lets people join as a channel that they own, and an administrator as the group itself;
nobody can see who is behind it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Dict, Hashable, Iterable, List, Mapping, Optional

from .intervals import GROUP, OUTSIDER, THEMSELVES, Event, Window, observe
from .spans import cut, length


@dataclass(frozen=True)
class Stay:
    """The presence of a channel: from its first arrival to its last departure (naive UTC), with its
    seconds in the lesson. is_group: it is the group itself."""

    arrived_at: datetime
    departed_at: datetime
    seconds: float
    is_group: bool


def answered(
    events: Iterable[Event], answers: Mapping[Hashable, Optional[Hashable]]
) -> List[Event]:
    """Return the events with the channels replaced whose person is known.

    answers: the person by channel; None for somebody who is not of the class. The events of such a
    channel count as the person's own, or for nobody.
    """
    result = []
    for event in events:
        if event.mask and event.account in answers:
            person = answers[event.account]
            mask = OUTSIDER if person is None else event.mask
            event = replace(event, person=person, mask=mask)
        result.append(event)
    return result


def stays(events: Iterable[Event], window: Window) -> Dict[Hashable, Stay]:
    """Return the stay of each channel, by its Telegram id, that was in a call during the lesson;
    the longest first."""
    masked = [event for event in events if event.mask != THEMSELVES or event.account is None]
    groups = {event.account for event in masked if event.mask == GROUP}
    seen = observe([replace(one, person=one.account) for one in masked], window)
    stay_of = {}
    for channel, presence in seen.people.items():
        inside = seen.held and cut(presence.likely, seen.held)
        if inside:
            shown = [one for one in presence.likely if one.stop > inside[0].start]
            shown = [one for one in shown if one.start < inside[-1].stop]
            stay_of[channel] = Stay(
                shown[0].start, shown[-1].stop, length(inside).total_seconds(), channel in groups
            )
    order = sorted(
        stay_of, key=lambda one: (-stay_of[one].seconds, stay_of[one].arrived_at, str(one))
    )
    return {channel: stay_of[channel] for channel in order}
