"""Draws stories: Hypothesis chooses the steps, and which kinds of steps a story is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from demo.stack.stack import Stack

from .player import PEOPLE, ROOMS, Player

STEPS_BETWEEN_RESTS = 6
_room = st.sampled_from(ROOMS)
_person = st.sampled_from(PEOPLE)
_which = st.integers(0, 1)
_there = {"room": _room, "person": _person}
_phone = {**_there, "which": _which}
_skip = st.integers(0, 2)
_METHODS = (
    "channels.editBanned",
    "channels.editAdmin",
    "messages.hideChatJoinRequest",
    "channels.editTitle",
    "messages.sendMessage",
    "channels.getParticipants",
    "channels.getParticipant",
)
_UPDATES = ("updateChannelParticipant", "updateBotChatInviteRequester", "updateNewMessage")
_POLICIES = st.sampled_from(
    [
        ("join", "enrol"),
        ("join", "ask"),
        ("join", "remove"),
        ("stranger", "out"),
        ("stranger", "ask"),
        ("leave", "unenrol"),
        ("leave", "flag"),
        ("title", "accept"),
        ("title", "restore"),
        ("archive", "leave"),
        ("archive", "read_only"),
        ("archive", "empty"),
    ]
)

#: Every kind of step with what is drawn for it.
STEPS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    # the school
    "enrol": _there,
    "enrol_everywhere": {"person": _person},
    "unenrol": _there,
    "enrol_again": _there,
    "block": _there,
    "unblock": _there,
    "block_everywhere": {"person": _person, "is_blocked": st.booleans()},
    "archive_person": {"person": _person, "is_archived": st.booleans()},
    "assign": {**_there, "role": st.sampled_from(["teacher", "supervisor"])},
    "end_assignment": _there,
    "archive_room": {"room": _room, "is_archived": st.booleans()},
    "rename": {"room": _room},
    "policy": {"room": _room, "field": st.none(), "value": st.none()},
    "hold_removals": {"room": _room, "is_held": st.booleans()},
    "allow_removals": {"room": _room},
    "decide": {**_there, "button": st.sampled_from(["let_in", "turn_away", "ban", "ignore"])},
    "link": {"person": _person},
    "link_another": {"person": _person},
    "unlink": {"person": _person, "which": _which},
    # Telegram
    "ask": _phone,
    "join": _phone,
    "leave": _phone,
    "add": _phone,
    "remove": _phone,
    "ban": _phone,
    "lift_ban": _phone,
    "promote": {**_phone, "rights": st.sampled_from([(), ("pin_messages",), ("ban_users",)])},
    "retitle": {"room": _room},
    "other_name": {"person": _person},
    # trouble
    "fault": {
        "kind": st.sampled_from(["lose_answer", "drop", "flood_wait"]),
        "method": st.sampled_from(_METHODS),
        "skip": _skip,
    },
    "update": {
        "kind": st.sampled_from(["lose_push", "duplicate_push", "hold_push"]),
        "update": st.sampled_from(_UPDATES),
        "skip": _skip,
    },
    "release": {},
    "cut": {},
    "kill": {"point": st.sampled_from(["", "request_approved", "member_removed", "message_sent"])},
    "stop_gateway": {},
    "start_gateway": {},
    "doorbell": {"is_there": st.booleans()},
}


class StoryMachine(RuleBasedStateMachine):
    """A story. It ends with the first thing that does not hold, which `ended` gets with the
    player: raised here, Hypothesis would play the whole story again to be sure of it."""

    stack: Stack
    ended: Callable[[Player, BaseException | None], None]

    @initialize()
    def begin(self) -> None:
        self.player = Player(self.stack)
        self.steps = 0
        self.error: BaseException | None = None
        self._guarded(self.player.begin)

    def _guarded(self, play: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        if self.error is None:
            try:
                play(*args, **kwargs)
            except Exception as error:
                self.error = error

    def play(self, name: str, arguments: dict[str, Any]) -> None:
        self.steps += 1
        self._guarded(self.player.play, name, **arguments)

    @invariant()
    def both_sides_agree(self) -> None:
        if self.steps >= STEPS_BETWEEN_RESTS:
            self.steps = 0
            self._guarded(self.player.rest)

    def teardown(self) -> None:
        if self.steps:
            self._guarded(self.player.rest)
        self.player.close()
        self.ended(self.player, self.error)


def _add_rule(name: str, drawn: dict[str, st.SearchStrategy[Any]]) -> None:
    if name == "policy":

        def play(self: StoryMachine, room: str, chosen: tuple[str, str]) -> None:
            self.play("policy", {"room": room, "field": chosen[0], "value": chosen[1]})

        drawn = {"room": _room, "chosen": _POLICIES}
    else:

        def play(self: StoryMachine, **arguments: Any) -> None:  # type: ignore[misc]
            self.play(name, arguments)

    play.__name__ = play.__qualname__ = name
    setattr(StoryMachine, name, rule(**drawn)(play))


for _name, _drawn in STEPS.items():
    _add_rule(_name, _drawn)


Ended = Callable[[Player, BaseException | None], None]


def play_stories(
    stack: Stack, stories: int, steps: int, ended: Ended, *, number: int | None = None
) -> None:
    """Play so many stories of so many steps, always the same ones for a number. `ended` is called
    at the end of each with the player and what did not hold, if something did not."""
    machine = type("Story", (StoryMachine,), {"stack": stack, "ended": staticmethod(ended)})
    if number is not None:
        machine = seed(number)(machine)
    chosen = settings(
        max_examples=stories,
        stateful_step_count=steps,
        derandomize=number is None,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=chosen, _min_steps=steps)
