from . import classroom_lesson_hand
from . import classroom_lesson_present
from . import classroom_attendance
from . import classroom_excuse
from . import classroom_excuse_sheets
from . import classroom_register
from . import classroom_record
from . import classroom_risk
