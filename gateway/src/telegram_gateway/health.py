"""How everything is, from the database alone: for `telegram-gateway check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from telegram_gateway.database import accounts
from telegram_gateway.database.connection import CONTRACT_VERSION, Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.texts import sentence, text


@dataclass
class Report:
    """Sentences for people, the same as facts for machines, and the exit code."""

    sentences: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0

    def say(self, code: str, *, is_well: bool = True, **facts: Any) -> None:
        """Add a line; a line that is not well needs a person."""
        self.sentences.append(text(code, **facts))
        name = code.removeprefix("check_")
        if name in ("account", "no_account"):
            self.facts.setdefault("accounts", []).append({"state": "missing", **facts})
        else:
            self.facts[name] = facts or True
        if not is_well:
            self.exit_code = max(self.exit_code, 1)


async def report(settings: Settings) -> Report:
    """Look at everything. Raises GatewayError where nothing can be looked at."""
    database = await Database.open(settings.database_url.get_secret_value())
    try:
        found = Report()
        found.say("check_database")
        found.say("check_contract", version=CONTRACT_VERSION)
        await _accounts(found, database, settings)
        lease = await database.one(
            "SELECT process, extract(epoch FROM (now() AT TIME ZONE 'utc') - renewed_at)::int"
            " AS age_s FROM telegram_lease WHERE pool = %s"
            " AND expires_at > now() AT TIME ZONE 'utc'",
            settings.pool,
        )
        if lease:
            found.say("check_lease", **lease)
        else:
            found.say("check_no_lease", is_well=False)
        commands = await database.one(
            "SELECT count(*) FILTER (WHERE state IN ('pending', 'working')"
            " AND due_at <= now() AT TIME ZONE 'utc') AS waiting,"
            " count(*) FILTER (WHERE state = 'failed') AS failed"
            " FROM telegram_outbox WHERE pool = %s",
            settings.pool,
        )
        assert commands is not None
        found.say("check_commands", is_well=not commands["failed"], **commands)
        facts = await database.one(
            "SELECT count(*) FILTER (WHERE state = 'new') AS new,"
            " count(*) FILTER (WHERE state = 'set_aside') AS set_aside FROM telegram_inbox"
        )
        assert facts is not None
        found.say("check_facts", is_well=not facts["set_aside"], **facts)
        return found
    finally:
        await database.close()


async def _accounts(found: Report, database: Database, settings: Settings) -> None:
    logged_in = await accounts.load_accounts(database, settings.pool)
    for kind in ("bot", "user"):
        account = logged_in.get(kind)
        if account is None:
            found.say("no_account", is_well=False, kind=kind)
            continue
        try:
            await accounts.load_session(
                database, account, settings.process_name, settings.session_key_bytes
            )
        except GatewayError as error:
            found.sentences.append(sentence(error))
            found.facts[error.code] = error.facts
            found.exit_code = 1
        found.say(
            "check_account",
            is_well=account.state != "lost",
            kind=kind,
            name=account.name,
            state=account.state,
        )
