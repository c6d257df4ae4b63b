"""Logging the school's bot or account in, step by step; the session goes encrypted into the
database.

The terminal (terminal.py) and Odoo's wizard (desk.py) go through the same conversation. The
requests to Telegram are telegram/login.py's.

Every refusal is a GatewayError with one of core/login.py's FAILURES. After one of TRY_AGAIN the
same step may be taken again.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from telegram_gateway.core import login as core
from telegram_gateway.core.login import Step
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.identity import sealed
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.login import LoginClient, ShowToken
from telegram_gateway.telegram.session import StoredSession

Show = Callable[[Step], Awaitable[None]]
#: A QR code lives some 30 seconds; after so many the person has given up.
_MOST_CODES = 20
#: A process that runs answers at once; the second token is for one that was busy.
_MOST_ADMISSIONS = 2


class Login:
    """One login under way. `close()` at the end, however it ended. Each method gives the next step;
    all raise GatewayError, see the module."""

    def __init__(self, settings: Settings, database: Database, api: tuple[int, str] | None = None):
        self._settings = settings
        self._database = database
        self._api = api
        self._kind = "user"
        self._phone = ""
        self._may_replace = True
        self._client: LoginClient | None = None
        self._is_stored = False

    async def bot(self, token: str) -> Step:
        """Log the bot in with its token."""
        self._kind = "bot"
        clean = core.clean_token(token)
        if clean is None:
            raise GatewayError("token_refused")
        client = await self._connected()
        await client.sign_in_bot(clean)
        return await self._logged_in()

    async def phone(self, number: str) -> Step:
        """Have Telegram send a code to the account's number."""
        clean = core.clean_phone(number)
        if clean is None:
            raise GatewayError("phone_refused", reason="PHONE_NUMBER_INVALID")
        self._phone = clean
        client = await self._connected()
        return await client.send_code(clean) or await self._logged_in()

    async def resend(self) -> Step:
        """Have the code sent again, in the next way that Telegram has."""
        return await self._under_way().resend_code() or await self._logged_in()

    async def code(self, code: str) -> Step:
        """Give the code that was sent."""
        return await self._under_way().sign_in(code) or await self._logged_in()

    async def password(self, password: str) -> Step:
        """Give the password of two-step verification."""
        await self._under_way().check_password(password)
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
            text = sealed.seal_token(settings.session_key_bytes, token, about)
            await show(Step(state="admitting", url=text, url_expires_at=ends))

        self._may_replace = False
        try:
            return await self._by_token(ask, _MOST_ADMISSIONS)
        except GatewayError as error:
            if error.code == "qr_expired":
                raise GatewayError("admit_unanswered") from None
            raise

    async def _by_token(self, show: ShowToken, most: int) -> Step:
        client = await self._connected()
        return await client.sign_in_by_token(show, most) or await self._logged_in()

    async def replace(self) -> Step:
        """Yes, this account is to take the place of the one before."""
        self._under_way()
        return await self._logged_in(may_replace=True)

    async def close(self) -> None:
        """Hang up. A login that led to nothing is ended on Telegram's side too."""
        client, self._client = self._client, None
        if client is not None:
            await client.close(with_logout=not self._is_stored)

    async def _connected(self) -> LoginClient:
        api = None
        if self._settings.api is None:
            api = self._api or await known_api(self._settings, self._database)
        self._client = await LoginClient.connect(self._settings, api)
        return self._client

    def _under_way(self) -> LoginClient:
        if self._client is None:
            raise GatewayError("login_interrupted")
        return self._client

    async def _logged_in(self, *, may_replace: bool = False) -> Step:
        """Store the login, unless the account serves elsewhere or a person must be asked first."""
        settings, database, client = self._settings, self._database, self._under_way()
        me = await client.who_am_i()
        other = await stored.pool_of(database, self._kind, me.tg_user_id, settings.pool)
        if other is not None:
            raise GatewayError("bot_taken" if self._kind == "bot" else "account_taken")
        before = (await stored.load_accounts(database, settings.pool)).get(self._kind)
        is_other = before is not None and before.tg_user_id != me.tg_user_id
        if is_other and not self._may_replace:
            raise GatewayError("admit_other")
        if before is not None and is_other and not may_replace:
            return Step(
                state="confirm_replace",
                name=me.name,
                username=me.username,
                replaces=before.name or before.username or str(before.tg_user_id),
            )
        account = await stored.save_login(
            database,
            settings.pool,
            self._kind,
            me.tg_user_id,
            name=me.name,
            username=me.username,
            phone=self._phone or me.phone,
        )
        session = await client.session()
        await stored.save_session(
            database,
            account,
            settings.process_name,
            settings.session_key_bytes,
            session.to_bytes(),
            is_login=True,
            knows=session.known(),
        )
        self._is_stored = True
        return Step(
            state="done",
            name=me.name,
            username=me.username,
            is_again=before is not None and before.tg_user_id == me.tg_user_id,
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


def about_admission(database: Database, login: str, process: str) -> str:
    """The text that binds the token of an admission to one login, process and database."""
    return f"{login}:{process}:{database.identity}"


def _qr(token: bytes, ends: datetime) -> Step:
    return Step(state="qr", url=_url(token), url_expires_at=ends)


def _url(token: bytes) -> str:
    return "tg://login?token=" + base64.urlsafe_b64encode(token).decode().rstrip("=")
