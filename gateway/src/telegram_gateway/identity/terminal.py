"""Logging in at a terminal: prompts, the QR code in block characters, and messages about
failures."""

from __future__ import annotations

import getpass
import io
import sys
import uuid

import segno

from telegram_gateway import texts
from telegram_gateway.core.login import TRY_AGAIN, Step
from telegram_gateway.database import logins
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.identity.login import Login, known_api
from telegram_gateway.settings import Settings

_TRIES = 3


async def log_in_bot(settings: Settings, database: Database) -> None:
    """Log the bot in. Raises GatewayError with a sentence for the person."""
    login = Login(settings, database, await _api(settings, database))
    try:
        await _complete(login, await login.bot(_ask("ask_token")))
    finally:
        await login.close()


async def log_in_user(
    settings: Settings,
    database: Database,
    phone: str | None,
    *,
    by_qr: bool,
    by_admission: bool = False,
) -> None:
    """Log the account in by phone and code, by QR code, or by the login that another process of the
    pool has; without a choice the person is asked.

    Raises GatewayError with a sentence for the person.
    """
    login = Login(settings, database, await _api(settings, database))
    try:
        if not by_admission and not by_qr and phone is None:
            by_admission = await _wants_admission(settings, database)
        if by_admission:
            await _complete(login, await _admit(login, settings, database))
            return
        if not by_qr:
            print(texts.text("code_needs"), file=sys.stderr)
            if phone is None:
                phone = _ask("ask_phone", is_secret=False)
        if by_qr or not phone:
            print(texts.text("qr_how"), file=sys.stderr)
            step = await login.qr(_show_qr)
        else:
            step = await login.phone(phone)
        await _complete(login, step)
    finally:
        await login.close()


async def _wants_admission(settings: Settings, database: Database) -> bool:
    other = await logins.find_admitting_process(database, settings.pool, settings.process_name)
    return other is not None and _is_yes(_ask("ask_admit", is_secret=False, process=other))


async def _admit(login: Login, settings: Settings, database: Database) -> Step:
    name = uuid.uuid4().hex

    async def show(step: Step | None, error_code: str | None = None) -> None:
        await logins.save_step(
            database,
            name,
            pool=settings.pool,
            process=settings.process_name,
            kind="user",
            step=step,
            error_code=error_code,
        )

    print(texts.text("admitting"), file=sys.stderr)
    try:
        step = await login.admit(name, show)
    except GatewayError as error:
        await show(None, error.code)
        raise
    await show(Step(state="done"))  # what follows is asked here
    return step


async def _api(settings: Settings, database: Database) -> tuple[int, str] | None:
    if await known_api(settings, database) is None:
        raise GatewayError("api_missing")
    return None


async def _complete(login: Login, step: Step) -> None:
    """Ask for the answers that Telegram wants until the login is done. Raises GatewayError."""
    tries = _TRIES
    refused: GatewayError | None = None
    while step.state != "done":
        try:
            step, refused = await _answer_step(login, step), None
        except GatewayError as error:
            tries -= 1
            if error.code == "login_cancelled" and refused is not None:
                raise refused from None  # no further try after a wrong answer
            if error.code not in TRY_AGAIN or error.code == "flood_wait" or not tries:
                raise
            print(texts.sentence(error), file=sys.stderr)
            refused = error
    said = "logged_in_again" if step.is_again else "logged_in"
    print(texts.text(said, name=step.name))


async def _answer_step(login: Login, step: Step) -> Step:
    if step.state == "waiting_code":
        how = texts.text(f"sent_by_{step.sent_by}", hint=step.hint)
        answer = _ask("ask_code", how=how, length=step.code_length or "?")
        if not answer:
            raise GatewayError("login_cancelled")
        return await (login.resend() if answer == "?" else login.code(answer))
    if step.state == "waiting_password":
        hint = texts.text("password_hint", hint=step.hint) if step.hint else ""
        answer = _ask("ask_password", hint=hint)
        if not answer:
            raise GatewayError("login_cancelled")
        return await login.password(answer)
    answer = _ask("ask_replace", is_secret=False, name=step.name, replaces=step.replaces)
    if not _is_yes(answer):
        raise GatewayError("login_cancelled")
    return await login.replace()


def _is_yes(answer: str) -> bool:
    return answer.strip().lower() in ("yes", "y", "oui", "o")


async def _show_qr(step: Step) -> None:
    picture = io.StringIO()
    segno.make(step.url, error="l").terminal(picture, compact=True, border=2)
    print(picture.getvalue(), file=sys.stderr, flush=True)


def _ask(code: str, *, is_secret: bool = True, **facts: object) -> str:
    """Read one line from the person, without echo if it is a secret; the prompt goes to standard
    error."""
    prompt = texts.text(code, **facts)
    if is_secret and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    print(prompt, end="" if sys.stdin.isatty() else "\n", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
