from . import classroom_lesson_cancel, classroom_lesson_change
from . import classroom_timetable_import, classroom_timetable_import_line
