from . import small_school_record_mixin
from . import res_company
from . import res_config_settings
from . import membership
from . import timetable
from . import attendance
