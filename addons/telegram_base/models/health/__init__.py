from . import telegram_health
from . import telegram_trouble
