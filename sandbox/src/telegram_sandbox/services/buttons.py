"""Buttons under a bot's private messages that send data to the bot: pressed, and answered."""

from __future__ import annotations

import asyncio
import secrets

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world.messages import Message


@handles(functions.messages.GetBotCallbackAnswerRequest)
async def get_bot_callback_answer(
    ctx: Context, request: functions.messages.GetBotCallbackAnswerRequest
) -> types.messages.BotCallbackAnswer:
    """The bot gets the button's update, which has no number and so is never sent again. Its answer
    ends this request."""
    bot = ctx.world.resolve_user(ctx.user, request.peer)
    message = ctx.world.mailbox(ctx.user.id).messages.get(request.msg_id)
    if message is None or message.peer_id != bot.id or message.twin is None:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    if not bot.is_bot or request.data not in _data_of(message):
        raise RpcError(400, "DATA_INVALID")
    update = types.UpdateBotCallbackQuery(
        query_id=secrets.randbits(62),
        user_id=ctx.user.id,
        peer=types.PeerUser(ctx.user.id),
        msg_id=message.twin.id,
        chat_instance=ctx.user.id,
        data=request.data,
    )
    answer: asyncio.Future[types.messages.BotCallbackAnswer]
    answer = asyncio.get_running_loop().create_future()
    ctx.world.pressed[update.query_id] = (bot.id, answer)
    ctx.hub.transient((bot.id,), lambda _viewer: update)
    try:
        return await asyncio.wait_for(answer, ctx.world.profile.button_answer_s)
    except TimeoutError:
        raise RpcError(400, "BOT_RESPONSE_TIMEOUT") from None
    finally:
        del ctx.world.pressed[update.query_id]


@handles(functions.messages.SetBotCallbackAnswerRequest)
async def set_bot_callback_answer(
    ctx: Context, request: functions.messages.SetBotCallbackAnswerRequest
) -> bool:
    bot_id, answer = ctx.world.pressed.get(request.query_id, (0, None))
    if answer is None or bot_id != ctx.user.id or answer.done():
        raise RpcError(400, "QUERY_ID_INVALID")
    answer.set_result(
        types.messages.BotCallbackAnswer(
            cache_time=request.cache_time,
            alert=request.alert,
            has_url=bool(request.url),
            message=request.message,
            url=request.url,
        )
    )
    return True


def _data_of(message: Message) -> list[bytes]:
    kinds = [one.type for row in getattr(message.reply_markup, "rows", []) for one in row.buttons]
    return [one.data for one in kinds if isinstance(one, types.InlineButtonTypeCallback)]
