"""Names of people on Telegram: as Odoo knows them, and in the gateway's own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from telegram_gateway.core.model import Person, TgUserId
from telegram_gateway.database.connection import Database


async def changed_names(
    database: Database, people: Mapping[TgUserId, Person]
) -> dict[TgUserId, Person]:
    """Return the people whose name in Odoo is another one, or who are deleted and Odoo does not
    know it."""
    rows = await database.all(
        "SELECT DISTINCT tg_user_id, coalesce(name, '') AS name, coalesce(username, '') AS username"
        " FROM telegram_contact WHERE state = 'confirmed' AND tg_user_id = ANY (%s)",
        list(people),
    )
    found = {}
    for row in rows:
        user = TgUserId(row["tg_user_id"])
        person = people[user]
        is_other = (person.name, person.username) != (row["name"], row["username"])
        if person.is_deleted or (person.name and is_other):
            found[user] = person
    return found


async def rename(database: Database, people: Iterable[tuple[TgUserId, Person]]) -> None:
    """Update the names of these people in telegram_member, in all chats."""
    found = list(people)
    await database.all(
        "UPDATE telegram_member SET name = called.name, username = called.username"
        " FROM unnest(%s::bigint[], %s::text[], %s::text[])"
        " AS called (tg_user_id, name, username)"
        " WHERE telegram_member.tg_user_id = called.tg_user_id"
        " AND (telegram_member.name, telegram_member.username)"
        " IS DISTINCT FROM (called.name, called.username)",
        [user for user, _ in found],
        [person.name for _, person in found],
        [person.username for _, person in found],
    )
