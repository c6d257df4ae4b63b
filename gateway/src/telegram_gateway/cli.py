"""The commands of the gateway: run, check, plan, login, adopt. Errors are one sentence, never a
traceback."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from telegram_gateway import checkpoints, log, settings, texts
from telegram_gateway.database import accounts
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.health.report import check_health
from telegram_gateway.identity import terminal
from telegram_gateway.membership import dry_run
from telegram_gateway.run import process

# never the framework's own tracebacks: they show local variables, and those hold secrets
app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)
login_app = typer.Typer(no_args_is_help=True, help="Log the school's bot or account in, once.")
app.add_typer(login_app, name="login")
_config: Path | None = None


@app.callback()
def _common(
    config: Annotated[Path | None, typer.Option(help="File with the settings.")] = None,
) -> None:
    global _config
    _config = config


def _do(work: Callable[[settings.Settings], Coroutine[Any, Any, int]]) -> None:
    """Run a command; 2 when the settings or the surroundings are not right."""
    try:
        loaded = settings.load(_config)
        log.configure(loaded.log_level, loaded.log_format)
        checkpoints.arm(loaded.crash_at)
        code = asyncio.run(work(loaded))
    except GatewayError as error:
        print(texts.sentence(error), file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        code = 130
    raise typer.Exit(code)


@app.command()
def run() -> None:
    """Keep the school's groups in step and run its lessons' calls, until told to stop."""

    async def work(loaded: settings.Settings) -> int:
        await process.run(loaded)
        return 0

    _do(work)


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Say how everything is. Exit code 0: all is well; 1: a person has to do something; 2: nothing
    is done on Telegram, or the state cannot be read."""

    async def work(loaded: settings.Settings) -> int:
        report = await check_health(loaded)
        print(report.json if as_json else report.text)
        return report.exit_code

    _do(work)


@app.command()
def plan(
    chat: Annotated[int | None, typer.Option(help="Number of one group, as in Odoo.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what would be done now, without doing it, from how the groups were seen last."""

    async def work(loaded: settings.Settings) -> int:
        lines = await dry_run.plan(loaded, chat)
        if as_json:
            print(json.dumps(dry_run.as_facts(lines), ensure_ascii=False))
        else:
            print("\n".join(one.sentence for one in lines) or texts.text("plan_nothing"))
        return 0

    _do(work)


@login_app.command("bot")
def login_bot() -> None:
    """Log the bot in; its token is read from standard input."""

    async def work(loaded: settings.Settings) -> int:
        database = await Database.open(loaded.database_url.get_secret_value())
        try:
            await terminal.log_in_bot(loaded, database)
        finally:
            await database.close()
        return 0

    _do(work)


@login_app.command("user")
def login_user(
    phone: Annotated[
        str | None, typer.Option(help="The account's number, with + and country code.")
    ] = None,
    by_qr: Annotated[bool, typer.Option("--qr", help="Scan a QR code with the phone.")] = False,
    by_admission: Annotated[
        bool,
        typer.Option("--admit", help="By the login of another gateway of this pool, which runs."),
    ] = False,
) -> None:
    """Log the school's own account in, by phone and code, by QR code, or (a second gateway) by the
    login of the first one."""

    async def work(loaded: settings.Settings) -> int:
        database = await Database.open(loaded.database_url.get_secret_value())
        try:
            await terminal.log_in_user(
                loaded, database, phone, by_qr=by_qr, by_admission=by_admission
            )
        finally:
            await database.close()
        return 0

    _do(work)


@app.command()
def adopt(
    of_process: Annotated[
        str | None,
        typer.Option(
            "--from", help="Take the logins of a gateway of this name, which was moved here."
        ),
    ] = None,
) -> None:
    """Say that this database is the school's from now on, not the one that it is a copy of; or
    that this gateway has taken the place of another one."""

    async def work(loaded: settings.Settings) -> int:
        database = await Database.open(loaded.database_url.get_secret_value())
        ours = (loaded.process_name, loaded.session_key_bytes)
        try:
            if of_process is None:
                count = await accounts.adopt(database, loaded.pool, *ours)
            else:
                count = await accounts.move(database, loaded.pool, of_process, *ours)
            names = await accounts.processes_with_logins(database, loaded.pool)
        finally:
            await database.close()
        if count:
            said = texts.text("adopted" if of_process is None else "moved", process=of_process)
        elif loaded.process_name in names:
            said = texts.text("adopt_nothing")
        else:
            said = texts.text("adopt_of_others", names=", ".join(names) or "–")
        print(said)
        return 0

    _do(work)


def main() -> None:
    """Entry point of the console script."""
    app()
