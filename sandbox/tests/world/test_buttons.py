"""Buttons under a bot's messages: pressed, answered, and the message edited."""

from __future__ import annotations

import asyncio

import pytest
from telethon import Button, errors, functions, types

from .conftest import Phone, Stage, eventually


async def with_button(stage: Stage) -> tuple[Phone, Phone, types.Message]:
    """A bot, somebody who started it, and the message with a button that they got."""
    ada, bot = await stage.phone("Ada"), await stage.bot()
    await ada.client.send_message(bot.user.username, "/start")
    await eventually(lambda: bot.seen(types.UpdateNewMessage))
    buttons = [[Button.inline("On", b"/on"), Button.url("School", "https://t.me/school")]]
    await bot.client.send_message(ada.user.id, "Off", buttons=buttons)
    await eventually(lambda: ada.seen(types.UpdateNewMessage))
    [update] = ada.seen(types.UpdateNewMessage)
    return ada, bot, update.message


async def query_of(bot: Phone) -> types.UpdateBotCallbackQuery:
    await eventually(lambda: bot.seen(types.UpdateBotCallbackQuery))
    return bot.seen(types.UpdateBotCallbackQuery)[0]


def press(ada: Phone, message: types.Message, data: bytes):
    request = functions.messages.GetBotCallbackAnswerRequest("secretary_bot", message.id, data=data)
    return asyncio.create_task(ada(request))


async def test_pressed__the_bot_is_told_answers_and_edits(stage: Stage) -> None:
    ada, bot, message = await with_button(stage)
    pressed = press(ada, message, b"/on")
    query = await query_of(bot)
    assert (query.user_id, query.data) == (ada.user.id, b"/on")
    assert not pressed.done()
    answer = functions.messages.SetBotCallbackAnswerRequest(query.query_id, 0, message="Noted")
    assert await bot(answer)
    assert (await pressed).message == "Noted"
    with pytest.raises(errors.QueryIdInvalidError):
        await bot(answer)

    edited = [[Button.inline("Off", b"/off")]]
    await bot.client.edit_message(ada.user.id, query.msg_id, "On", buttons=edited)
    await eventually(lambda: ada.seen(types.UpdateEditMessage))
    [update] = ada.seen(types.UpdateEditMessage)
    assert (update.message.id, update.message.message) == (message.id, "On")
    with pytest.raises(errors.DataInvalidError):
        await press(ada, message, b"/on")


async def test_pressed__a_bot_that_does_not_answer(stage: Stage) -> None:
    ada, bot, message = await with_button(stage)
    stage.world.profile = stage.world.profile.but(button_answer_s=0)
    with pytest.raises(errors.BotResponseTimeoutError):
        await press(ada, message, b"/on")
    query = await query_of(bot)
    with pytest.raises(errors.QueryIdInvalidError):
        await bot(functions.messages.SetBotCallbackAnswerRequest(query.query_id, 0))


async def test_pressed__only_buttons_that_are_there(stage: Stage) -> None:
    ada, _bot, message = await with_button(stage)
    with pytest.raises(errors.DataInvalidError):
        await press(ada, message, b"/other")
    with pytest.raises(errors.MessageIdInvalidError):
        await press(ada, types.Message(id=999, peer_id=None, date=None, message=""), b"/on")
