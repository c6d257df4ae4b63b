from . import classroom_import, classroom_import_line
from . import classroom_enrolment_end
from . import classroom_lesson_cancel, classroom_lesson_change
from . import classroom_timetable_import, classroom_timetable_import_line
from . import classroom_register_wizard
from . import classroom_bbb_import, classroom_bbb_file, classroom_bbb_name
