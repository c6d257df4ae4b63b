"""Every sentence that the gateway says to a person, in French and English, by code.

Those of `telegram-gateway check` are in `health/texts.py`.
"""

from __future__ import annotations

import os

from telegram_gateway.errors import GatewayError
from telegram_gateway.texts.login import LOGIN
from telegram_gateway.texts.program import PROGRAM

TEXTS = {**PROGRAM, **LOGIN}


# Descriptions of the bot's commands as Telegram shows them: (command, English, French).
_BOT_COMMANDS = (
    ("classes", "your classes and their groups", "vos classes et leurs groupes"),
    ("today", "today's lessons", "les séances du jour"),
    ("settings", "what the bot tells you", "ce que le bot vous annonce"),
    ("help", "what the bot understands", "ce que le bot comprend"),
    ("unlink", "unlink this account", "délier ce compte"),
)


def bot_commands() -> dict[str, dict[str, str]]:
    """Return command → text, for each of Telegram's language codes; "" stands for all other
    languages."""
    return {
        "": {name: english for name, english, _french in _BOT_COMMANDS},
        "fr": {name: french for name, _english, french in _BOT_COMMANDS},
    }


def is_french() -> bool:
    """Return whether the environment asks for French."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].lower().startswith("fr")
    return False


def text(code: str, **facts: object) -> str:
    """Return the sentence of a code, in the person's language."""
    english, french = TEXTS[code]
    return (french if is_french() else english).format(**facts)


def sentence(error: GatewayError) -> str:
    """Return the sentence of an error."""
    return text(error.code, **error.facts)
