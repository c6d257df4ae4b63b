from . import school
from . import telegram_adapter
from . import personal_data
