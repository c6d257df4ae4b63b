from . import small_school_pattern
from . import small_school_pattern_exception
from . import small_school_holiday
from . import small_school_substitution
from . import small_school_lesson
from . import small_school_feed
from . import res_users
