"""When the time alone brings something next: for the clock of a lesson, for a roster."""

from datetime import datetime
from typing import Optional

from .bounds import AHEAD, HORIZON, VISIT
from .commands import Lesson, Settings, commands


def next_look(
    lesson: Optional[Lesson],
    settings: Settings,
    now: datetime,
    is_final: bool,
    has_visitors: bool,
) -> Optional[datetime]:
    """When the cron has to look at this lesson next though nothing of it is changed; None: never.

    From the first of its commands until its sheet is final that is at each run. lesson: None while
    it lacks its times; is_final: its sheet is; has_visitors: somebody belongs to the class for this
    lesson only. All instants are naive UTC.
    """
    if lesson is None:
        return None
    if lesson.start - HORIZON > now:
        return lesson.start - HORIZON
    moments = []
    if has_visitors and now <= lesson.stop + VISIT:
        moments.append(lesson.start - VISIT)
    if lesson.planned and not (is_final and lesson.stop <= now):
        moments += [lesson.start] + [one.due_at for one in commands(lesson, settings)]
        if lesson.start - AHEAD > now:
            moments.append(lesson.start - AHEAD)
    return max(now, min(moments)) if moments else None
