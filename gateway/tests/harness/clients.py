"""The gateway's own client, connected to a Telegram server of the test."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram_gateway.settings import Settings
from telegram_gateway.telegram.client import Client, make_client
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox import Sandbox
from telegram_sandbox.world.people import User
from telethon.crypto import AuthKey


@asynccontextmanager
async def client_of(
    sandbox: Sandbox, answer_s: float = 60, port: int | None = None, user: User | None = None
) -> AsyncIterator[Client]:
    """A client with a login of its own (of `user`). `port`: not the sandbox's own."""
    key = sandbox.server.preshare_key(user or sandbox.world.add_user("École"))
    session = StoredSession()
    session.set_dc(2, sandbox.host, sandbox.port)
    session.auth_key = AuthKey(key)
    settings = Settings(
        database_url="postgresql:///school",
        session_key=base64.b64encode(bytes(32)).decode(),
        odoo_url="http://127.0.0.1",
        odoo_database="school",
        odoo_login="doorbell",
        odoo_password="doorbell",
        api_id=1,
        api_hash="sandbox",
        answer_s=answer_s,
        server_host=sandbox.host,
        server_port=port or sandbox.port,
    )
    client = make_client(settings, session)
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()
