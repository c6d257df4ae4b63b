"""The requests by which a client is logged in: a bot's token, a code, a password, a QR code's
token.

They return a `Step` (core/login.py), which says what a person has to do next, or None once the
client is logged in. The conversation around them, and what is stored in the end, is in
identity/login.py.

Every refusal is a GatewayError with one of core/login.py's FAILURES; nothing of what was typed is
in it. After one of TRY_AGAIN the same request may be made again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from telethon import errors, events, functions, types
from telethon.utils import get_display_name

from telegram_gateway.core import login as core
from telegram_gateway.core import text
from telegram_gateway.core.login import Step
from telegram_gateway.core.model import TgUserId
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client, make_client
from telegram_gateway.telegram.errors import code_of, translated
from telegram_gateway.telegram.session import StoredSession

#: Shows a login token (bytes) that expires at that instant (aware).
ShowToken = Callable[[bytes, datetime], Awaitable[None]]
#: A token is shown for so long at most, whatever it says of its own end; and for so long at least.
_LONGEST_S, _SHORTEST_S = 30.0, 5.0
#: Where the kinds of codes have what helps to find the code.
_HINTS = ("email_pattern", "prefix", "pattern", "url", "beginning")
#: So often Telegram may ask to begin anew (AUTH_RESTART) before a person has to.
_RESTARTS = 2


@dataclass(frozen=True, kw_only=True)
class LoggedIn:
    """The account that a client was logged in as; `phone` is E.164, empty where Telegram hides
    it."""

    tg_user_id: TgUserId
    name: str
    username: str
    phone: str


class LoginClient:
    """A client that is being logged in. Open with `await LoginClient.connect(...)`; `close` it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._digits = ""  # of the telephone number
        self._code_hash = ""
        self._sent_by = ""  # how the last code was sent

    @classmethod
    async def connect(cls, settings: Settings, api: tuple[int, str] | None) -> LoginClient:
        """Connect without a login. api: API id and hash, where they are not in the settings.

        Raises GatewayError("telegram_unreachable") and ("api_missing").
        """
        session = StoredSession()
        session.api = api
        login = cls(make_client(settings, session, retries=3))
        try:
            await login.client.connect()
        except OSError:  # ConnectionError is one
            await login.close(with_logout=False)
            raise GatewayError("telegram_unreachable") from None
        except BaseException:
            await login.close(with_logout=False)
            raise
        return login

    async def sign_in_bot(self, token: str) -> None:
        """Log the bot in with its token."""
        with _refusals():
            await self.client.sign_in(bot_token=token)

    async def send_code(self, phone: str) -> Step | None:
        """Have Telegram send a code to a telephone number (E.164)."""
        self._digits = phone.removeprefix("+")
        client = self.client
        # not by the client library's own method, which knows but some of the answers
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

    async def resend_code(self) -> Step | None:
        """Have the code sent again, in the next way that Telegram has."""
        return await self._ask_for_code(
            functions.auth.ResendCodeRequest(self._digits, self._code_hash)
        )

    async def _ask_for_code(self, request: Any) -> Step | None:
        with _refusals():
            try:
                return await self._after_code_request(await self.client(request))
            except errors.SessionPasswordNeededError:
                return await self._waiting_password()

    async def _after_code_request(self, answer: Any) -> Step | None:
        """The next step; `answer` is a TL auth.SentCode of any kind."""
        if isinstance(answer, types.auth.SentCodeSuccess):
            await self._authorised(answer.authorization)
            return None
        if isinstance(answer, types.auth.SentCodePaymentRequired):
            raise GatewayError("payment_required")
        if isinstance(answer.type, types.auth.SentCodeTypeSetUpEmailRequired):
            raise GatewayError("email_needed")
        self._code_hash = answer.phone_code_hash or self._code_hash
        self._sent_by = core.how_sent(type(answer.type).__name__)
        hint = next(filter(None, (getattr(answer.type, name, None) for name in _HINTS)), "")
        length = getattr(answer.type, "length", 0) or 0
        return Step(state="waiting_code", sent_by=self._sent_by, code_length=length, hint=str(hint))

    async def sign_in(self, code: str) -> Step | None:
        """Give the code that was sent."""
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
                answer = await self.client(request)
            except errors.SessionPasswordNeededError:
                return await self._waiting_password()
            await self._authorised(answer)
            return None

    async def _authorised(self, answer: Any) -> None:
        """Telegram has accepted; `answer` is a TL auth.Authorization of any kind."""
        if isinstance(answer, types.auth.AuthorizationSignUpRequired):
            raise GatewayError("phone_unregistered")
        await self.client._on_login(answer.user)

    async def check_password(self, password: str) -> None:
        """Give the password of two-step verification."""
        with _refusals():
            if not password:
                raise GatewayError("password_refused")
            try:
                await self.client.sign_in(password=password)
            except errors.RPCError as error:
                if code_of(error) not in core.STALE_PASSWORD:
                    raise
                await self.client.sign_in(password=password)

    async def _waiting_password(self) -> Step:
        with _refusals():
            asked = await self.client(functions.account.GetPasswordRequest())
        return Step(state="waiting_password", hint=text.line(asked.hint))

    async def sign_in_by_token(self, show: ShowToken, most: int) -> Step | None:
        """Have login tokens shown, one when the former has expired, until somebody accepted one.

        Raises GatewayError("qr_expired") after `most` of them.
        """
        client = self.client
        scanned = asyncio.Event()

        async def on_scan(_update: object) -> None:
            scanned.set()

        # listening begins before anybody can scan
        client.add_event_handler(on_scan, events.Raw(types.UpdateLoginToken))
        for _ in range(most):
            with _refusals():
                try:
                    answer = await self._export_token()
                except errors.SessionPasswordNeededError:
                    return await self._waiting_password()
            if isinstance(answer, types.auth.LoginTokenSuccess):
                await client._on_login(answer.authorization.user)
                return None
            await show(answer.token, answer.expires)
            lives_s = (answer.expires - datetime.now(UTC)).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_LONGEST_S, max(_SHORTEST_S, lives_s))):
                    await scanned.wait()
            scanned.clear()
        raise GatewayError("qr_expired")

    async def _export_token(self) -> Any:
        """Return a TL auth.LoginToken to be shown, or auth.LoginTokenSuccess once one was accepted.
        Goes to another data centre if Telegram says so."""
        client = self.client
        app_id, app_hash = client.api_id, client.api_hash
        answer = await client(functions.auth.ExportLoginTokenRequest(app_id, app_hash, []))
        if isinstance(answer, types.auth.LoginTokenMigrateTo):
            await client._switch_dc(answer.dc_id)
            answer = await client(functions.auth.ImportLoginTokenRequest(answer.token))
        return answer

    async def who_am_i(self) -> LoggedIn:
        """The account that the client is logged in as."""
        client = self.client
        with _refusals():
            me = await client.get_me()
        if me is None:
            raise GatewayError("login_refused", reason="AUTH_KEY_UNREGISTERED")
        return LoggedIn(
            tg_user_id=TgUserId(me.id),
            name=text.line(get_display_name(me)),
            username=text.line(me.username),
            phone=f"+{me.phone}" if me.phone else "",
        )

    async def session(self) -> StoredSession:
        """The session of the login, complete."""
        client = self.client
        await client.complete_session()
        return client.stored_session

    async def close(self, *, with_logout: bool) -> None:
        """Hang up. with_logout: also end the login on Telegram's side, if there is one."""
        client = self.client
        with contextlib.suppress(Exception):
            if with_logout and await asyncio.wait_for(client.is_user_authorized(), 5):
                await asyncio.wait_for(client.log_out(), 5)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.disconnect(), 5)


async def accept_token(client: Client, token: bytes) -> None:
    """Log in the client that shows this token, as the account of this client. Raises
    TelegramError."""
    with translated():
        await client(functions.auth.AcceptLoginTokenRequest(token))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn every error into a GatewayError, which has nothing of what was typed. (A password that
    is needed is no error.)"""
    try:
        yield
    except errors.SessionPasswordNeededError:
        raise
    except errors.FloodWaitError as error:
        raise GatewayError("flood_wait", wait_s=error.seconds) from None
    except errors.RPCError as error:
        code = core.failure_code(code_of(error), error.code or 0)
        raise GatewayError(code, reason=code_of(error)) from None
    except OSError:  # TimeoutError is one
        raise GatewayError("telegram_unreachable") from None
