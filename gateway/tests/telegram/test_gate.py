"""Nothing is changed on Telegram while somebody has paused it."""

from __future__ import annotations

import pytest
from telegram_gateway.telegram.errors import Frozen, Paused
from telegram_gateway.telegram.gate import GatedClient, is_changing, working_for
from telethon import functions, types
from telethon.sessions import MemorySession

CHANNEL = types.InputChannel(1, 2)
CHANGING = [
    functions.channels.CreateChannelRequest(title="", about=""),
    functions.channels.EditBannedRequest(CHANNEL, types.InputPeerSelf(), None),
    functions.channels.InviteToChannelRequest(CHANNEL, []),
    functions.messages.HideChatJoinRequestRequest(types.InputPeerSelf(), types.InputUserSelf()),
    functions.messages.ExportChatInviteRequest(types.InputPeerSelf()),
    functions.messages.SendMessageRequest(types.InputPeerSelf(), ""),
    functions.phone.CreateGroupCallRequest(types.InputPeerSelf()),
    functions.phone.DiscardGroupCallRequest(types.InputGroupCall(1, 2)),
]
READING = [
    functions.channels.GetFullChannelRequest(CHANNEL),
    functions.messages.CheckChatInviteRequest(""),
    functions.phone.GetGroupParticipantsRequest(types.InputGroupCall(1, 2), [], [], "", 1),
    functions.updates.GetDifferenceRequest(1, None, 1),
    functions.InvokeWithoutUpdatesRequest(functions.help.GetConfigRequest()),
]


def name(request) -> str:
    return type(request).__name__


@pytest.mark.parametrize("request_", CHANGING, ids=name)
def test_changing(request_) -> None:
    assert is_changing(request_)
    assert is_changing(functions.InvokeWithoutUpdatesRequest(request_))


@pytest.mark.parametrize("request_", READING, ids=name)
def test_reading(request_) -> None:
    assert not is_changing(request_)


async def test_gate__asked_for_the_chat_of_the_lane_and_before_anything_is_sent() -> None:
    client = GatedClient(MemorySession(), 1, "x")
    asked = []

    async def may(chat_id):
        asked.append(chat_id)
        return False

    client.may = may
    working_for.set(7)
    with pytest.raises(Paused):
        await client(CHANGING[0])
    with pytest.raises(Paused):
        await client([READING[0], CHANGING[0]])  # several at once
    assert asked == [7, 7]
    with pytest.raises(ConnectionError):  # allowed through the gate; it is not connected
        await client(READING[0])
    assert asked == [7, 7]


async def test_gate__a_frozen_account_changes_nothing() -> None:
    client = GatedClient(MemorySession(), 1, "x")

    class Frosty:
        async def may_change(self) -> bool:
            return False

    client.standing = Frosty()
    for request in CHANGING:
        with pytest.raises(Frozen):
            await client(request)
    with pytest.raises(ConnectionError):  # it is let through, to where there is no line
        await client(READING[0])
