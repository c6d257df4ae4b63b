from . import classroom_attendance
from . import classroom_excuse
from . import classroom_risk
