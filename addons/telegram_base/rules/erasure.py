"""A text, or JSON, without the parts that are about one person."""

import json
import re
from typing import Any, Iterable, List, Match, Optional, Set, Tuple

#: Other keys of a dict with data about the person whose Telegram id it has.
_OF_THE_PERSON = {"tg_user_id", "name", "username", "text", "phone", "lang_code", "who", "link"}


class Traces:
    """The words and ids by which a person is known, and the label in their place.

    label: text that replaces a name. words: names, usernames, addresses, numbers as they are
    written. numbers: ids of Telegram users. others: names of other people, which stay although they
    may contain one of `words`.
    """

    def __init__(
        self,
        label: str,
        words: Iterable[Optional[str]] = (),
        numbers: Iterable[int] = (),
        others: Iterable[Optional[str]] = (),
    ) -> None:
        self.label = label
        self.numbers = frozenset(numbers)
        self.words = frozenset(filter(None, map(_trimmed, words))) - {label}
        gone = {form.casefold() for word in self.words for form in _forms(word)}
        kept = {form for other in others for form in _forms(_trimmed(other))} | {label}
        kept = {form for form in kept if form and form.casefold() not in gone}
        self._kept = {form.casefold() for form in kept}
        listed = kept | {form for word in self.words for form in _forms(word)}
        listed |= {str(number) for number in self.numbers}
        # the longest first, since a name may be a part of a longer one
        ordered = sorted(listed, key=lambda form: (-len(form), form))
        pattern = "|".join(re.escape(form) for form in ordered)
        self._pattern = re.compile(r"(?<!\w)(?:%s)(?!\w)" % pattern, re.IGNORECASE)

    def text(self, text: Any) -> Any:
        """Return the text with the label in place of each word and number."""
        if not text:
            return text
        return self._pattern.sub(self._replacement, text)

    def _replacement(self, match: Match[str]) -> str:
        text = match.group(0)
        return text if text.casefold() in self._kept else self.label

    def json(self, value: Any) -> Any:
        """Return the value (as of `json.loads`) without the person: their ids become null or leave
        their list, a dict with their `tg_user_id` loses its data about them, texts lose their
        names."""
        if isinstance(value, dict):
            is_theirs = self._is_theirs(value.get("tg_user_id"))
            return {
                key: self.json(inner)
                for key, inner in value.items()
                if not (is_theirs and key in _OF_THE_PERSON)
            }
        if isinstance(value, list):
            return [self.json(inner) for inner in value if not self._is_theirs(inner)]
        if isinstance(value, str):
            return self.text(value)
        return None if self._is_theirs(value) else value

    def json_text(self, text: Any) -> Any:
        """Return JSON as text without the person; a text that is no JSON is treated as a text."""
        try:
            value = json.loads(text)
        except (TypeError, ValueError):
            return self.text(text)
        cleaned = self.json(value)
        if cleaned == value:
            return text
        return json.dumps(cleaned, ensure_ascii=False, sort_keys=True)

    def _is_theirs(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value in self.numbers


def _trimmed(word: Optional[str]) -> str:
    return (word or "").strip()


def _forms(word: str) -> Set[str]:
    """Return the forms of a word in texts and markup."""
    escaped = word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    quoted = escaped.replace('"', "&quot;")
    return {word, escaped, quoted.replace("'", "&#x27;"), quoted.replace("'", "&#39;")}


def likely(words: Iterable[str], numbers: Iterable[int]) -> List[str]:
    """Return patterns of SQL's LIKE that find every row with one of these, plain or escaped by
    JSON; they may find more rows."""
    forms = set()  # type: Set[str]
    for word in words:
        for form in _forms(word):
            forms |= {form, json.dumps(form)[1:-1]}
    forms |= {str(number) for number in numbers}
    return sorted("%" + re.sub(r"([\\%_])", r"\\\1", form) + "%" for form in forms if form)


def united(text: str) -> List[Tuple[str, str]]:
    """Return [(name, text in `<>` or "")] of Odoo's note about merged contacts: it names each as
    `name <e-mail> (ID 12)`. Takes linear time, whatever the note is."""
    contacts, before = [], 0
    for match in re.finditer(r"\(ID \d{1,18}\)", text):
        part, before = text[before : match.start()].rstrip(), match.end()
        email = ""
        if part.endswith(">"):
            part, _opens, email = part[:-1].rpartition("<")
        name = re.split("[:,]", part)[-1].strip()
        if (name or email) and not set(name + email) & set("<>()"):
            contacts.append((name, email))
    return contacts
