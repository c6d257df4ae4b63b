"""The files that Odoo stores beside a `send`; each is deleted once it has been sent."""

from __future__ import annotations

import base64
import binascii

from telegram_gateway.core.model import Attachment
from telegram_gateway.database.connection import Database


async def load(database: Database, command_id: int) -> Attachment | None:
    """The file of a command; None where there is none, or none any more, or it is not base64."""
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
    """Delete the file of a command that is done."""
    await database.all("DELETE FROM telegram_attachment WHERE command_id = %s", command_id)
