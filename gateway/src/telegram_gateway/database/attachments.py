"""E4: files that Odoo laid beside a `send`; each is deleted once it has been sent."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from telegram_gateway.database.connection import Database


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file to be sent."""

    name: str
    mime_type: str
    content: bytes


async def load(database: Database, command_id: int) -> Attachment | None:
    """The file of a command. None: there is none, or none any more."""
    row = await database.one(
        "SELECT name, mimetype, content FROM telegram_attachment"
        " WHERE command_id = %s AND content IS NOT NULL",
        command_id,
    )
    if row is None:
        return None
    try:
        content = base64.b64decode(row["content"], validate=True)
    except binascii.Error:
        return None
    return Attachment(name=row["name"], mime_type=row["mimetype"], content=content)


async def delete(database: Database, command_id: int) -> None:
    """The command is done: nobody needs the file any more."""
    await database.all("DELETE FROM telegram_attachment WHERE command_id = %s", command_id)
