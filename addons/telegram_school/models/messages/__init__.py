from . import telegram_notice_template
from . import telegram_notice_wizard
from . import telegram_bot
from . import telegram_notice_mail
