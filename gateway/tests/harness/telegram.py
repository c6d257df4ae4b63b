"""What a test does to Telegram: refusals, broken lines, lost logins; and what Telegram was
asked."""

from __future__ import annotations

from typing import Any

from telegram_sandbox import Sandbox
from telegram_sandbox.faults import Fault, Faults
from telegram_sandbox.wire.server import Noted
from telegram_sandbox.world import calling
from telegram_sandbox.world.calls import GroupCall
from telegram_sandbox.world.people import User
from telegram_sandbox.world.world import World

from gateway.tests.harness.chat import Chat
from gateway.tests.harness.school import School


def read_all_after_a_cut(line: TelegramSide) -> None:
    """Let each group be read as a whole once the line was broken: what happens until then Telegram
    does not replay, and the lists could not be trusted before."""
    line.world.hub.forget(is_told=True)
    line.school.all("UPDATE telegram_chat_state SET is_list_whole = false")


def killed(line: TelegramSide) -> None:
    """Let it look as if the gateway, which has ended, had been killed: nobody knows what it had
    done."""
    line.school.all("UPDATE telegram_lease SET unfinished = NULL")


class TelegramSide:
    """The part of a `Line` that is about the sandbox."""

    school: School
    sandbox: Sandbox
    world: World
    faults: Faults
    account: User
    bot: User

    def _user(self, kind: str) -> User:
        return {"bot": self.bot, "user": self.account}[kind]

    def refuse(
        self,
        method: str,
        message: str,
        code: int = 400,
        *,
        by: str | None = None,
        chat: Chat | None = None,
        call: GroupCall | None = None,
        times: int | None = None,
        skip: int = 0,
    ) -> Fault:
        """Answer a method with an error, until `allow`. `by`: only the "bot"'s or the "user"'s;
        `times`: only so often, after letting `skip` pass."""
        when: dict[str, Any] = {"times": times, "skip": skip}
        if by is not None:
            when["user"] = self._user(by)
        if chat is not None:
            when["chat"] = chat.group
        if call is not None:
            when["chat"] = call
        return self.faults.error(method, code, message, **when)

    def allow(self, fault: Fault | None = None) -> None:
        """Take one fault away, or all."""
        if fault is None:
            self.faults.clear()
        else:
            self.faults.remove(fault)

    def cut(self, kind: str | None = None) -> int:
        """Cut the lines of the bot ("bot") or the account ("user"), or everybody's; how many."""
        return self.sandbox.server.drop(self._user(kind).id if kind else None)

    def asked(
        self, method: str | None = None, by: str | None = None, *, after: int = 0
    ) -> list[Noted]:
        """The requests that Telegram got; `by`: the "bot" or the "user" · `after`: only those that
        came after the one of this number (`so_far`)."""
        user_id = self._user(by).id if by else None
        return [
            request
            for request in self.sandbox.server.journal
            if method in (None, request.method)
            and user_id in (None, request.user_id)
            and request.number > after
        ]

    @property
    def so_far(self) -> int:
        """The number of the newest request that Telegram got."""
        journal = self.sandbox.server.journal
        return journal[-1].number if journal else 0

    def hide_listeners(self, chat: Chat, are_hidden: bool = True) -> None:
        """Telegram shows in the chat's call those alone who speak."""
        assert chat.call is not None
        calling.hide_listeners(self.world, chat.call, are_hidden)

    def revoke(self, kind: str, error: str = "AUTH_KEY_UNREGISTERED") -> None:
        """Telegram ends all logins of the bot or of the account."""
        self.sandbox.server.revoke_user(self._user(kind).id, error)
