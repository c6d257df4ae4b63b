from . import telegram_agreement
from . import telegram_plan_wizard
from . import telegram_bind_wizard
from . import telegram_guest_wizard
from . import telegram_link_wizard
from . import telegram_review_wizard
from . import telegram_people_wizard
from . import telegram_erasure_wizard
