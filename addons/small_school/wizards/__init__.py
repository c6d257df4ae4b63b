from . import membership, timetable, attendance
