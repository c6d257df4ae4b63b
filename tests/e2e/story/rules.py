"""Rules between the school and Telegram that must hold once everything has come to rest.

This is the specification that stories are judged by. It knows nothing of the product's code:
neither of its tables of what was agreed on, nor of its merge. Values in, sentences out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

RIGHTS = {
    "student": frozenset[str](),
    "teacher": frozenset({"manage_call", "pin_messages", "invite_users", "delete_messages"}),
    "supervisor": frozenset(
        {
            "manage_call",
            "pin_messages",
            "invite_users",
            "delete_messages",
            "change_info",
            "ban_users",
        }
    ),
}
INSIDE = ("member", "admin", "creator", "restricted")


@dataclass(frozen=True, kw_only=True)
class Room:
    """A classroom and its group. Policies are those of the classroom's form."""

    name: str
    is_active: bool
    books_name: str  # what the school calls it
    title: str  # what its group is called
    join: str  # "enrol" | "ask" | "remove"
    leave: str  # "unenrol" | "flag"
    titles: str  # "accept" | "restore"
    archive: str  # "leave" | "read_only" | "empty"
    holds: bool  # removals wait for a person
    strangers: str  # "out" | "ask": what becomes of whom the school does not know
    forbidden: frozenset[str]  # what members may not do


@dataclass(frozen=True, kw_only=True)
class Place:
    """One Telegram account of one person in one room, as both sides show it at rest."""

    room: Room
    person: str
    account: int
    is_linked: bool  # the school knows that the account is this person's
    is_archived: bool  # the school's contact of the person is
    # the school's own records: "student" | "teacher" | "supervisor" | "out" | "banned" | ""
    books: str
    roster: str  # "in" | "out" | "banned" | "undecided" | ""
    # what somebody decided about the account: "in" | "out" | "banned" | "ignored" | ""; "rule":
    # nobody did, they are a stranger whom nobody let in who may
    guest: str
    standing: str  # on Telegram: one of INSIDE, "requested", "banned" or ""
    rights: frozenset[str]
    shown: str  # the state on the classroom's form, "" when not listed
    was_promoted: bool  # the group's owner has given or taken rights by hand in this story
    is_inside_otherwise: bool  # the person is in the group with another account

    @property
    def is_inside(self) -> bool:
        return self.standing in INSIDE

    @property
    def belongs(self) -> bool:
        return self.books in RIGHTS

    def __str__(self) -> str:
        return (
            f"{self.person} in {self.room.name}: books {self.books or 'nothing'}, roster"
            f" {self.roster or 'nothing'}, Telegram {self.standing or 'outside'}, form"
            f" {self.shown or 'nothing'}"
        )


def disagreement(one: Place) -> str:
    """Why both sides do not agree about this account; "" when they do."""
    if not one.room.is_active and one.room.archive != "empty":
        return ""  # the group of a closed classroom is left as it was
    return _of_roster(one) or _of_standing(one) or _of_form(one)


def _of_roster(place: Place) -> str:
    expected = {
        "banned": {"banned"},
        "out": {"out", "undecided", ""},
        "": {"out", "undecided", ""},
    }.get(place.books, {"in"})
    if not place.room.is_active:
        expected = {"out", ""}
    return "" if place.roster in expected else "the roster does not say what the books say"


def _of_standing(place: Place) -> str:
    if not place.is_linked:  # nobody whom the school knows: see `moved`
        is_left = place.guest == "rule" and place.is_inside and not _is_held(place)
        return "is to be put out by the rule, and is in the group" if is_left else ""
    books = place.books if place.room.is_active else "out"
    if books == "banned":
        is_so = place.standing == "banned" or _is_held(place)
        return "" if is_so else "is blocked and not banned"
    if books in RIGHTS:
        return _of_belonging(place)
    if place.is_inside and not _may_stay(place):
        return "does not belong and is in the group"
    return ""


def _may_stay(one: Place) -> bool:
    """Somebody has yet to decide about them, or has decided for them."""
    return one.roster == "undecided" or one.guest in ("in", "ignored") or _is_held(one)


def _is_held(one: Place) -> bool:
    """The guard against mass removal waits for a person's word, also before a ban."""
    return one.room.holds and one.shown == "held"


def _of_belonging(place: Place) -> str:
    if place.standing == "requested":
        return "belongs and still waits to be let in"
    if not place.is_inside:
        # who left or was banned and was not unenrolled stays out, until they ask themselves
        is_kept = (
            place.room.leave == "flag" or place.books != "student" or place.is_inside_otherwise
        )
        if place.standing == "banned" and not is_kept:
            return "belongs and is banned"
        return ""
    if place.standing == "creator":
        return ""
    is_same = place.rights == RIGHTS[place.books]
    if place.was_promoted:  # of an admin who stays one, the flags are not looked at
        is_same = bool(place.rights) == bool(RIGHTS[place.books])
    if not is_same:
        return f"is {place.books} and has other rights: {', '.join(sorted(place.rights)) or 'none'}"
    return ""


