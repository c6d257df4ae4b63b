from . import telegram_health_words
from . import telegram_health
from . import telegram_health_page
from . import telegram_health_buttons
from . import telegram_trouble
