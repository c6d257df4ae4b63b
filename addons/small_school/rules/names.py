"""Proposals for the people behind names that they typed themselves, best first.

Nothing is decided here: the caller shows the proposal, and asks if it is not certain.
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Dict, FrozenSet, Hashable, List, Optional, Sequence, Tuple

#: Certainty of a proposal, best first. Only the first three can be taken without a question.
EXACT, PLAIN, REORDERED, PART, FUZZY = "exact", "plain", "reordered", "part", "fuzzy"
CERTAIN = (EXACT, PLAIN, REORDERED)
#: Two names less alike than this are not proposed for each other.
ALIKE = 0.78

# Letters that are written in several ways, and what `NFKD` does not take apart.
_SAME = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ı": "i",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ة": "ه",
    "ـ": "",
}


@dataclass(frozen=True)
class Proposal:
    """The person proposed for a name. key: theirs; None for nobody. how: one of EXACT…FUZZY, empty
    for nobody. rivals: keys of other people who fit as well."""

    key: Optional[Hashable] = None
    how: str = ""
    rivals: Tuple[Hashable, ...] = ()

    @property
    def is_certain(self) -> bool:
        return self.how in CERTAIN and not self.rivals


@lru_cache(maxsize=10000)  # of a school's classes and people, which are compared again and again
def exact(name: str) -> str:
    """Return the name with one spelling of blanks and case."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def plain(name: str) -> str:
    """Return the name without accents, signs and additions of programs (“Amina (iPad)” stays
    different)."""
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(_SAME.get(one, one) for one in text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(one for one in text if not unicodedata.combining(one))
    text = "".join(_SAME.get(one, one) for one in text)
    return " ".join(re.sub(r"[^\w]+|_", " ", text).split())


def words(name: str) -> Tuple[str, ...]:
    """Return the words of a name, sorted: first and last name are often exchanged."""
    return tuple(sorted(plain(name).split()))


class Finder:
    """Finds people by name among those of a classroom."""

    def __init__(self, people: Sequence[Tuple[Hashable, str]]):
        self._people = [(key, name) for key, name in people if plain(name)]
        self._by: Dict[Tuple[str, object], List[Hashable]] = {}
        for key, name in self._people:
            for how, form in self._forms(name):
                self._by.setdefault((how, form), []).append(key)

    @staticmethod
    def _forms(name: str) -> List[Tuple[str, object]]:
        return [(EXACT, exact(name)), (PLAIN, plain(name)), (REORDERED, words(name))]

    def propose(self, name: str) -> Proposal:
        """Return the best proposal for a name; an empty one if nobody fits."""
        if not plain(name):
            return Proposal()
        for how, form in self._forms(name):
            keys = self._by.get((how, form))
            if keys:
                return Proposal(keys[0], how, tuple(keys[1:]))
        own = frozenset(words(name))
        keys = [key for key, other in self._people if self._is_part(own, frozenset(words(other)))]
        if keys:
            return Proposal(keys[0], PART, tuple(keys[1:]))
        return self._alike(name)

    def namesakes(self, name: str) -> Tuple[Hashable, ...]:
        """Return keys of all people with the same words in their name, whatever accents and
        order."""
        return tuple(self._by.get((REORDERED, words(name)), ()))

    @staticmethod
    def _is_part(one: FrozenSet[str], other: FrozenSet[str]) -> bool:
        """Return whether one name is a part of the other: “Amina Z.” and “Zérouki Amina Marie” fit
        “Amina Zérouki”. At least one long word is in both, and the rest are at most initials."""
        common = one & other
        if not any(len(word) > 2 for word in common):
            return False
        left, right = one - other, other - one
        if not left or not right:
            return True
        fewer, more = sorted((left, right), key=len)
        return all(len(word) == 1 and any(m.startswith(word) for m in more) for word in fewer)

    def _alike(self, name: str) -> Proposal:
        """Return the proposal of the most similar name; an empty one if none is similar enough."""
        own = " ".join(words(name))
        scored = sorted(
            (
                (-SequenceMatcher(None, own, " ".join(words(other))).ratio(), number)
                for number, (_key, other) in enumerate(self._people)
            )
        )
        if not scored or -scored[0][0] < ALIKE:
            return Proposal()
        best = scored[0][0]
        rivals = tuple(
            self._people[number][0] for score, number in scored[1:] if score < best + 0.04
        )
        return Proposal(self._people[scored[0][1]][0], FUZZY, rivals)
