"""Finding people by number, within hidden quotas; and what a bot says of its commands."""

from __future__ import annotations

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage


async def _import(phone: Phone, *numbers: str) -> types.contacts.ImportedContacts:
    contacts = [
        types.InputPhoneContact(n, number, first_name="?", last_name="")
        for n, number in enumerate(numbers, 1)
    ]
    return await phone(functions.contacts.ImportContactsRequest(contacts))


async def test_import__found_unknown_and_hidden_come_back_differently(stage: Stage) -> None:
    me, findable, hidden = [await stage.phone(name) for name in ("Me", "Found", "Hidden")]
    hidden.user.findable = False
    answer = await _import(me, f"+{findable.user.phone}", f"+{hidden.user.phone}", "+33699999999")
    assert [imported.client_id for imported in answer.imported] == [1]
    assert [invite.client_id for invite in answer.popular_invites] == [3]
    assert answer.retry_contacts == []
    assert me.user.contacts == {findable.user.id}
    await me(functions.contacts.DeleteContactsRequest(answer.users))
    assert me.user.contacts == set()


async def test_import__asked_too_often_is_retry_and_then_a_wait(stage: Stage) -> None:
    stage.world.profile = stage.world.profile.but(import_contacts_found_per_day=1)
    me, findable, more = [await stage.phone(name) for name in ("Me", "Found", "More")]
    assert (await _import(me, f"+{findable.user.phone}")).retry_contacts == []
    for _ in range(2):
        answer = await _import(me, f"+{more.user.phone}")
        assert (answer.imported, answer.retry_contacts) == ([], [1])
    with pytest.raises(errors.FloodWaitError):
        await _import(me, f"+{more.user.phone}")


async def test_commands__kept_by_language_and_checked(stage: Stage) -> None:
    bot = await stage.bot("Helper")
    scope = types.BotCommandScopeUsers()

    def request(lang: str, *commands: tuple[str, str]) -> functions.bots.SetBotCommandsRequest:
        return functions.bots.SetBotCommandsRequest(
            scope, lang, [types.BotCommand(*one) for one in commands]
        )

    assert await bot(request("", ("help", "what I do")))
    assert await bot(request("fr", ("help", "ce que je fais")))
    asked = functions.bots.GetBotCommandsRequest(scope, "fr")
    assert [(command.command, command.description) for command in await bot(asked)] == [
        ("help", "ce que je fais")
    ]
    with pytest.raises(errors.BotCommandInvalidError):
        await bot(request("", ("Not A Command", "x")))
    someone = await stage.phone("Someone")
    with pytest.raises(errors.RPCError):
        await someone(request("", ("help", "x")))
