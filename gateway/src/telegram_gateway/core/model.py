"""The words that the rooms of the gateway share: ids, rows as values, plan steps and facts.

Everything here is a frozen value. Instants are aware datetimes in UTC. Ids of Telegram are
"bare" (positive) ids. Column and fact names are those of docs/contract.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NewType

from telegram_gateway.core.kinds import FACTS

TgUserId = NewType("TgUserId", int)
TgChatId = NewType("TgChatId", int)
TgCallId = NewType("TgCallId", int)
ChatId = NewType("ChatId", int)  # telegram_chat.id
PartnerId = NewType("PartnerId", int)  # res_partner.id


class Role(StrEnum):
    """What a person is in the classroom, and so which rights they hold in the group."""

    STUDENT = "student"
    TEACHER = "teacher"
    SUPERVISOR = "supervisor"


class RosterStatus(StrEnum):
    """What Odoo wants of a person in a chat."""

    IN = "in"
    OUT = "out"
    BANNED = "banned"
    UNDECIDED = "undecided"


class SeenStatus(StrEnum):
    """What Telegram showed last of a person in a chat."""

    IN = "in"
    OUT = "out"
    BANNED = "banned"
    REQUESTED = "requested"


class MemberState(StrEnum):
    """The state shown to people; Odoo puts the code into words."""

    WAITING_LINK = "waiting_link"
    WELCOME = "welcome"
    REQUESTED = "requested"
    IN = "in"
    LEFT = "left"
    REMOVING = "removing"  # Telegram took the removal or the ban; not yet seen to have happened
    REMOVED = "removed"
    BANNED = "banned"
    GUEST = "guest"
    FAILED = "failed"
    UNDECIDED = "undecided"
    HELD = "held"  # belongs out; so many at once that a person must say so first


@dataclass(frozen=True, kw_only=True)
class RosterEntry:
    """One person of the roster, with the Telegram identities that Odoo has confirmed.

    Without a partner it is a guest: a Telegram user about whom a person decided, though the
    roster does not have them. Its one id is in `tg_user_ids`, its status never undecided.
    `by_rule`: nobody decided, the school's rule about strangers did; it holds for this coming alone.
    """

    partner_id: PartnerId | None
    role: Role
    status: RosterStatus
    tg_user_ids: frozenset[TgUserId] = frozenset()
    by_rule: bool = False


@dataclass(frozen=True, kw_only=True)
class Member:
    """A row of telegram_member: the person as seen, and the base that both sides agreed on."""

    tg_user_id: TgUserId | None
    partner_id: PartnerId | None = None
    seen_status: SeenStatus | None = None
    seen_role: str | None = None  # "member" | "admin" | "creator"
    base_status: RosterStatus | None = None  # never UNDECIDED
    base_role: Role | None = None
    told_status: str | None = None
    told_inbox_id: int | None = None
    told_handled: bool = False  # whether Odoo has handled the fact told_inbox_id
    # whether they came to belong anew after that fact, although the roster was never read as `out`
    is_wanted_again: bool = False
    state: MemberState | None = None
    error_code: str | None = None
    refused: str | None = None  # code of the step that Telegram refused last (`step_code`)
    name: str = ""
    username: str = ""
    is_bot: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Who did what was seen on Telegram, when an update said so."""

    by: TgUserId | None = None
    by_us: bool = False
    via: str = "unknown"  # "request" | "link" | "added" | "unknown"
    link: str | None = None  # by which somebody asks to join
    # no update told of it, and the group's admin log, read to its end, says nothing of it
    is_unlogged: bool = False


@dataclass(frozen=True, kw_only=True)
class Title:
    """The three titles of a chat, and which one Odoo was told of."""

    wanted: str
    base: str | None
    seen: str | None
    told: str | None = None
    told_handled: bool = False


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a school may set for one chat, and the guard against mass removal."""

    restore_title: bool = False
    restore_promotion: bool = True
    # False: a group that was there before, and nobody has yet looked at who is in it; then nobody
    # is removed, demoted or told of
    is_reviewed: bool = True
    # mutual contacts of the account may be added directly; never to an archived or unreviewed group
    may_add_contacts: bool = False
    most_removals: int = 5
    most_removals_percent: int = 10
    # removals that a person agreed to, whatever the guard says: these people, or everybody
    allowed: frozenset[TgUserId] | Literal["all"] = frozenset()
    put_back: frozenset[TgUserId] = frozenset()  # who left or was removed, and is wanted back
    # a person asks to try again also what Telegram has refused
    retry: bool = False


# --- steps of a plan: what to do on Telegram -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Let in a person who asked to join."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Turn down a request of a person who is banned."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class RemoveMember:
    """Remove without a ban (a ban of 60 s, lifted at once)."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class Ban:
    """Remove for good: no link lets the person in."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class LiftBan:
    """Let links work again for the person; does not bring them in."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class SetRole:
    """Give exactly the admin rights of the role (none for a student)."""

    tg_user_id: TgUserId
    role: Role


@dataclass(frozen=True, kw_only=True)
class EditTitle:
    """Set the group's title."""

    title: str


Step = Approve | Decline | RemoveMember | Ban | LiftBan | SetRole | EditTitle


def step_code(step: Step) -> str:
    """What a step does to its person, in a word: by it a refused step is known again."""
    role = f":{step.role}" if isinstance(step, SetRole) else ""
    return type(step).__name__ + role


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A line for telegram_inbox. `fact` is its own id: inserting it twice changes nothing.

    Raises ValueError for a kind that `kinds.FACTS` does not have.
    """

    fact: str
    kind: str
    occurred_at: datetime
    chat_id: ChatId | None = None
    payload: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in FACTS:
            raise ValueError(f"no kind of fact: {self.kind}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """How somebody is called on Telegram; of a channel its title and username."""

    name: str = ""
    username: str = ""
    is_bot: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes out with a message."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one look at a chat asks for.

    `steps` are done on Telegram in order, each outcome recorded. `members` are rows to store at
    once (new states, bases where both sides already agree). `tell` are differences that Odoo must
    hear of: (kind, member as it will be stored once told). `held` are removals beyond the guard,
    which wait for a person's word; `is_held_news` when one of them was not held before.
    """

    steps: tuple[Step, ...] = ()
    members: tuple[Member, ...] = ()
    tell: tuple[tuple[str, Member], ...] = ()
    tell_title: str | None = None
    restored_title: str | None = None  # the title that somebody gave, changed back by policy
    lost_title: str | None = None  # the same, changed back since the school renamed meanwhile
    title_base: str | None = None
    held: tuple[RemoveMember | Ban, ...] = ()
    is_held_news: bool = False
