from . import base_partner_merge
from . import telegram_contact
from . import telegram_question
from . import telegram_school_person
from . import telegram_personal_data
from . import res_partner
