"""Logging the school's bot and account in, once; the sessions go encrypted into the database."""

from __future__ import annotations

import re
from collections.abc import Callable

from telethon import TelegramClient, errors
from telethon.utils import get_display_name

from telegram_gateway.core.model import TgUserId
from telegram_gateway.database import accounts as stored
from telegram_gateway.database.accounts import Account
from telegram_gateway.database.connection import Database
from telegram_gateway.errors import GatewayError
from telegram_gateway.settings import Settings

from .accounts import make_client
from .errors import code_of
from .session import StoredSession

_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{5,20}")


async def login_bot(settings: Settings, database: Database, token: str) -> Account:
    """Log the bot in with its token. Raises GatewayError with a sentence for the person."""
    client = make_client(settings, StoredSession(), retries=3)
    try:
        await _connect(client)
        try:
            await client.sign_in(bot_token=token)
        except errors.FloodWaitError as error:
            raise GatewayError("flood_wait", wait_s=error.seconds) from None
        except (errors.RPCError, ValueError):
            raise GatewayError("token_refused") from None
        return await _store(settings, database, client, "bot", "")
    finally:
        await client.disconnect()


async def login_user(
    settings: Settings,
    database: Database,
    phone: str,
    ask_code: Callable[[], str],
    ask_password: Callable[[], str],
) -> Account:
    """Log the school's account in by phone and code, and the password where there is one.

    Raises GatewayError with a sentence for the person.
    """
    if not _NUMBER.fullmatch(phone.strip()):
        raise GatewayError("phone_refused", reason="PHONE_NUMBER_INVALID")
    client = make_client(settings, StoredSession(), retries=3)
    try:
        await _connect(client)
        try:
            await client.send_code_request(phone)
            try:
                await client.sign_in(phone, ask_code())
            except errors.SessionPasswordNeededError:
                await client.sign_in(password=ask_password())
        except (errors.PhoneCodeInvalidError, errors.PhoneCodeEmptyError):
            raise GatewayError("code_refused") from None
        except errors.PhoneCodeExpiredError:
            raise GatewayError("code_expired") from None
        except errors.PasswordHashInvalidError:
            raise GatewayError("password_refused") from None
        except errors.FloodWaitError as error:
            raise GatewayError("flood_wait", wait_s=error.seconds) from None
        except (errors.PhoneNumberInvalidError, errors.PhoneNumberBannedError) as error:
            raise GatewayError("phone_refused", reason=code_of(error)) from None
        except errors.RPCError as error:
            raise GatewayError("login_refused", reason=code_of(error)) from None
        return await _store(settings, database, client, "user", phone)
    finally:
        await client.disconnect()


async def _connect(client: TelegramClient) -> None:
    try:
        await client.connect()
    except (ConnectionError, OSError):
        raise GatewayError("telegram_unreachable") from None


async def _store(
    settings: Settings, database: Database, client: TelegramClient, kind: str, phone: str
) -> Account:
    me = await client.get_me()
    account = await stored.save_login(
        database,
        settings.pool,
        kind,
        TgUserId(me.id),
        name=get_display_name(me),
        username=me.username or "",
        phone=phone,
    )
    await client._save_states_and_entities()
    await stored.save_session(
        database,
        account,
        settings.process_name,
        settings.session_key_bytes,
        client.session.to_bytes(),
    )
    return account
