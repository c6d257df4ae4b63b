"""The values that the rooms of the gateway share: ids, rows, steps of a plan, and facts.

Everything here is a frozen value. Instants are aware datetimes in UTC. Ids of Telegram are
"bare" (positive) ids. Column and fact names are those of docs/dev/contract.md.
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
    """A person's role in the classroom, which decides their rights in the group."""

    STUDENT = "student"
    TEACHER = "teacher"
    SUPERVISOR = "supervisor"


class RosterStatus(StrEnum):
    """The standing that Odoo wants for a person in a chat."""

    IN = "in"
    OUT = "out"
    BANNED = "banned"
    UNDECIDED = "undecided"


class SeenStatus(StrEnum):
    """The standing in a chat that Telegram last showed of a person."""

    IN = "in"
    OUT = "out"
    BANNED = "banned"
    REQUESTED = "requested"


class MemberState(StrEnum):
    """A member's state as people see it; Odoo puts the code into words."""

    WAITING_LINK = "waiting_link"
    WELCOME = "welcome"
    REQUESTED = "requested"
    IN = "in"
    LEFT = "left"
    REMOVING = "removing"  # Telegram took the removal or the ban; not seen to have happened yet
    REMOVED = "removed"
    BANNED = "banned"
    GUEST = "guest"
    FAILED = "failed"
    UNDECIDED = "undecided"
    HELD = "held"  # removal limit exceeded; needs confirmation


@dataclass(frozen=True, kw_only=True)
class RosterEntry:
    """One person of the roster, with the Telegram identities that Odoo has confirmed.

    Without a partner it is a guest: an account about which a person decided, though the roster does
    not have it. Its one id is in `tg_user_ids`, its status never undecided. `by_rule`: the school's
    rule about guests decided, which holds only until they come again.
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
    # the difference that was reported to Odoo last, and not settled since: how the person stood
    # then ("role": their rights), and the fact's row
    reported_status: str | None = None
    reported_inbox_id: int | None = None
    is_report_handled: bool = False  # Odoo has handled that fact
    # enrolled again after that fact, although the roster was never read as `out`
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
    """The cause of an observed standing: by whom, and by which way."""

    by: TgUserId | None = None
    by_us: bool = False
    via: str = "unknown"  # "request" | "link" | "added" | "unknown"
    link: str | None = None  # by which somebody asks to join
    # no update reported it, and the group's admin log, read to its end, does not have it
    is_unlogged: bool = False


@dataclass(frozen=True, kw_only=True)
class Title:
    """The three titles of a chat, and which one was reported to Odoo."""

    wanted: str
    base: str | None
    seen: str | None
    reported: str | None = None
    is_report_handled: bool = False

    @property
    def is_settled(self) -> bool:
        """True if nothing follows from the titles: all say the same, or none was seen yet."""
        is_same = self.wanted == self.seen == self.base and self.reported is None
        return self.seen is None or is_same


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A chat's settings, its removal limit, and the wishes of commands."""

    restore_title: bool = False
    restore_promotion: bool = True
    # False: a group that existed before, and no person has reviewed who is in it: then nobody is
    # removed, demoted or reported
    is_reviewed: bool = True
    # mutual contacts of the account may be added directly; never to an archived or unreviewed group
    may_add_contacts: bool = False
    most_removals: int = 5
    most_removals_percent: int = 10
    # people whose removal was confirmed, whatever the limit says
    allowed: frozenset[TgUserId] | Literal["all"] = frozenset()
    put_back: frozenset[TgUserId] = frozenset()  # they left or were removed, and are wanted back
    # a person asks to try again also what Telegram has refused
    retry: bool = False


# --- steps of a plan: what to do on Telegram -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Let in a person who asked to join."""

    tg_user_id: TgUserId


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Turn down a person's join request."""

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

#: What rests together: steps of one kind, in one chat; see core/rests.py.
StepKind = str


def kind_of(step: Step) -> StepKind:
    """The kind of a step."""
    return type(step).__name__


def step_code(step: Step) -> str:
    """Kind and role of a step: a refused step is recognised by it."""
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
    """A person's names on Telegram; of a channel its title and username."""

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
    """The work of a reconciliation.

    `steps`: to be carried out on Telegram in order, each outcome recorded. `members`: rows to store
    at once (new states, bases where both sides already agree). `report`: differences for Odoo, each
    with the kind of its fact and the row that is stored with it. `held`: removals beyond the limit,
    which wait for a person's confirmation. `is_held_news`: one of them was not held before.
    """

    steps: tuple[Step, ...] = ()
    members: tuple[Member, ...] = ()
    report: tuple[tuple[str, Member], ...] = ()
    report_title: str | None = None
    restored_title: str | None = None  # the title that somebody gave, changed back by policy
    lost_title: str | None = None  # the same, changed back since the school renamed meanwhile
    title_base: str | None = None
    held: tuple[RemoveMember | Ban, ...] = ()
    is_held_news: bool = False
