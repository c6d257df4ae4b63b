from . import classroom_pattern
from . import classroom_pattern_exception
from . import classroom_holiday
from . import classroom_substitution
from . import classroom_lesson
from . import classroom_feed
from . import res_users
