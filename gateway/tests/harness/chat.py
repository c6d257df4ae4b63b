"""A group of a test, seen from both sides: the tables' and Telegram's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram_sandbox.world.calls import GroupCall
from telegram_sandbox.world.channels import Channel
from telegram_sandbox.world.world import World

from gateway.tests.harness.people import Person
from gateway.tests.harness.school import School


@dataclass(frozen=True)
class Chat:
    """A row of telegram_chat. Everything is read anew each time."""

    id: int
    school: School
    world: World

    # --- as the tables say -------------------------------------------------------------------

    @property
    def state(self) -> dict[str, Any]:
        """The row of telegram_chat_state; empty as long as there is none."""
        rows = self.school.all("SELECT * FROM telegram_chat_state WHERE chat_id = %s", self.id)
        return rows[0] if rows else {}

    @property
    def is_ready(self) -> bool:
        """Whether the group is made and has a link."""
        return self.state.get("state") == "ready"

    @property
    def link(self) -> str | None:
        """The link by which people ask to be let in."""
        return self.state.get("invite_link")

    @property
    def people(self) -> dict[str, str | None]:
        """Name (as Telegram has it, else the partner's) → state code, of all rows of members."""
        rows = self.school.all(
            "SELECT coalesce(nullif(m.name, ''), p.name) AS name, m.state FROM telegram_member m"
            " LEFT JOIN res_partner p ON p.id = m.partner_id WHERE m.chat_id = %s ORDER BY m.id",
            self.id,
        )
        return {row["name"]: row["state"] for row in rows}

    def member(self, who: Person) -> dict[str, Any]:
        """The row of telegram_member, by the account, else by the partner; empty without one."""
        rows = self.school.all(
            "SELECT * FROM telegram_member WHERE chat_id = %s"
            " AND (tg_user_id = %s OR tg_user_id IS NULL AND partner_id = %s)"
            " ORDER BY tg_user_id NULLS LAST",
            self.id,
            who.id,
            who.partner_id,
        )
        return rows[0] if rows else {}

    def is_known_as(self, who: Person, state: str) -> bool:
        """Whether the row of telegram_member has this state code."""
        return self.member(who).get("state") == state

    # --- as it is on Telegram ----------------------------------------------------------------

    @property
    def group(self) -> Channel | None:
        """The group itself, as the sandbox keeps it."""
        return self.world.channels.get(self.state.get("tg_chat_id") or 0)

    @property
    def title(self) -> str | None:
        """Its title on Telegram."""
        return self.group.title if self.group else None

    def has(self, who: Person) -> bool:
        """Whether they are in the group on Telegram."""
        return self.group is not None and self.group.is_member(who.id)

    def is_banned(self, who: Person) -> bool:
        """Whether they are banned from the group on Telegram."""
        return self.group is not None and who.id in self.group.bans

    def is_waiting(self, who: Person) -> bool:
        """Whether they ask to be let in, and nobody has answered."""
        return self.group is not None and who.id in self.group.requests

    def is_admin(self, who: Person) -> bool:
        """Whether they are an admin on Telegram."""
        return self.group is not None and self.group.is_admin(who.id)

    @property
    def call(self) -> GroupCall | None:
        """The call that runs in the group (announced ones count)."""
        if self.group is None or self.group.call_id is None:
            return None
        call = self.world.calls[self.group.call_id]
        return call if call.ended_at is None else None

    @property
    def texts(self) -> list[str]:
        """The texts that stand in the group, oldest first."""
        messages = self.group.messages.values() if self.group else ()
        return [one.text for one in messages if getattr(one, "text", "")]
