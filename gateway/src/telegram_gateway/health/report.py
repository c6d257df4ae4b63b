"""The report of `telegram-gateway check`, from the database alone.

Odoo's view `telegram_health` judges, for this report as for Odoo's page “Health”. Added here are
the words for a terminal, and the one check that needs this process: whether its session key opens
the stored logins, in the original database rather than in a copy.
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

#: By the worst level of a line. act: a person has to do something; down: nothing is done on
#: Telegram until they do.
EXIT_CODES = {"ok": 0, "note": 0, "act": 1, "down": 2}
_LEVELS = tuple(EXIT_CODES)
_MARKS = {"ok": "✓", "note": "·", "act": "!", "down": "✗"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """Lines as in docs/dev/contract.md, and the groups of the pool."""

    pool: str
    lines: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]

    @property
    def level(self) -> str:
        """The worst level of a line."""
        return max((one["level"] for one in self.lines), key=_LEVELS.index, default="ok")

    @property
    def exit_code(self) -> int:
        """Exit code for monitoring, see EXIT_CODES."""
        return EXIT_CODES[self.level]

    @property
    def text(self) -> str:
        """The report for a person, in their language."""
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
        """The report for machines; its keys are in docs/dev/contract.md."""
        report = {
            "level": self.level,
            "pool": self.pool,
            "contract": CONTRACT_VERSION,
            "lines": self.lines,
            "groups": self.groups,
        }
        return json.dumps(report, ensure_ascii=False)


async def check_health(settings: Settings) -> Report:
    """Read the state of everything. Raises GatewayError if the database cannot be read."""
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
    """Return a line for each stored login that the session key does not open."""
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
