from . import telegram_adapter_fault
from . import telegram_words
