"""Cells for a line of attendance in the tables of a lesson and of a student."""

from datetime import datetime


def time_cells(line):
    """Arrival, departure, minutes and percentage."""
    return [
        time_of(line.arrived),
        time_of(line.departed),
        round(line.minutes),
        round(line.percentage, 1),
    ]


def time_of(text):
    """The time of "09:30"; None for an empty text."""
    return datetime.strptime(text, "%H:%M").time() if text else None
