"""Bounds of time and number that several services share. All times are durations."""

from datetime import timedelta

#: Commands are written for lessons that begin within this time.
HORIZON = timedelta(days=7)
#: Lessons that ended longer ago are left alone by the cron.
PAST = timedelta(days=2)
#: So long after the end the sheet is computed without the fact that the call was closed.
GRACE = timedelta(minutes=10)
#: People of one lesson only are looked at so long before its start and after its end; the cron
#: that compares all rosters sees to what is missed.
VISIT = timedelta(hours=2)
#: Whoever comes up to so long before the start is shown as having come then.
LEAD_IN = timedelta(minutes=15)
#: No lesson is thought to last longer, where the ones before it are looked for.
LONGEST = timedelta(days=1)
#: Names in one notice; more would be cut by Telegram at 4,096 characters.
NAMES_MAX = 40