def _of_form(place: Place) -> str:
    """What one reads on the classroom's form is how it is."""
    allowed: Iterable[str]
    if place.standing == "creator":
        return ""
    if place.is_inside:
        allowed = ("in", "guest", "undecided", "held")
        if place.is_linked and place.belongs and place.room.is_active:
            allowed = ("in",)
    elif place.standing == "requested":
        allowed = ("requested", "undecided")
    elif place.standing == "banned":
        allowed = ("banned", "removed", "left", "undecided")
    else:
        allowed = ("welcome", "left", "removed", "undecided", "banned", "waiting_link", "")
    return "" if place.shown in allowed else "the form shows another state"


def room_disagreement(room: Room) -> str:
    """Titles, and what members may do."""
    if not {"invite_users", "pin_messages", "change_info"} <= room.forbidden:
        return "the group is not closed to its members"
    return "" if room.title == room.books_name else "the title is not the classroom's name"


@dataclass
class Causes:
    """What the story did since the last rest that may put somebody out, or end an enrolment."""

    out: set[tuple[str, str]] = field(default_factory=set)  # (room, person): may be removed
    ban: set[tuple[str, str]] = field(default_factory=set)  # may be banned
    unenrol: set[tuple[str, str]] = field(default_factory=set)


def wrong_removal(before: Place | None, now: Place, causes: Causes) -> str:
    """Why the school's bot should not have put this account out; "" when it may have."""
    key = (now.room.name, now.person)
    for place in (before, now):
        if place is not None and (
            place.books in ("out", "banned") or place.guest in ("out", "banned", "rule")
        ):
            return ""
    return "" if key in causes.out | causes.ban else "was removed by the school without a cause"


def wrong_unenrolment(before: Place, now: Place, causes: Causes) -> str:
    """Why the enrolment should not have ended."""
    if not before.belongs or now.books not in ("out", ""):
        return ""
    key = (now.room.name, now.person)
    return "" if key in causes.unenrol else "was unenrolled without a cause"


def moved(where: str, now: Place) -> str:
    """Nobody touches an account that the school does not know, but for who is put out by the rule,
    and an account that was unlinked of a person who does not belong any more."""
    if now.guest == "rule" and where in INSIDE and not now.standing:
        return ""
    if now.books in ("out", "banned") and where in INSIDE and now.standing not in INSIDE:
        return ""
    is_decided = now.guest in ("in", "out", "banned")
    if now.is_linked or is_decided or where == now.standing:
        return ""
    return f"is unknown, was {where or 'outside'} and is {now.standing or 'outside'}"


# What must have come of a single step, where nothing else happened to that person meanwhile


def after_leaving(before: Place, now: Place) -> str:
    """They left, or an admin of the group removed or banned them."""
    if before.books != "student" or not before.is_inside or not before.is_linked:
        return ""
    if now.is_inside_otherwise:
        return ""
    ended = now.books in ("out", "")
    if now.room.leave == "unenrol":
        return "" if ended else "left, and is still enrolled"
    return "left, and was unenrolled though it is only to be shown" if ended else ""


def after_coming(before: Place, now: Place) -> str:
    """They came into the group by themselves, were added by an admin, or asked to be let in."""
    if not now.is_linked or before.standing == "banned" or before.guest:
        return ""
    if before.is_inside and before.shown == "held":
        return ""  # they are there still, until somebody says yes to their removal
    if before.belongs:
        return "" if now.is_inside else "belongs, came, and is not in"
    if "banned" in (before.books, now.books):
        return "is blocked and came in" if now.is_inside else ""
    if before.roster == "undecided":
        return ""
    if not now.room.is_active:
        return ""  # they wait until it is restored
    is_known = before.books or before.roster  # the class had them, or the school has refused them
    if now.room.join == "enrol" and not is_known and not now.is_archived:
        return "" if now.is_inside and now.books == "student" else "came, and is not enrolled"
    if now.room.join == "enrol" and not before.books and not now.is_archived:
        return ""  # put out by another rule before: either is right
    if now.books in RIGHTS:
        return "came, and was enrolled against the policy"
    if now.room.join == "remove":
        return "came, and was not removed" if now.is_inside else ""
    return "" if now.roster == "undecided" else "came, and nobody is asked"


def after_a_link(before: Place, now: Place) -> str:
    """They came into the group by a link that lets in whoever has it."""
    if now.is_linked or now.room.strangers != "out" or not now.room.is_active:
        return after_coming(before, now)
    if before.is_linked or before.is_inside or before.standing == "banned":
        return ""
    if {before.guest, now.guest} & {"in", "ignored", "banned"} or _is_held(now):
        return ""
    return "is unknown, took a link, and was not put out" if now.is_inside else ""
