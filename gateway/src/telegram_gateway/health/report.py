"""How everything is, from the database alone: for `telegram-gateway check`.

The judgement is Odoo's view `telegram_health`, which its page “Health” shows too; here are only
the words for a terminal, and the one thing that only this process can know: whether its key opens
the stored logins, here and not in a copy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from telegram_gateway.database import accounts
from telegram_gateway.database.connection import CONTRACT_VERSION, Database
from telegram_gateway.database.health import load_groups, load_lines
from telegram_gateway.errors import GatewayError
from telegram_gateway.health.texts import advice, overall, sentence
from telegram_gateway.settings import Settings

#: By how bad the worst line is: nobody has to act; a person has to do something; nothing is done
#: on Telegram before somebody does something.
EXIT_CODES = {"ok": 0, "note": 0, "act": 1, "down": 2}
_LEVELS = tuple(EXIT_CODES)
_MARKS = {"ok": "✓", "note": "·", "act": "!", "down": "✗"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """Lines as docs/dev/contract.md has them, and each group of the pool."""

    pool: str
    lines: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]

    @property
    def level(self) -> str:
        """The worst level of a line."""
        return max((one["level"] for one in self.lines), key=_LEVELS.index, default="ok")

    @property
    def exit_code(self) -> int:
        """For monitoring."""
        return EXIT_CODES[self.level]

    @property
    def text(self) -> str:
        """For a person, in their language."""
        urgent = sum(one["level"] in ("act", "down") for one in self.lines)
        shown = [overall(self.level, urgent)]
        for line in self.lines:
            shown.append(f"{_MARKS[line['level']]} {sentence(line['code'], line['facts'])}")
            what_to_do = advice(line["code"], line["facts"])
            if line["level"] in ("act", "down") and what_to_do:
                shown.append(f"  → {what_to_do}")
        return "\n".join(shown)

    @property
    def json(self) -> str:
        """For machines; the keys are those of docs/dev/contract.md."""
        report = {
            "level": self.level,
            "pool": self.pool,
            "contract": CONTRACT_VERSION,
            "lines": self.lines,
            "groups": self.groups,
        }
        return json.dumps(report, ensure_ascii=False)


async def check_health(settings: Settings) -> Report:
    """Look at everything. Raises GatewayError where nothing can be looked at."""
    database = await Database.open(settings.database_url.get_secret_value())
    try:
        lines = await load_lines(database, settings.pool)
        return Report(
            pool=settings.pool,
            lines=(*lines, *await _keys(database, settings)),
            groups=tuple(await load_groups(database, settings.pool)),
        )
    finally:
        await database.close()


async def _keys(database: Database, settings: Settings) -> list[dict[str, Any]]:
    """A line for each stored login that the key of these settings does not open."""
    found = []
    for kind, account in (await accounts.load_accounts(database, settings.pool)).items():
        try:
            await accounts.load_session(
                database, account, settings.process_name, settings.session_key_bytes
            )
        except GatewayError as error:
            found.append(
                {
                    "section": "accounts",
                    "code": error.code,
                    "level": "down" if error.code == "database_copied" else "act",
                    "subject": kind,
                    "chat_id": None,
                    "facts": error.facts,
                }
            )
    return found
