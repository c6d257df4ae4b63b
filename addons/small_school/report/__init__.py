from . import attendance_report
from . import register_report
