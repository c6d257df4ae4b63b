from . import telegram_plan_wizard
from . import telegram_bind_wizard
from . import telegram_guest_wizard
from . import telegram_review_wizard
