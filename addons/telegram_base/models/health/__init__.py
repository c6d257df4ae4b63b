from . import telegram_adapter_fault
from . import telegram_health
from . import telegram_trouble
