from . import telegram_chat
from . import telegram_classroom_mixin
from . import telegram_classroom_facts
from . import telegram_enrolment_mixin
from . import telegram_lesson_mixin
from . import telegram_lesson_sheet
from . import telegram_attendance_mixin
from . import res_config_settings
