from . import attendance_report
from . import sheet_report
