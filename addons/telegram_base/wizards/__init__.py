from . import telegram_link_wizard
