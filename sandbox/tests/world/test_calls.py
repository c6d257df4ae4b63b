"""Group calls: who is in, under which version, and what everybody is told."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from telethon import errors
from telethon.tl import functions, types

from telegram_sandbox.backoffice.control import Control
from telegram_sandbox.world import calling

from .conftest import Phone, Stage, eventually, seen_by

_SOURCES = itertools.count(1)


async def create(phone: Phone, group: object, **options: object) -> types.InputGroupCall:
    request = functions.phone.CreateGroupCallRequest(group, random_id=next(_SOURCES), **options)
    answer = await phone(request)
    calls = [u.call for u in answer.updates if isinstance(u, types.UpdateGroupCall)]
    call = next(one for one in calls if isinstance(one, types.GroupCall))
    return types.InputGroupCall(call.id, call.access_hash)


async def call_for(phone: Phone, group: types.Channel) -> types.InputGroupCall | None:
    full = await phone(functions.channels.GetFullChannelRequest(await seen_by(phone, group)))
    return full.full_chat.call


async def join(phone: Phone, call: types.InputGroupCall, source: int) -> None:
    await phone(
        functions.phone.JoinGroupCallRequest(
            call=call,
            join_as=types.InputPeerSelf(),
            params=types.DataJSON(json.dumps({"ssrc": source})),
            muted=True,
        )
    )


async def inside(phone: Phone, call: types.InputGroupCall) -> list[int]:
    """Everybody in the call, read page by page."""
    listed, offset = [], ""
    while True:
        page = await phone(functions.phone.GetGroupParticipantsRequest(call, [], [], offset, 100))
        listed += [participant.peer.user_id for participant in page.participants]
        offset = page.next_offset
        if not offset:
            return listed


async def scene(stage: Stage, *names: str) -> tuple[types.Channel, Phone, list[Phone]]:
    owner = await stage.phone("Ada")
    group = await stage.group(owner)
    others = [await stage.phone(name) for name in names]
    if others:
        await stage.add(owner, group, *others)
    return group, owner, others


async def test_joins_and_leaves__raise_the_version_one_by_one(stage: Stage) -> None:
    group, ada, [bob, eve] = await scene(stage, "Bob", "Eve")
    call = await create(ada, group, title="Algebra")
    for phone, source in ((bob, 11), (eve, 12)):
        await join(phone, await call_for(phone, group), source)
    await bob(functions.phone.LeaveGroupCallRequest(await call_for(bob, group), 11))
    await eventually(lambda: len(ada.seen(types.UpdateGroupCallParticipants)) == 3)
    updates = ada.seen(types.UpdateGroupCallParticipants)
    assert [update.version for update in updates] == [2, 3, 4]
    first, _, last = [update.participants[0] for update in updates]
    assert (first.just_joined, first.versioned, first.peer.user_id) == (True, True, bob.user.id)
    assert (last.left, last.peer.user_id) == (True, bob.user.id)
    assert await inside(ada, call) == [eve.user.id]
    assert stage.sandbox.world.calls[call.id].version == 4


async def test_second_device__replaces_the_first(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    call = await create(ada, group)
    tablet = await stage.connect(bob.user)
    await tablet.client.get_dialogs()
    await join(bob, await call_for(bob, group), 11)
    full = await tablet(
        functions.channels.GetFullChannelRequest(
            await tablet.client.get_input_entity(types.PeerChannel(group.id))
        )
    )
    await join(tablet, full.full_chat.call, 12)
    assert await inside(ada, call) == [bob.user.id]
    await bob(functions.phone.LeaveGroupCallRequest(full.full_chat.call, 11))
    assert await inside(ada, call) == [bob.user.id]


async def test_creating__while_one_runs_ends_it(stage: Stage) -> None:
    group, ada, _ = await scene(stage)
    first = await create(ada, group)
    second = await create(ada, group)
    assert (await call_for(ada, group)).id == second.id
    discard = functions.phone.DiscardGroupCallRequest(first)
    with pytest.raises(errors.GroupcallAlreadyDiscardedError):
        await ada(discard)


async def test_discarded__says_how_long_it_took(stage: Stage) -> None:
    group, ada, _ = await scene(stage)
    call = await create(ada, group)
    stage.world.clock.advance(90)
    answer = await ada(functions.phone.DiscardGroupCallRequest(call))
    [message] = [u.message for u in answer.updates if isinstance(u, types.UpdateNewChannelMessage)]
    assert 90 <= message.action.duration <= 92
    assert await call_for(ada, group) is None


async def test_who_leaves_the_group__leaves_the_call(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    call = await create(ada, group)
    await join(bob, await call_for(bob, group), 11)
    await bob(functions.channels.LeaveChannelRequest(await seen_by(bob, group)))
    assert await inside(ada, call) == []


async def test_empty__ends_by_itself(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    await create(ada, group)
    call = await call_for(bob, group)
    await join(bob, call, 11)
    stage.world.clock.advance(10_000)
    assert await call_for(ada, group) is not None
    await bob(functions.phone.LeaveGroupCallRequest(call, 11))
    stage.world.clock.advance(1_801)
    assert await call_for(ada, group) is None


async def test_scheduled__starts_only_when_told(stage: Stage) -> None:
    group, ada, _ = await scene(stage)
    when = stage.world.clock.now().replace(microsecond=0)
    with pytest.raises(errors.ScheduleDateInvalidError):
        await create(ada, group, schedule_date=when)
    call = await create(ada, group, schedule_date=when + timedelta(hours=1))
    with pytest.raises(errors.GroupcallForbiddenError):
        await join(ada, call, 11)
    start = functions.phone.StartScheduledGroupCallRequest(call)
    await ada(start)
    with pytest.raises(errors.GroupcallAlreadyStartedError):
        await ada(start)
    await join(ada, call, 11)


async def test_probe__shows_at_least_three(stage: Stage) -> None:
    names = ["Bob", "Eve", "Dan", "Fay", "Gus"]
    group, ada, others = await scene(stage, *names)
    call = await create(ada, group)
    for number, phone in enumerate(others):
        await join(phone, await call_for(phone, group), 20 + number)
    stage.world.profile = stage.world.profile.but(call_page=3)
    answer = await ada(functions.phone.GetGroupCallRequest(call, limit=1))
    assert (len(answer.participants), answer.call.participants_count) == (3, 5)
    assert answer.participants_next_offset
    assert await inside(ada, call) == [phone.user.id for phone in others]


async def test_hidden_listeners__are_not_listed(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    call = await create(ada, group)
    stage.world.calls[call.id].listeners_hidden = True
    await join(bob, await call_for(bob, group), 11)
    assert await inside(ada, call) == []
    answer = await ada(functions.phone.GetGroupCallRequest(call, limit=1))
    assert answer.call.participants_count == 1


async def test_hidden_listeners__all_are_told_that_they_are_and_see_who_speaks(
    stage: Stage,
) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    call = await create(ada, group)
    await join(bob, await call_for(bob, group), 11)
    desk = Control(stage.sandbox)
    async with TestClient(TestServer(desk.app)) as client:
        answer = await client.patch(f"/calls/{call.id}", json={"listeners_hidden": True})
        assert (await answer.json())["listeners_hidden"]
        await eventually(
            lambda: any(update.call.listeners_hidden for update in ada.seen(types.UpdateGroupCall))
        )
        assert await inside(ada, call) == []
        acts = [[0, "speak", bob.user.id], [0.1, "join", ada.user.id], [0.2, "leave", ada.user.id]]
        await client.post(f"/calls/{call.id}/acts", json={"acts": acts})
        await eventually(lambda: stage.world.calls[call.id].version == 4)
        assert await inside(ada, call) == [bob.user.id]
        for wrong in ([[0, "dance", bob.user.id]], [[0, "join", 5]], [[0, "join"]]):
            answer = await client.post(f"/calls/{call.id}/acts", json={"acts": wrong})
            assert answer.status in (400, 404)
        assert (await client.patch("/calls/5", json={"listeners_hidden": True})).status == 404


async def test_rights__of_plain_members(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    with pytest.raises(errors.ChatAdminRequiredError):
        await create(bob, await seen_by(bob, group))
    await create(ada, group)
    with pytest.raises(errors.GroupcallForbiddenError):
        await bob(functions.phone.DiscardGroupCallRequest(await call_for(bob, group)))


async def test_recording__runs_until_it_is_stopped_or_the_call_ends(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    call = await create(ada, group)
    record = functions.phone.ToggleGroupCallRecordRequest
    with pytest.raises(errors.GroupcallNotModifiedError):
        await ada(record(call))
    with pytest.raises(errors.GroupcallForbiddenError):
        await bob(record(await call_for(bob, group), start=True))
    await ada(record(call, start=True, video=True, video_portrait=False, title="Algebra"))
    with pytest.raises(errors.GroupcallNotModifiedError):
        await ada(record(call, start=True))
    shown = (await ada(functions.phone.GetGroupCallRequest(call, limit=1))).call
    assert shown.record_start_date and shown.record_video_active
    await ada(record(call))
    shown = (await ada(functions.phone.GetGroupCallRequest(call, limit=1))).call
    assert not shown.record_start_date and not shown.record_video_active
    await ada(record(call, start=True))
    await ada(functions.phone.DiscardGroupCallRequest(call))
    kept = stage.world.calls[call.id].recordings
    assert [(recording.title, recording.is_video, recording.by) for recording in kept] == [
        ("Algebra", True, ada.user.id),
        (None, False, ada.user.id),
    ]
    assert all(recording.ended_at for recording in kept)


async def test_recording__not_of_a_call_that_is_only_announced(stage: Stage) -> None:
    group, ada, _ = await scene(stage)
    when = stage.world.clock.now().replace(microsecond=0) + timedelta(hours=1)
    call = await create(ada, group, schedule_date=when)
    with pytest.raises(errors.GroupcallForbiddenError):
        await ada(functions.phone.ToggleGroupCallRecordRequest(call, start=True))


async def test_title__of_more_than_64_characters_is_cut(stage: Stage) -> None:
    group, ada, _ = await scene(stage)
    call = await create(ada, group, title="x" * 65)
    assert stage.world.calls[call.id].title == "x" * 64
    await ada(functions.phone.EditGroupCallTitleRequest(call, "y" * 70))
    assert stage.world.calls[call.id].title == "y" * 64


async def test_title__of_more_than_64_characters_is_refused(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(call_title_refused=True)
    group, ada, _ = await scene(stage)
    with pytest.raises(errors.CreateCallFailedError):
        await create(ada, group, title="x" * 65)
    call = await create(ada, group, title="x" * 64)
    record = functions.phone.ToggleGroupCallRecordRequest(call, start=True, title="x" * 65)
    with pytest.raises(errors.GroupcallForbiddenError):
        await ada(record)


@pytest.mark.parametrize("is_the_call", [False, True])
async def test_live_story__is_told_as_one(stage: Stage, is_the_call: bool) -> None:
    stage.world.profile = stage.world.profile.but(live_story_is_the_call=is_the_call)
    group, ada, [bob] = await scene(stage, "Bob")
    story = calling.live_story(stage.world, stage.world.channels[group.id], ada.user)
    await eventually(lambda: bob.seen(types.UpdateGroupCall))
    [update] = bob.seen(types.UpdateGroupCall)
    assert update.live_story and update.call.id == story.id
    named = await call_for(bob, group)
    assert (named is not None and named.id == story.id) is is_the_call


async def test_as_a_channel__one_s_own_alone(stage: Stage) -> None:
    group, ada, [bob] = await scene(stage, "Bob")
    await create(ada, group)
    made = await bob(functions.channels.CreateChannelRequest("Bob's blog", "", broadcast=True))
    [blog] = made.chats
    offered = await bob(functions.phone.GetGroupCallJoinAsRequest(await seen_by(bob, group)))
    assert [getattr(offer, "channel_id", None) for offer in offered.peers] == [None, blog.id]
    assert [chat.title for chat in offered.chats] == ["Bob's blog"]

    def as_peer(peer: types.TypeInputPeer, call: types.InputGroupCall) -> object:
        params = types.DataJSON(json.dumps({"ssrc": 21}))
        return functions.phone.JoinGroupCallRequest(call=call, join_as=peer, params=params)

    call = await call_for(bob, group)
    await bob(as_peer(types.InputPeerChannel(blog.id, blog.access_hash), call))
    page = await ada(
        functions.phone.GetGroupParticipantsRequest(await call_for(ada, group), [], [], "", 100)
    )
    assert [participant.peer.channel_id for participant in page.participants] == [blog.id]
    assert "Bob's blog" in [chat.title for chat in page.chats]
    own = await seen_by(bob, group)
    for peer in (
        types.InputPeerChannel(own.channel_id, own.access_hash),  # no anonymous administrator
        await bob.client.get_input_entity(ada.user.id),
    ):
        with pytest.raises(errors.JoinAsPeerInvalidError):
            await bob(as_peer(peer, call))
    await bob(functions.phone.LeaveGroupCallRequest(call, 21))
