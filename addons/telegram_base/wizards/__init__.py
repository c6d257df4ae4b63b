from . import telegram_guest_wizard
from . import telegram_link_wizard
