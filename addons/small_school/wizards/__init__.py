from . import slices
from . import membership, timetable, attendance
