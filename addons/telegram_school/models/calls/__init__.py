from . import telegram_account
from . import telegram_lesson
from . import telegram_lesson_mixin
