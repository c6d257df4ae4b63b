from . import telegram_call
