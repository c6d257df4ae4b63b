from . import telegram_presence
