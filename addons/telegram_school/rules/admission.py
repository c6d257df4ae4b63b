"""The decision about people who come into a class's group, or ask to, by the school's records.

Only people who belong today are let in without a question. The use of a link changes no enrolment,
unless the class enrols whoever comes; and never the enrolment of people whom the school has
unenrolled, or whose time is over or has not begun.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional, Sequence

#: Time from archiving a contact until the person is removed from the groups, in which a mistake can
#: be noticed.
ARCHIVED_FOR = timedelta(hours=1)

#: Decisions: nothing, since the roster has its answer already; ban; put out; enrol; ask a person.
NOTHING, BAN, PUT_OUT, ENROL, ASK = "nothing", "ban", "put_out", "enrol", "ask"
#: Reasons why a person does not belong today although the class knows them.
UNENROLLED, OVER, EARLY, ARCHIVED = "unenrolled", "over", "early", "archived"
#: The roster's reason for people whom somebody refused: nobody is asked about them again.
REFUSED = "refused"


@dataclass(frozen=True)
class Comer:
    """A person behind the account that came. status, reason: the roster's, None without a row.
    past: UNENROLLED, OVER, EARLY or ARCHIVED; None: the class never knew them."""

    status: Optional[str] = None
    reason: Optional[str] = None
    is_blocked: bool = False
    past: Optional[str] = None


def admission(policy: str, comers: Sequence[Comer], is_active: bool = True) -> str:
    """Return what to do about an account that came: NOTHING, BAN, PUT_OUT, ENROL or ASK.

    policy: `enrol` | `ask` | `remove`; is_active: the class is in use. Nobody is added to an
    archived class: they wait until it is restored.
    """
    statuses = {one.status for one in comers}
    if not comers or statuses & {"in", "banned", "undecided"}:
        return NOTHING
    if any(one.is_blocked for one in comers):
        return BAN
    if not is_active or all(one.status == "out" and one.reason == REFUSED for one in comers):
        return NOTHING
    if policy == "remove":
        return PUT_OUT
    # A shared account does not say which of its people came.
    if policy == "enrol" and len(comers) == 1 and comers[0].past is None:
        return ENROL
    return ASK


def is_away(is_active: bool, archived_at: Optional[datetime], now: datetime) -> bool:
    """Return whether a contact has been archived so long that the person is out of all groups.
    archived_at: naive UTC; None for a contact that was archived before that was recorded."""
    return not is_active and (archived_at is None or archived_at + ARCHIVED_FOR <= now)
