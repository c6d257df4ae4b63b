"""The list of commands that Telegram shows beside the bot's writing field, in both languages."""

from __future__ import annotations

from telethon import TelegramClient, functions, types

from telegram_gateway.telegram.errors import translated
from telegram_gateway.texts import bot_commands


async def register(bot: TelegramClient) -> None:
    """Set the list of commands, for each language. Raises TelegramError."""
    scope = types.BotCommandScopeUsers()
    for lang_code, texts in bot_commands().items():
        commands = [types.BotCommand(command, text) for command, text in texts.items()]
        with translated():
            await bot(functions.bots.SetBotCommandsRequest(scope, lang_code, commands))
