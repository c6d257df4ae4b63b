"""Many people without phones, who ask to come in at the same moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from telegram_sandbox.world import membership
from telegram_sandbox.world.channels import Channel
from telegram_sandbox.world.invites import Invite
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line


def newcomers(line: Line, count: int, name: str = "Newcomer") -> list[User]:
    """So many accounts."""
    return [line.world.add_user(f"{name} {number}") for number in range(count)]


def enrol(line: Line, chat: Chat, people: Sequence[User]) -> None:
    """All of them on the roster and linked, in one statement; and ask for a look."""
    line.school.all(
        "WITH who AS (SELECT u.id AS tg_user_id, u.name, nextval('res_partner_id_seq') AS partner_id"
        " FROM unnest(%s::bigint[], %s::text[]) AS u (id, name)),"
        " made AS (INSERT INTO res_partner (id, name) SELECT partner_id, name FROM who),"
        " linked AS (INSERT INTO telegram_contact (partner_id, tg_user_id, state, name)"
        " SELECT partner_id, tg_user_id, 'confirmed', name FROM who)"
        " INSERT INTO telegram_roster (chat_id, partner_id, role, status, since)"
        " SELECT %s, partner_id, 'student', 'in', now() AT TIME ZONE 'utc' FROM who",
        [person.id for person in people],
        [person.name for person in people],
        chat.id,
    )
    line.reconcile(chat)


def ask(world: World, group: Channel, link: str, people: Iterable[User]) -> None:
    """They ask by that link, all before anybody is answered."""
    invite = invite_of(group, link)
    for one in people:
        membership.ask(world, group, one, invite)


def invite_of(group: Channel, link: str) -> Invite:
    """What the link stands for."""
    return next(one for one in group.invites.values() if one.link == link)


def states(line: Line, chat: Chat) -> dict[int, str | None]:
    """State code by Telegram id, of all rows of accounts."""
    rows = line.school.all(
        "SELECT tg_user_id, state FROM telegram_member"
        " WHERE chat_id = %s AND tg_user_id IS NOT NULL",
        chat.id,
    )
    return {row["tg_user_id"]: row["state"] for row in rows}
