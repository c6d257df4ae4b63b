from . import telegram_bot
from . import telegram_mailing
from . import telegram_attachment
from . import telegram_text_fault
