from . import telegram_presence
from . import telegram_retention
from . import telegram_sheet_due
from . import telegram_channel_answer
from . import telegram_attendance_mixin
from . import telegram_attendance
