from . import small_school_attendance
from . import small_school_excuse
from . import small_school_risk
