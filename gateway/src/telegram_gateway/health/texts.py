"""Words for the lines of `telegram-gateway check`, in French and English: a sentence and an
advice."""

from __future__ import annotations

from typing import Any

from telegram_gateway.health.process_lines import PROCESS_LINES
from telegram_gateway.health.work_lines import WORK_LINES
from telegram_gateway.texts import is_french

_LINES = {**PROCESS_LINES, **WORK_LINES}

_WHY = {
    "paused": ("paused", "en pause"),
    "gateway_away": ("no gateway is at work", "aucune passerelle n'est au travail"),
    "frozen": (
        "Telegram has frozen the account that does it",
        "Telegram a gelé le compte qui s'en charge",
    ),
    "resting": ("tried again at", "nouvel essai à"),
    "group_being_made": ("its group is being made", "son groupe est en cours de création"),
    "working": ("it is being done", "elle est en cours"),
    "in_turn": ("its turn comes now", "c'est bientôt son tour"),
}

_ACCOUNTS = {
    "bot": ("The bot", "Le bot"),
    "user": ("The school's account", "Le compte de l'école"),
}

_PARTS = {
    "full": (
        "what the group is called and how many people are in it",
        "comment s'appelle le groupe et combien de personnes y sont",
    ),
    "members": ("who is in the group", "qui est dans le groupe"),
    "banned": ("who is banned", "qui est banni"),
    "requests": ("who waits to be let in", "qui attend d'être admis"),
    "people": (
        "whether some people are still in the group",
        "si certaines personnes sont encore dans le groupe",
    ),
    "log": ("who brought people in or put them out", "qui a ajouté ou retiré des personnes"),
}

_OVERALL = {
    "ok": ("All is well.", "Tout va bien."),
    "note": ("All is well; see the remarks.", "Tout va bien ; voyez les remarques."),
    "act": ("To be done by a person: {count}.", "À faire par une personne : {count}."),
    "down": (
        "Telegram is not being served. To be done by a person: {count}.",
        "Telegram n'est pas servi. À faire par une personne : {count}.",
    ),
}

CODES = frozenset(_LINES)


def sentence(code: str, facts: dict[str, Any]) -> str:
    """Return the sentence of a line, in the person's language. A code that is not known (of a newer
    Odoo) is returned as it is."""
    words = _LINES.get(code)
    return _said(words[0], facts) if words else f"{code} {facts}"


def advice(code: str, facts: dict[str, Any]) -> str:
    """Return the advice of a line; empty if nothing is to be done."""
    words = _LINES.get(code)
    return _said(words[1], facts) if words and words[1] else ""


def overall(level: str, count: int) -> str:
    """Return the first line of the report."""
    return _said(_OVERALL[level], {"count": count})


def _said(words: tuple[str, str], facts: dict[str, Any]) -> str:
    shown = {name: _shown(name, value) for name, value in facts.items()}
    if "kind" in facts:
        own = _ACCOUNTS.get(str(facts["kind"]))
        shown["account"] = own[is_french()] if own else facts["kind"]
    return words[is_french()].format_map(shown).replace(" .", ".")


def _shown(name: str, value: Any) -> Any:
    if name == "why" and value in _WHY:
        return _WHY[value][is_french()]
    if name == "part" and value in _PARTS:
        return _PARTS[value][is_french()]
    if value is None:
        return "" if name == "until" else "–"
    return value
