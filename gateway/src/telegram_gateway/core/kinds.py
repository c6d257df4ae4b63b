"""The table of all kinds of commands and facts. Whatever differs from kind to kind is written here,
once. Pure.

A new kind is one row here, one row in docs/dev/contract.md, and the handler that the row names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

AccountKind = Literal["bot", "user"]
#: An account's kind and Telegram's name of a method ("phone.createGroupCall").
Method = tuple[str, str]

_OPEN: Method = ("user", "phone.createGroupCall")
_CLOSE: Method = ("user", "phone.discardGroupCall")
_SEND: Method = ("bot", "messages.sendMessage")


@dataclass(frozen=True, kw_only=True)
class CommandKind:
    """A kind of command, as the gateway deals with it. `room`: the package that serves it.
    `sentence`: what it asks for.

    `handler`: an entry point, "package.module:function". It is given a `pool.Work` and the command,
    and returns the command's result. For a kind that `is_folded`, it is given all due commands of
    the lane, and settles their rows itself. Empty: the kind does not go through lanes.

    `lane`: the name of the lane. There is one for each chat, or with `is_one_lane` one for all
    commands of the kind. `needs`: the account without which nothing of it can be done; the command
    waits while that account is frozen. `method`: the method that changes Telegram; the command
    waits while Telegram wants that method left alone.
    """

    room: str
    sentence: str
    handler: str = ""
    lane: str = "call"
    is_one_lane: bool = False
    #: All due commands of a lane are done as one.
    is_folded: bool = False
    #: Done though a person has paused the chat.
    only_reads: bool = False
    needs: AccountKind | None = None
    method: Method | None = None
    #: It sends a message: the rate limit counts it, and an earlier try may have gone out.
    is_message: bool = False
    #: People read how late it was done, and why.
    is_timed: bool = False
    #: However often it fails, it is tried again, and soon once Telegram is back: a lesson waits.
    is_tried_on: bool = False
    #: Somebody may do it by hand: it looks for that first, even while its account is frozen.
    may_be_adopted: bool = False
    #: Of two equally urgent commands that were due at the same instant, the other is done first.
    comes_last: bool = False


COMMANDS: Mapping[str, CommandKind] = MappingProxyType(
    {
        "reconcile": CommandKind(
            room="membership",
            sentence="Compare roster and group of a chat, and do what follows.",
            handler="telegram_gateway.membership.lane:reconcile_chat",
            lane="membership",
            is_folded=True,
            needs="bot",
        ),
        "delete_group": CommandKind(
            room="membership",
            sentence="Delete the group of an archived chat for good.",
            handler="telegram_gateway.membership.delete_group:delete_group",
            needs="user",
        ),
        "list_groups": CommandKind(
            room="membership",
            sentence="List the groups of the user account that a chat could be bound to.",
            handler="telegram_gateway.membership.list_groups:list_groups",
            lane="private",
            is_one_lane=True,
            only_reads=True,
        ),
        "plan": CommandKind(
            room="membership",
            sentence="Say what would be done on Telegram now, without doing it.",
            handler="telegram_gateway.membership.dry_run:plan_command",
            lane="plan",
            only_reads=True,
        ),
        "send": CommandKind(
            room="messages",
            sentence="Send a message to a chat's group, or to one person.",
            handler="telegram_gateway.messages.send:send",
            lane="messages",
            needs="bot",
            method=_SEND,
            is_message=True,
            is_timed=True,
        ),
        "open_call": CommandKind(
            room="calls",
            sentence="Open the call of a lesson, or adopt the one that somebody began by hand.",
            handler="telegram_gateway.calls.open:open_call",
            needs="user",
            method=_OPEN,
            is_timed=True,
            is_tried_on=True,
            may_be_adopted=True,
        ),
        # No account is needed: what a frozen one cannot close is left open, and Odoo is told.
        "close_call": CommandKind(
            room="calls",
            sentence="Close the call of a lesson, unless people talk or another lesson needs it.",
            handler="telegram_gateway.calls.close:close_call",
            method=_CLOSE,
            is_timed=True,
            is_tried_on=True,
            comes_last=True,  # an opening that a dead gateway left comes before the close
        ),
        "announce_call": CommandKind(
            room="calls",
            sentence="Announce a call in the group before it begins.",
            handler="telegram_gateway.calls.schedule:announce_call",
            needs="user",
            method=_OPEN,
            is_timed=True,
        ),
        "withdraw_call": CommandKind(
            room="calls",
            sentence="Take an announced call back, unless it has begun.",
            handler="telegram_gateway.calls.schedule:withdraw_call",
            needs="user",
            is_tried_on=True,
        ),
        "lookup_phone": CommandKind(
            room="identity",
            sentence="Look up which Telegram account a telephone number has.",
            handler="telegram_gateway.identity.lookup:look_up",
            lane="lookup",
            is_one_lane=True,  # one budget for all of them: a wait is a wait for each
            needs="user",
        ),
        "make_link": CommandKind(
            room="identity",
            sentence="Make one person's own link by which to ask to join.",
            handler="telegram_gateway.identity.lookup:make_link",
            lane="links",
            needs="bot",
        ),
        "login": CommandKind(
            room="identity",
            sentence="Take a step of a login; the desk of the process that it names answers.",
            only_reads=True,
        ),
        "prune": CommandKind(
            room="identity",
            sentence="Delete what is older than the school wants it kept.",
            handler="telegram_gateway.identity.prune:prune",
            lane="private",
            is_one_lane=True,
            only_reads=True,
        ),
        "forget": CommandKind(
            room="identity",
            sentence="Erase a person: out of the groups, and out of everything that is kept.",
            handler="telegram_gateway.identity.erase:forget",
            lane="forget",
            is_one_lane=True,
            needs="bot",
        ),
    }
)

#: A kind that this version does not know; there is no handler, so it is refused.
UNKNOWN_COMMAND = CommandKind(room="run", sentence="A kind that this version does not know.")


def command_kind(kind: str) -> CommandKind:
    """The row of a kind; UNKNOWN_COMMAND where there is none."""
    return COMMANDS.get(kind, UNKNOWN_COMMAND)


@dataclass(frozen=True, kw_only=True)
class FactKind:
    """A kind of fact: the room that reports it, and what it says."""

    room: str
    sentence: str


def _facts(room: str, **sentences: str) -> dict[str, FactKind]:
    return {kind: FactKind(room=room, sentence=said) for kind, said in sentences.items()}


FACTS: Mapping[str, FactKind] = MappingProxyType(
    _facts(
        "membership",
        chat_ready="The chat has a group, and a link leads to it.",
        chat_broken="The group cannot be kept as it is until a person has mended it.",
        title_changed="Somebody changed the group's title on Telegram.",
        member_joined="Somebody is in the group whom the roster does not have there.",
        member_left="Somebody left the group by themselves.",
        member_removed="Somebody was removed from the group, or banned.",
        member_promoted="Somebody was given the rights of an admin.",
        member_demoted="The rights of an admin were taken from somebody.",
        removals_held="More people would be removed at once than the removal limit allows.",
        request_waiting="Somebody asks to join, and a person has to decide.",
        account_limited="For a while an account may add nobody, or write to no stranger.",
    )
    | _facts(
        "messages",
        bot_message="Somebody wrote to the bot.",
        button_pressed="Somebody pressed a button under a message of the bot's.",
    )
    | _facts(
        "calls",
        call_opened="A call runs in the group.",
        call_closed="The call is over.",
        call_kept="A call that was to be closed goes on.",
        call_given_up="A call that ended too early is not opened again.",
        participant_joined="Somebody joined the call.",
        participant_left="Somebody left the call.",
        observation_lost="From here on nobody can say who is in the call.",
        observation_back="From here on it is known again who is in the call.",
        listeners_hidden="From here on Telegram shows those alone who spoke.",
        listeners_shown="From here on Telegram shows listeners again.",
    )
    | _facts(
        "identity",
        phone_looked_up="What Telegram said of a telephone number.",
        link_made="A person's own link was made.",
        person_changed="Somebody is called otherwise now, or has deleted their account.",
        person_forgotten="Nothing that the gateway keeps says anything of that person any more.",
    )
    | _facts(
        "run",
        # The gateway inserts neither of the first two: Odoo reads telegram_account.
        account_lost="Telegram accepts the login of an account no more.",
        account_back="An account has logged in again.",
        account_frozen="Telegram has frozen an account: it may change nothing.",
        account_thawed="An account may change something again.",
    )
)
