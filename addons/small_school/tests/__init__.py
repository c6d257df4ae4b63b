from . import test_doors, test_portal, test_rights, test_slices
from .membership import (
    test_enrolment,
    test_import,
    test_schools_word,
)
from .timetable import (
    test_feed,
    test_lesson_times,
    test_timetable,
    test_timetable_import,
)
from .attendance import (
    test_all_present,
    test_attendance,
    test_bigbluebutton,
    test_excuse,
    test_portal_excuse,
    test_reports,
    test_sheet_by_hand,
    test_statistics,
)
