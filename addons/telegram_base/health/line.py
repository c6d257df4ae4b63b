"""One line of the judgement; see `lines`."""

from collections import namedtuple

#: The best first.
LEVELS = ("ok", "note", "act", "down")

Line = namedtuple("Line", "section code level source facts pool subject chat is_alarm")


def line(section, code, level, source, facts, pool="x.pool", subject="''", chat="NULL", alarm="f"):
    """level, pool, subject, chat, alarm and the values of the dict facts: SQL over `source`."""
    alarm = {"f": "false", "t": "true"}.get(alarm, alarm)
    level = "'%s'" % level if level in LEVELS else level
    return Line(section, code, level, source, facts, pool, subject, chat, alarm)
