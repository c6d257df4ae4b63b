"""Looks for secrets where none may be: in a dump of every database and in every program's log.

A secret is looked for as it is and in the forms in which programs write things down: hex, base64 at
each of its three alignments (also the URL-safe alphabet), percent-encoded, as JSON escapes it.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from telegram_gateway.database import accounts
from telegram_gateway.database.connection import Database
from telegram_gateway.telegram.session import StoredSession

from demo.stack.cluster import GATEWAY_ROLE, ODOO_ROLE
from demo.stack.odoo import DATABASE
from demo.stack.stack import Stack

_SHORTEST = 8  # of a secret, below which it could be found by chance


def forms(secret: str | bytes) -> dict[str, bytes]:
    """The secret as it might have been written down, by name of the form."""
    raw = secret.encode() if isinstance(secret, str) else secret
    if len(raw) < _SHORTEST:
        raise ValueError("too short to be told from chance")
    needles = {"raw": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    for shift in range(3):
        # the letters that depend on this secret alone, whatever stood before and after it
        whole = base64.b64encode(b"\0" * shift + raw)
        start, end = -(-8 * shift // 6), 8 * (shift + len(raw)) // 6
        needles[f"base64+{shift}"] = whole[start:end]
        needles[f"base64url+{shift}"] = whole[start:end].replace(b"+", b"-").replace(b"/", b"_")
    needles["url"] = quote(raw, safe="").encode()
    needles["URL"] = quote(raw).encode()
    if isinstance(secret, str):
        needles["json"] = json.dumps(secret)[1:-1].encode()
    return needles


def findings(places: Mapping[str, bytes], secrets: Mapping[str, str | bytes]) -> list[str]:
    """Findings and their places, without the secret itself."""
    return sorted(
        f"{name} ({form}) in {place}"
        for name, secret in secrets.items()
        for form, needle in forms(secret).items()
        for place, content in places.items()
        if needle in content
    )


def places(stack: Stack) -> dict[str, bytes]:
    """A plain dump of each database, and each log."""
    cluster = stack.cluster
    names = cluster.sql("SELECT datname FROM pg_database WHERE NOT datistemplate").splitlines()
    contents = {
        f"database {name}": cluster.run(
            "pg_dump", "-h", str(cluster.folder), "-U", ODOO_ROLE, name
        ).encode()
        for name in names
        if name != "postgres"
    }
    for path in [*stack.folder.glob("*.log"), cluster.folder / "log"]:
        contents[f"log {path.name}"] = path.read_bytes()
    return contents


def auth_keys(stack: Stack) -> dict[str, bytes]:
    """The keys of the logins, which only the gateway's session key opens."""

    async def read() -> dict[str, bytes]:
        database = await Database.open(stack.cluster.url(DATABASE, GATEWAY_ROLE))
        try:
            key = base64.b64decode(stack.gateway.settings["SESSION_KEY"])
            keys = {}
            for kind, account in (await accounts.load_accounts(database, "main")).items():
                data = await accounts.load_session(database, account, stack.gateway.name, key)
                if data is not None:
                    keys[f"auth key of the {kind}"] = StoredSession.from_bytes(data).auth_key.key
            return keys
        finally:
            await database.close()

    return asyncio.run(read())


def left_behind(stack: Stack, more: Iterable[tuple[str, str | bytes]] = ()) -> list[str]:
    """Every secret of the stack that was found anywhere; none when all is well."""
    keys = auth_keys(stack)
    assert keys, "without a login there is nothing to look for"
    return findings(places(stack), {**stack.secrets, **keys, **dict(more)})
