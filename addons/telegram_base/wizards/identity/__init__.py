from . import telegram_link_wizard
from . import telegram_people_wizard
from . import telegram_erasure_wizard
