"""Who comes into a class's group, or asks to: what the school's records make of it.

Only who belongs today is let in unasked. No use of a link changes an enrolment, unless the class
enrols whoever comes; never that of whom the school has unenrolled, or whose time is over or has not
begun.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional, Sequence

#: How long a contact is archived before the person leaves the groups: who archived it by mistake has
#: the time to see it.
ARCHIVED_FOR = timedelta(hours=1)

#: What is done: nothing, since the roster has its answer already; ban; put out; enrol; ask a person.
NOTHING, BAN, PUT_OUT, ENROL, ASK = "nothing", "ban", "put_out", "enrol", "ask"
#: Why a known person does not belong today although the class knows them.
UNENROLLED, OVER, EARLY, ARCHIVED = "unenrolled", "over", "early", "archived"
#: The roster's reason for whom a person did not want: they are not asked about again.
REFUSED = "refused"


@dataclass(frozen=True)
class Comer:
    """One of those whom the account that came stands for. status, reason: the roster's, None
    without a row. past: UNENROLLED, OVER, EARLY or ARCHIVED; None: the class never knew them."""

    status: Optional[str] = None
    reason: Optional[str] = None
    is_blocked: bool = False
    past: Optional[str] = None


def admission(policy: str, comers: Sequence[Comer], is_active: bool = True) -> str:
    """What is done about an account that came. policy: `enrol` | `ask` | `remove`; is_active: whether
    the class is in use. To one that is archived nobody is added: they wait until it is restored."""
    statuses = {one.status for one in comers}
    if not comers or statuses & {"in", "banned", "undecided"}:
        return NOTHING
    if any(one.is_blocked for one in comers):
        return BAN
    if not is_active or all(one.status == "out" and one.reason == REFUSED for one in comers):
        return NOTHING
    if policy == "remove":
        return PUT_OUT
    # An account that several people share does not say which of them came.
    if policy == "enrol" and len(comers) == 1 and comers[0].past is None:
        return ENROL
    return ASK


def is_away(is_active: bool, archived_at: Optional[datetime], now: datetime) -> bool:
    """Whether somebody's contact is archived so long that they are out of all groups. archived_at:
    None, of one who was archived before that was kept."""
    return not is_active and (archived_at is None or archived_at + ARCHIVED_FOR <= now)
