"""Many groups that are in step, made at once: on Telegram, in the tables and in what the clients
know.

await line.stop()
groups = await many(line, 800)
await line.start()
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from telegram_gateway.core.rights import closed
from telegram_gateway.telegram.groups import mark_text
from telegram_gateway.telegram.seen import flags_from_tl
from telegram_gateway.telegram.session import StoredSession
from telegram_sandbox.world import membership, views
from telegram_sandbox.world.channels import FOREVER, Channel
from telegram_sandbox.world.people import User
from telethon import types

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.line import Line

#: What is asked of Telegram about a group, to see how it stands.
ABOUT_GROUPS = {
    "channels.getAdminLog",
    "channels.getChannels",
    "channels.getFullChannel",
    "channels.getParticipant",
    "channels.getParticipants",
    "messages.getChatInviteImporters",
}
_BOT_RIGHTS = types.ChatAdminRights(
    change_info=True,
    ban_users=True,
    invite_users=True,
    pin_messages=True,
    add_admins=True,
    manage_call=True,
    delete_messages=True,
)


@dataclass(frozen=True, kw_only=True)
class Many:
    """A group among many, and who is in it."""

    chat: Chat
    channel: Channel
    people: list[User]

    def is_known_as(self, who: User, status: str) -> bool:
        """Whether telegram_member says that they stand so ("in", "out", "banned", "requested")."""
        rows = self.chat.school.all(
            "SELECT seen_status FROM telegram_member WHERE chat_id = %s AND tg_user_id = %s",
            self.chat.id,
            who.id,
        )
        return bool(rows) and rows[0]["seen_status"] == status


async def many(line: Line, count: int, *, people: int = 2) -> list[Many]:
    """So many groups with so many people each, all of whom are on the roster. The gateway must not
    run; whoever had the pool before gave it up in good order."""
    line.world.profile = line.world.profile.but(channels_per_account=100_000)
    groups = [_group(line, f"Classe {number}", people) for number in range(1, count + 1)]
    line.world.clock.advance(5)  # what changed in the second of one's numbers is named once more
    for kind, viewer in (("bot", line.bot), ("user", line.account)):

        def remember(session: StoredSession, viewer: User = viewer) -> None:
            _remember(line, session, viewer, [one.channel for one in groups])

        await line.log_in(kind, with_memory=remember)
    now = datetime.now(UTC).replace(tzinfo=None)
    line.school.all("DELETE FROM telegram_lease")
    line.school.insert(
        "telegram_lease",
        pool="main",
        process="gateway-1",
        generation=1,
        taken_at=now,
        renewed_at=now,
        expires_at=now,
        unfinished="[]",
    )
    return groups


def _group(line: Line, title: str, people: int) -> Many:
    world, school = line.world, line.school
    chat_id = school.chat(
        name=title,
        lang="fr_FR",
        most_removals=5,
        most_removals_percent=10,
        archive_policy="read_only",
        add_contacts=True,
        is_reviewed=True,
    )
    mark = school.one("SELECT mark FROM telegram_chat WHERE id = %s", chat_id)["mark"]
    channel = membership.create(world, line.account, title, mark_text(mark), True)
    rights = closed(flags_from_tl(channel.default_bans))
    channel.default_bans = types.ChatBannedRights(until_date=FOREVER, **rights)
    membership.promote(world, channel, line.account, line.bot, _BOT_RIGHTS, None)
    link = membership.new_invite(world, channel, line.bot.id, request_needed=True)
    users = [_member(line, chat_id, channel, number) for number in range(people)]
    school.insert(
        "telegram_chat_state",
        chat_id=chat_id,
        tg_chat_id=channel.id,
        state="ready",
        invite_link=link.link,
        title_seen=title,
        title_base=title,
        listed_at=datetime.now(UTC).replace(tzinfo=None),
        is_list_whole=True,
        default_rights=json.dumps(rights, sort_keys=True),
        history="visible",
        is_read_only=False,
        number=world.hub.channel_pts(channel.id),
    )
    return Many(chat=Chat(chat_id, school, world), channel=channel, people=users)


def _member(line: Line, chat_id: int, channel: Channel, number: int) -> User:
    school, name = line.school, f"Élève {chat_id} {number}"
    user = line.world.add_user(name, phone=f"+3370{chat_id:05}{number:03}", lang_code="fr")
    membership.enter(line.world, channel, user)
    partner_id = school.partner(name)
    school.contact(partner_id, user.id)
    now = datetime.now(UTC).replace(tzinfo=None)
    school.insert(
        "telegram_roster",
        chat_id=chat_id,
        partner_id=partner_id,
        role="student",
        status="in",
        reason="",
        since=now,
    )
    school.insert(
        "telegram_member",
        chat_id=chat_id,
        partner_id=partner_id,
        tg_user_id=user.id,
        seen_status="in",
        seen_role="member",
        base_status="in",
        base_role="student",
        state="in",
        name=user.name,
        username="",
        is_bot=False,
        is_deleted=False,
        seen_at=now,
        state_since=now,
    )
    return user


def _remember(line: Line, session: StoredSession, viewer: User, channels: list[Channel]) -> None:
    world = line.world
    state = world.hub.state(viewer.id)
    session._update_states[0] = state
    for channel in channels:
        pts = world.hub.channel_pts(channel.id)
        session._update_states[channel.id] = types.updates.State(pts, 0, state.date, 0, 0)
    groups = [views.channel_tl(world, viewer, channel) for channel in channels]
    session.process_entities(types.contacts.ResolvedPeer(None, groups, []))
