"""Logging in at a terminal: questions, the QR code in blocks, and answers to what goes wrong."""

from __future__ import annotations

import getpass
import io
import sys

import segno

from telegram_gateway import texts
from telegram_gateway.core.login import TRY_AGAIN, Step
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.login import Login, known_api

_TRIES = 3


async def log_in_bot(settings: Settings, database: Database) -> None:
    """Log the bot in. Raises GatewayError with a sentence for the person."""
    login = Login(settings, database, await _api(settings, database))
    try:
        await _to_the_end(login, await login.bot(_ask("ask_token")))
    finally:
        await login.close()


async def log_in_user(
    settings: Settings, database: Database, phone: str | None, *, by_qr: bool
) -> None:
    """Log the account in, by phone and code or by QR; without either the person is asked.

    Raises GatewayError with a sentence for the person.
    """
    login = Login(settings, database, await _api(settings, database))
    try:
        if not by_qr:
            print(texts.text("code_needs"), file=sys.stderr)
            if phone is None:
                phone = _ask("ask_phone", is_secret=False)
        if by_qr or not phone:
            print(texts.text("qr_how"), file=sys.stderr)
            step = await login.qr(_show_qr)
        else:
            step = await login.phone(phone)
        await _to_the_end(login, step)
    finally:
        await login.close()


async def _api(settings: Settings, database: Database) -> tuple[int, str] | None:
    if await known_api(settings, database) is None:
        raise GatewayError("api_missing")
    return None


async def _to_the_end(login: Login, step: Step) -> None:
    """Ask what Telegram asks until the login is done."""
    tries = _TRIES
    refused: GatewayError | None = None
    while step.state != "done":
        try:
            step, refused = await _next(login, step), None
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


async def _next(login: Login, step: Step) -> Step:
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
    if answer.strip().lower() not in ("yes", "y", "oui", "o"):
        raise GatewayError("login_cancelled")
    return await login.replace()


async def _show_qr(step: Step) -> None:
    picture = io.StringIO()
    segno.make(step.url, error="l").terminal(picture, compact=True, border=2)
    print(picture.getvalue(), file=sys.stderr, flush=True)


def _ask(code: str, *, is_secret: bool = True, **facts: object) -> str:
    """One line from the person, without echo where it is a secret; the prompt goes to standard
    error."""
    prompt = texts.text(code, **facts)
    if is_secret and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    print(prompt, end="" if sys.stdin.isatty() else "\n", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
