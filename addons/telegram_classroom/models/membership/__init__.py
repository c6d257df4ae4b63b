from . import telegram_chat
from . import telegram_classroom_settings_mixin
from . import telegram_classroom_mixin
from . import mail_activity
from . import telegram_enrolment_mixin
from . import telegram_member
from . import telegram_onboarding
from . import telegram_roster
