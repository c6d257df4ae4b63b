"""The owner of an account: the outcome of a personal link, and suggestions that need no person."""

import unicodedata
from typing import AbstractSet, Collection, FrozenSet, Hashable, Optional

# Outcomes of a personal link that somebody opened.
GREET = "greet"  # the account stands for the person already
LINK = "link"  # linked at once
LINK_SECOND = "link_second"  # linked at once; the person has another account
ASK = "ask"  # the account is somebody else's: asked whether it is used by both
USED = "used"
EXPIRED = "expired"
SUPERSEDED = "superseded"  # a newer link was asked for in its place

# Rules for the confirmation of a suggestion without a person.
NEVER = "never"
NAME_AND_PHONE = "name_and_phone"


def outcome(
    link: str,
    person: Hashable,
    own: AbstractSet[Hashable],
    accounts: Collection[Hashable],
    me: Hashable,
    family: Collection[Hashable],
) -> str:
    """Return the outcome when the account `me` opens a link of `person`.

    link: `fresh`, `used`, `expired` or `superseded`. own: the persons for whom `me` stands already.
    accounts: the ids of the accounts that stand for `person`. family: the persons whom the school
    knows as the family of `person`. Persons and accounts are any hashable ids.
    """
    if person in own:
        return GREET
    if link != "fresh":
        return {"used": USED, "superseded": SUPERSEDED}.get(link, EXPIRED)
    if own and not set(own) & set(family):
        return ASK
    if not own and set(accounts) - {me}:
        return LINK_SECOND
    return LINK


def words(name: Optional[str]) -> FrozenSet[str]:
    """Return the words of a name, without case, accents and order."""
    plain = unicodedata.normalize("NFKD", name or "").casefold()
    kept = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return frozenset(kept.split())


def digits(number: Optional[str]) -> str:
    """Return the digits of a telephone number in its international form."""
    return "".join(sign for sign in number or "" if sign.isdecimal())


def may_confirm(
    rule: str,
    name: Optional[str],
    seen_name: Optional[str],
    number: Optional[str],
    seen_number: Optional[str],
) -> bool:
    """True if a suggestion may be confirmed by rule: only if the rule says so, and both the whole
    name and the telephone number are known on both sides and are the same."""
    if rule != NAME_AND_PHONE:
        return False
    same_name = len(words(name)) > 1 and words(name) == words(seen_name)
    return same_name and bool(digits(number)) and digits(number) == digits(seen_number)
