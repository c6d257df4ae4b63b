from . import telegram_adapter
from . import other_sheet
from . import personal_data
