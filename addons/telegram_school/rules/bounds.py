"""Bounds of time and number that several services share. All times are durations."""

from datetime import timedelta

#: Commands are written for lessons that begin within this time.
HORIZON = timedelta(days=7)
#: The cron leaves lessons alone that ended longer ago than this.
PAST = timedelta(days=2)
#: Time before a lesson when the teachers are asked to open the call if the account cannot.
AHEAD = timedelta(days=1)
#: Commands that are due within this time are written, or withdrawn, at once; where that is said,
#: others are left to the clock's cron, which comes every five minutes.
SOON = timedelta(hours=1)
#: Time after the end when the sheet is computed even without the fact that the call was closed.
GRACE = timedelta(minutes=10)
#: Time before and after a lesson in which its visitors are checked; the cron that compares all
#: rosters does what is missed.
VISIT = timedelta(hours=2)
#: People who come up to this time before the start are shown as having come then.
LEAD_IN = timedelta(minutes=15)
#: The longest lesson that is assumed when earlier lessons are searched.
LONGEST = timedelta(days=1)
#: Names in one notice; more would be cut by Telegram at 4,096 characters.
NAMES_MAX = 40
