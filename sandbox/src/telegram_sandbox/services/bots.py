"""`bots.*`: what a bot says of itself."""

from __future__ import annotations

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError

_MOST_COMMANDS = 100


@handles(functions.bots.SetBotCommandsRequest)
async def set_bot_commands(ctx: Context, request: functions.bots.SetBotCommandsRequest) -> bool:
    """Kept per language. Of the scopes, only "all private chats" is kept apart from having none."""
    if len(request.commands) > _MOST_COMMANDS:
        raise RpcError(400, "BOT_COMMANDS_TOO_MUCH")
    for one in request.commands:
        if not one.command.replace("_", "").isalnum() or one.command != one.command.lower():
            raise RpcError(400, "BOT_COMMAND_INVALID")
        if not one.description:
            raise RpcError(400, "BOT_COMMAND_DESCRIPTION_INVALID")
    ctx.user.commands[request.lang_code] = {
        one.command: one.description for one in request.commands
    }
    return True


@handles(functions.bots.GetBotCommandsRequest)
async def get_bot_commands(
    ctx: Context, request: functions.bots.GetBotCommandsRequest
) -> list[types.BotCommand]:
    kept = ctx.user.commands.get(request.lang_code, {})
    return [types.BotCommand(command, text) for command, text in kept.items()]
