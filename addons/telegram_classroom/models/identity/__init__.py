from . import telegram_contact
from . import telegram_personal_data
from . import res_partner
