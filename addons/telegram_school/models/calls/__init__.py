from . import telegram_account
from . import telegram_lesson_page_mixin
from . import telegram_lesson
from . import telegram_lesson_mixin
from . import telegram_trial_lesson
