"""Logging the school's bot or account in, step by step; the session goes encrypted into the
database. The terminal and Odoo's wizard go through the same conversation.

Every refusal is a GatewayError with one of core/login.py's FAILURES. After one of TRY_AGAIN the
same step may be taken again.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from telethon import TelegramClient, errors, events, functions, types
from telethon.utils import get_display_name

from telegram_gateway.core import login as core
from telegram_gateway.core import text
from telegram_gateway.core.login import Step
from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.identity import sealed
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.accounts import make_client
from telegram_gateway.telegram.errors import code_of, translated
from telegram_gateway.telegram.session import StoredSession

Show = Callable[[Step], Awaitable[None]]
#: A QR code lives some 30 seconds; nobody looks at the hundredth.
_MOST_CODES = 20
_LONGEST_S = 30.0
#: A process that runs answers at once; the second token is for one that was busy.
_MOST_ADMISSIONS = 2
#: Where the kinds of codes have what helps to find the code.
_HINTS = ("email_pattern", "prefix", "pattern", "url", "beginning")
#: So often Telegram may ask to begin anew (AUTH_RESTART) before a person has to.
_RESTARTS = 2


class Login:
    """One login under way. `close()` at the end, however it ended."""

    def __init__(self, settings: Settings, database: Database, api: tuple[int, str] | None = None):
        self._settings = settings
        self._database = database
        self._api = api
        self._kind = "user"
        self._phone = ""
        self._code_hash = ""
        self._sent_by = ""
        self._may_replace = True
        self._client: TelegramClient | None = None
        self._is_stored = False

    async def bot(self, token: str) -> Step:
        """Log the bot in with its token."""
        self._kind = "bot"
        clean = core.clean_token(token)
        if clean is None:
            raise GatewayError("token_refused")
        client = await self._connected()
        with _refusals():
            await client.sign_in(bot_token=clean)
        return await self._logged_in()

    async def phone(self, number: str) -> Step:
        """Have Telegram send a code to the account's number."""
        clean = core.clean_phone(number)
        if clean is None:
            raise GatewayError("phone_refused", reason="PHONE_NUMBER_INVALID")
        self._phone = clean
        client = await self._connected()
        # not by the client's own method, which knows but some of the answers
        request = functions.auth.SendCodeRequest(
            self._digits, client.api_id, client.api_hash, types.CodeSettings()
        )
        for _ in range(_RESTARTS):
            try:
                return await self._ask_for_code(request)
            except GatewayError as error:
                if error.facts.get("reason") != "AUTH_RESTART":
                    raise
        return await self._ask_for_code(request)

    async def resend(self) -> Step:
        """Have the code sent again, in the next way that Telegram has."""
        self._under_way()
        request = functions.auth.ResendCodeRequest(self._digits, self._code_hash)
        return await self._ask_for_code(request)

    async def code(self, code: str) -> Step:
        """Give the code that was sent."""
        client = self._under_way()
        clean = core.clean_code(code, self._sent_by)
        request = functions.auth.SignInRequest(self._digits, self._code_hash)
        if self._sent_by == "email":
            request.email_verification = types.EmailVerificationCode(clean)
        else:
            request.phone_code = clean
        with _refusals():
            if not clean:
                raise GatewayError("code_refused")
            try:
                answer = await client(request)
            except errors.SessionPasswordNeededError:
                return await self._waiting_password()
            return await self._authorised(answer)

    async def password(self, password: str) -> Step:
        """Give the password of two-step verification."""
        client = self._under_way()
        with _refusals():
            if not password:
                raise GatewayError("password_refused")
            try:
                await client.sign_in(password=password)
            except errors.RPCError as error:
                if code_of(error) not in core.STALE_PASSWORD:
                    raise
                await client.sign_in(password=password)
        return await self._logged_in()

    async def qr(self, show: Show) -> Step:
        """Show QR codes, each for as long as it lives, until one was scanned on the phone."""
        return await self._by_token(lambda token, ends: show(_qr(token, ends)), _MOST_CODES)

    async def admit(self, name: str, show: Show) -> Step:
        """Be let in by the login that another process of the pool has: it finds the token, sealed,
        where `show` puts it. name: of this login.

        Raises GatewayError: "admit_unanswered" when none does.
        """
        settings = self._settings
        about = about_admission(self._database, name, settings.process_name)

        async def ask(token: bytes, ends: datetime) -> None:
            text = sealed.vouched(settings.session_key_bytes, token, about)
            await show(Step(state="admitting", url=text, url_expires_at=ends))

        self._may_replace = False
        try:
            return await self._by_token(ask, _MOST_ADMISSIONS)
        except GatewayError as error:
            if error.code == "qr_expired":
                raise GatewayError("admit_unanswered") from None
            raise

    async def _by_token(self, ask: Callable[[bytes, datetime], Awaitable[None]], most: int) -> Step:
        """Export login tokens, one when the former is over, until somebody accepted one."""
        client = await self._connected()
        scanned = asyncio.Event()

        async def on_scan(_update: object) -> None:
            scanned.set()

        # listening begins before anybody can scan
        client.add_event_handler(on_scan, events.Raw(types.UpdateLoginToken))
        for _ in range(most):
            with _refusals():
                try:
                    answer = await self._exported()
                except errors.SessionPasswordNeededError:
                    return await self._waiting_password()
            if isinstance(answer, types.auth.LoginTokenSuccess):
                await client._on_login(answer.authorization.user)
                return await self._logged_in()
            await ask(answer.token, answer.expires)
            lives_s = (answer.expires - datetime.now(UTC)).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_LONGEST_S, max(5.0, lives_s))):
                    await scanned.wait()
            scanned.clear()
        raise GatewayError("qr_expired")

    async def replace(self) -> Step:
        """Yes, this account is to take the place of the one before."""
        self._under_way()
        return await self._logged_in(may_replace=True)

    async def close(self) -> None:
        """Hang up. A login that led to nothing is ended on Telegram's side too."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(Exception):
            if not self._is_stored and await asyncio.wait_for(client.is_user_authorized(), 5):
                await asyncio.wait_for(client.log_out(), 5)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.disconnect(), 5)

    async def _connected(self) -> TelegramClient:
        session = StoredSession()
        if self._settings.api is None:
            session.api = self._api or await known_api(self._settings, self._database)
        client = self._client = make_client(self._settings, session, retries=3)
        try:
            await client.connect()
        except OSError:  # ConnectionError is one
            raise GatewayError("telegram_unreachable") from None
        return client

    def _under_way(self) -> TelegramClient:
        if self._client is None:
            raise GatewayError("login_interrupted")
        return self._client

    @property
    def _digits(self) -> str:
        return self._phone.removeprefix("+")

    async def _ask_for_code(self, request: Any) -> Step:
        with _refusals():
            try:
                return await self._sent(await self._under_way()(request))
            except errors.SessionPasswordNeededError:
                return await self._waiting_password()

    async def _sent(self, answer: Any) -> Step:
        """What is to be done now, from what Telegram says of a code. Raises GatewayError."""
        if isinstance(answer, types.auth.SentCodeSuccess):
            return await self._authorised(answer.authorization)
        if isinstance(answer, types.auth.SentCodePaymentRequired):
            raise GatewayError("payment_required")
        if isinstance(answer.type, types.auth.SentCodeTypeSetUpEmailRequired):
            raise GatewayError("email_needed")
        self._code_hash = answer.phone_code_hash or self._code_hash
        self._sent_by = core.how_sent(type(answer.type).__name__)
        hint = next(
            filter(None, (getattr(answer.type, name, None) for name in _HINTS)),
            "",
        )
        length = getattr(answer.type, "length", 0) or 0
        return Step(state="waiting_code", sent_by=self._sent_by, code_length=length, hint=str(hint))

    async def _authorised(self, answer: Any) -> Step:
        if isinstance(answer, types.auth.AuthorizationSignUpRequired):
            raise GatewayError("phone_unregistered")
        await self._under_way()._on_login(answer.user)
        return await self._logged_in()

    async def _exported(self) -> Any:
        """A token to be shown, or the login once it was accepted; follows it to another centre."""
        client = self._under_way()
        app_id, app_hash = client.api_id, client.api_hash
        answer = await client(functions.auth.ExportLoginTokenRequest(app_id, app_hash, []))
        if isinstance(answer, types.auth.LoginTokenMigrateTo):
            await client._switch_dc(answer.dc_id)
            answer = await client(functions.auth.ImportLoginTokenRequest(answer.token))
        return answer

    async def _waiting_password(self) -> Step:
        with _refusals():
            asked = await self._under_way()(functions.account.GetPasswordRequest())
        return Step(state="waiting_password", hint=text.line(asked.hint))

    async def _logged_in(self, *, may_replace: bool = False) -> Step:
        """Store the login, unless the account serves elsewhere or a person must be asked first."""
        settings, database, client = self._settings, self._database, self._under_way()
        with _refusals():
            me = await client.get_me()
        if me is None:
            raise GatewayError("login_refused", reason="AUTH_KEY_UNREGISTERED")
        tg_user_id, name = TgUserId(me.id), text.line(get_display_name(me))
        other = await stored.pool_of(database, self._kind, tg_user_id, settings.pool)
        if other is not None:
            raise GatewayError("bot_taken" if self._kind == "bot" else "account_taken")
        before = (await stored.load_accounts(database, settings.pool)).get(self._kind)
        is_other = before is not None and before.tg_user_id != tg_user_id
        if is_other and not self._may_replace:
            raise GatewayError("admit_other")
        if before is not None and is_other and not may_replace:
            replaces = before.name or before.username or str(before.tg_user_id)
            return Step(
                state="confirm_replace",
                name=name,
                username=text.line(me.username),
                replaces=replaces,
            )
        account = await stored.save_login(
            database,
            settings.pool,
            self._kind,
            tg_user_id,
            name=name,
            username=text.line(me.username),
            phone=self._phone or (f"+{me.phone}" if me.phone else ""),
        )
        await client._save_states_and_entities()
        await stored.save_session(
            database,
            account,
            settings.process_name,
            settings.session_key_bytes,
            client.session.to_bytes(),
            is_login=True,
            knows=client.session.known(),
        )
        self._is_stored = True
        return Step(
            state="done",
            name=name,
            username=text.line(me.username),
            is_again=before is not None and before.tg_user_id == tg_user_id,
        )


async def known_api(settings: Settings, database: Database) -> tuple[int, str] | None:
    """API id and hash: from the settings, else from a login for which they were typed."""
    if settings.api is not None:
        return settings.api
    for account in (await stored.load_accounts(database, settings.pool)).values():
        with contextlib.suppress(GatewayError):
            data = await stored.load_session(
                database, account, settings.process_name, settings.session_key_bytes
            )
            api = StoredSession.from_bytes(data).api if data else None
            if api is not None:
                return api
    return None


async def accept(client: TelegramClient, token: bytes) -> None:
    """Let whoever shows this token in, by the login of this client. Raises TelegramError."""
    with translated():
        await client(functions.auth.AcceptLoginTokenRequest(token))


def about_admission(database: Database, login: str, process: str) -> str:
    """What the token of an admission is for."""
    return f"{login}:{process}:{database.identity}"


def _qr(token: bytes, ends: datetime) -> Step:
    return Step(state="qr", url=_url(token), url_expires_at=ends)


def _url(token: bytes) -> str:
    return "tg://login?token=" + base64.urlsafe_b64encode(token).decode().rstrip("=")


@contextmanager
def _refusals() -> Iterator[None]:
    """Let only GatewayError out; nothing of what was typed is in it. (A password that is needed is
    no refusal.)"""
    try:
        yield
    except errors.SessionPasswordNeededError:
        raise
    except errors.FloodWaitError as error:
        raise GatewayError("flood_wait", wait_s=error.seconds) from None
    except errors.RPCError as error:
        code = core.failure(code_of(error), error.code or 0)
        raise GatewayError(code, reason=code_of(error)) from None
    except OSError:  # TimeoutError is one
        raise GatewayError("telegram_unreachable") from None
