from . import school
from . import telegram_adapter
