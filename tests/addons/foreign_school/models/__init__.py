from . import school
from . import feuille
from . import telegram_adapter
from . import personal_data
