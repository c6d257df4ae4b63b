from . import telegram_agreement
from . import membership
from . import identity
