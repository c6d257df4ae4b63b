"""Files beside commands: read, and deleted when they were sent."""

from __future__ import annotations

import base64

import psycopg
import pytest
from telegram_gateway.core.model import Attachment
from telegram_gateway.database import attachments
from telegram_gateway.errors import UpgradeInProgress


def lay(school, number, content=b"%PDF-1.4", **columns):
    known = school.one("SELECT chat_id FROM telegram_outbox WHERE id = %s", number)
    return school.insert(
        "telegram_attachment",
        chat_id=known["chat_id"],
        res_model="small_school.lesson",
        res_id=1,
        key=f"file:{number}",
        command_id=number,
        name="Fiche.pdf",
        mimetype="application/pdf",
        content=base64.b64encode(content),
        **columns,
    )


async def test_load__what_odoo_laid_beside_the_command(school, database):
    mine, other = (school.command("send", chat_id=school.chat()) for _ in range(2))
    lay(school, mine)
    file = await attachments.load(database, mine)
    assert file == Attachment(name="Fiche.pdf", mime_type="application/pdf", content=b"%PDF-1.4")
    assert await attachments.load(database, other) is None
    await attachments.delete(database, mine)
    assert await attachments.load(database, mine) is None
    assert school.all("SELECT 1 FROM telegram_attachment") == []


async def test_load__what_is_no_base64_is_no_file(school, database):
    number = school.command("send", chat_id=school.chat())
    lay(school, number)
    school.all("UPDATE telegram_attachment SET content = 'é?'::bytea")
    assert await attachments.load(database, number) is None


async def test_gateway__may_not_write_files(school, database):
    number = school.command("send", chat_id=school.chat())
    lay(school, number)
    with pytest.raises(UpgradeInProgress, match="permission denied"):
        await database.all("UPDATE telegram_attachment SET name = 'x'")


def test_size__is_bounded(school):
    number = school.command("send", chat_id=school.chat())
    with pytest.raises(psycopg.errors.CheckViolation):
        lay(school, number, bytes(5 * 1024 * 1024 + 10))
