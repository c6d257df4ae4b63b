"""Rights, missing methods, failing handlers, faults, and the caller's own updates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from telethon import errors
from telethon.tl import functions, types

from telegram_sandbox import RpcError, Sandbox
from telegram_sandbox.dispatch import REGISTRY, Context, handles, method_name
from telegram_sandbox.world.people import User

from .conftest import SmallWorld, collect_texts, eventually

ME = functions.users.GetUsersRequest([types.InputUserSelf()])

# Methods that no service has: they stand here for any.
SPARE = functions.messages.SaveDefaultSendAsRequest
WITH_UPDATES = functions.messages.SetHistoryTTLRequest  # answers with `Updates`


@pytest.fixture
def registry() -> Iterator[None]:
    before = dict(REGISTRY)
    REGISTRY.pop(SPARE.CONSTRUCTOR_ID, None)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def spare() -> object:
    return SPARE(types.InputPeerSelf(), types.InputPeerSelf())


async def test_missing_method__an_error_and_a_record(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    with pytest.raises(errors.InputMethodInvalidError):
        await client(functions.payments.GetStarsTopupOptionsRequest())
    assert sandbox.server.unimplemented == ["payments.getStarsTopupOptions"]
    with pytest.raises(AssertionError):
        sandbox.check()


async def test_failing_handler__is_recorded(sandbox: Sandbox, ada: User, registry: None) -> None:
    @handles(SPARE)
    async def fails(ctx: Context, request: object) -> bool:
        raise ZeroDivisionError("oops")

    client = sandbox.client(ada, request_retries=1)
    await client.connect()
    with pytest.raises((errors.ServerError, ValueError)):
        await client(spare())
    assert "oops" in sandbox.server.crashes[0]


async def test_rights__bots_and_users(
    sandbox: Sandbox, ada: User, bot: User, registry: None
) -> None:
    for_bots = functions.messages.SetGameScoreRequest

    @handles(SPARE, for_bots)
    async def answers(ctx: Context, request: object) -> object:
        return True if isinstance(request, SPARE) else types.UpdatesTooLong()

    about_a_game = for_bots(types.InputPeerSelf(), 1, types.InputUserSelf(), 5)
    client = sandbox.client(bot)
    await client.connect()
    with pytest.raises(errors.BotMethodInvalidError):
        await client(spare())
    assert await client(about_a_game)
    client = sandbox.client(ada)
    await client.connect()
    assert await client(spare()) is True
    with pytest.raises(errors.UserBotRequiredError):
        await client(about_a_game)


async def test_refusal__of_another_method_is_a_fault_of_the_sandbox(
    sandbox: Sandbox, ada: User, registry: None
) -> None:
    refusals = iter([(400, "SEND_AS_PEER_INVALID"), (400, "PEER_FLOOD"), (400, "CHAT_TITLE_EMPTY")])

    @handles(SPARE)
    async def refuses(ctx: Context, request: object) -> bool:
        raise RpcError(*next(refusals))

    client = sandbox.client(ada)
    await client.connect()
    for documented in (errors.SendAsPeerInvalidError, errors.PeerFloodError):
        with pytest.raises(documented):
            await client(spare())
        sandbox.check()
    with pytest.raises(errors.ChatTitleEmptyError):
        await client(spare())
    assert sandbox.server.undocumented == ["messages.saveDefaultSendAs: 400 CHAT_TITLE_EMPTY"]
    with pytest.raises(AssertionError, match="CHAT_TITLE_EMPTY"):
        sandbox.check()


async def test_refusal__an_injected_one_may_be_any(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.faults.error("users.getUsers", 400, "NOBODY_KNOWS_THIS")
    with pytest.raises(errors.BadRequestError, match="NOBODY_KNOWS_THIS"):
        await client(ME)
    sandbox.check()


async def test_answer__of_another_type_is_a_fault_of_the_sandbox(
    sandbox: Sandbox, ada: User, registry: None
) -> None:
    @handles(SPARE)
    async def wrong(ctx: Context, request: object) -> object:
        return types.UpdatesTooLong()

    client = sandbox.client(ada, request_retries=1)
    await client.connect()
    with pytest.raises((errors.ServerError, ValueError)):
        await client(spare())
    assert "UpdatesTooLong" in sandbox.server.crashes[0]


async def test_before_login__only_what_logs_in(sandbox: Sandbox) -> None:
    client = sandbox.client()
    await client.connect()
    assert (await client(functions.help.GetConfigRequest())).this_dc == 2
    with pytest.raises(errors.AuthKeyUnregisteredError):
        await client(ME)


async def test_own_updates__are_in_the_answer_others_are_pushed(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User, registry: None
) -> None:
    @handles(WITH_UPDATES)
    async def writes(ctx: Context, request: object) -> types.Updates:
        world.write_private(ada, bob, "by request", 1)
        return ctx.updates()

    calling, watching = sandbox.client(ada), sandbox.client(ada)
    own, others = collect_texts(calling), collect_texts(watching)
    await calling.connect()
    await watching.connect()
    answer = await calling(WITH_UPDATES(types.InputPeerSelf(), 1))
    assert [update.message.message for update in answer.updates] == ["by request"]
    assert answer.users[0].id == bob.id
    await eventually(lambda: others == ["by request"])
    # The caller's sequence is without a gap: the next one is dispatched at once.
    world.write_private(ada, bob, "next", 2)
    await eventually(lambda: own == ["next"])


async def test_own_updates__are_pushed_when_the_answer_has_no_place(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User, registry: None
) -> None:
    @handles(SPARE)
    async def writes(ctx: Context, request: object) -> bool:
        world.write_private(ada, bob, "pushed", 1)
        return True

    client = sandbox.client(ada)
    texts = collect_texts(client)
    await client.connect()
    assert await client(spare()) is True
    await eventually(lambda: texts == ["pushed"])


async def test_faults__error_for_one_user_after_some(
    sandbox: Sandbox, ada: User, bob: User
) -> None:
    sandbox.faults.error("users.getUsers", 400, "PEER_FLOOD", user=ada, skip=1, times=2)
    of_ada, other = sandbox.client(ada), sandbox.client(bob)
    await of_ada.connect()  # asks once
    await other.connect()
    for _ in range(2):
        with pytest.raises(errors.PeerFloodError):
            await of_ada(ME)
    assert (await of_ada(ME))[0].id == ada.id
    assert (await other(ME))[0].id == bob.id
    assert [(use.method, use.user_id) for use in sandbox.faults.used] == [
        ("users.getUsers", ada.id),
        ("users.getUsers", ada.id),
    ]


async def test_faults__flood_wait_tells_the_seconds(sandbox: Sandbox, ada: User) -> None:
    client = sandbox.client(ada)
    await client.connect()
    sandbox.faults.flood_wait("users.getUsers", 7)
    with pytest.raises(errors.FloodWaitError) as raised:
        await client(ME)
    assert raised.value.seconds == 7


async def test_faults__by_chat_and_removed(sandbox: Sandbox, ada: User, registry: None) -> None:
    @handles(SPARE)
    async def works(ctx: Context, request: object) -> bool:
        return True

    client = sandbox.client(ada)
    await client.connect()
    fault = sandbox.faults.error(
        "messages.saveDefaultSendAs", 400, "PEER_FLOOD", chat=77, times=None
    )
    about_77 = SPARE(types.InputPeerChannel(77, 0), types.InputPeerSelf())
    with pytest.raises(errors.PeerFloodError):
        await client(about_77)
    assert await client(spare()) is True
    sandbox.faults.remove(fault)
    assert await client(about_77) is True


def test_faults__nonsense_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError):
        sandbox.faults.add("burn")
    with pytest.raises(ValueError):
        sandbox.faults.add("error", "users.getUsers")


def test_handles__twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"help\.getConfig"):
        handles(functions.help.GetConfigRequest)(None)


def test_handles__a_method_without_facts_is_a_mistake() -> None:
    class DoMagicRequest(functions.PingRequest):
        CONSTRUCTOR_ID = 1

    with pytest.raises(ValueError, match="script/telegram-methods"):
        handles(DoMagicRequest)(None)


def test_method_name__is_that_of_the_schema() -> None:
    assert method_name(functions.channels.InviteToChannelRequest) == "channels.inviteToChannel"
    assert method_name(functions.PingRequest(1)) == "ping"


async def test_access_hash__of_another_is_refused(
    sandbox: Sandbox, world: SmallWorld, ada: User, bob: User
) -> None:
    client = sandbox.client(ada)
    await client.connect()
    right = types.InputUser(bob.id, world.access_hash(ada.id, "user", bob.id))
    wrong = types.InputUser(bob.id, world.access_hash(bob.id, "user", bob.id))
    users = await client(functions.users.GetUsersRequest([right, wrong]))
    assert [type(user) for user in users] == [types.User, types.UserEmpty]
    assert users[0].phone is None


@pytest.mark.parametrize(
    ("mode", "shown", "takes"),
    [("everywhere", types.User, True), ("lookups", types.User, False), ("acts", types.UserEmpty, True)],
)  # fmt: skip
async def test_access_hash__a_bot_may_leave_it_out(
    sandbox: Sandbox, world: SmallWorld, ada: User, bot: User, mode: str, shown: type, takes: bool
) -> None:
    world.profile = world.profile.but(bots_without_hash=mode)
    client, person = sandbox.client(bot), sandbox.client(ada)
    for asking in (client, person):
        await asking.connect()
    without = types.InputUser(ada.id, 0)
    [user] = await client(functions.users.GetUsersRequest([without]))
    assert type(user) is shown
    full = client(functions.users.GetFullUserRequest(without))
    if takes:
        assert (await full).full_user.id == ada.id
    else:
        with pytest.raises(errors.UserIdInvalidError):
            await full
    [nobody] = await person(functions.users.GetUsersRequest([types.InputUser(bot.id, 0)]))
    assert type(nobody) is types.UserEmpty  # a person's account may not
