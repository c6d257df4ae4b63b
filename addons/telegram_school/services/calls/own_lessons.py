"""The lessons of one person: of the classes in which they have a place now, and those that name
them. For the bot and the portal, whose users may not read the rows of other people's lessons."""

from datetime import datetime, time, timedelta

import pytz

from odoo import fields
from odoo.tools.misc import format_date

from ..membership import rights
from ..messages.group_texts import GroupTexts
from .joining import Joining

#: A day is at most this long: once a year it has an hour more.
_DAY = timedelta(hours=25)


def on_our_portal(env):
    """Return the names of the lessons' models whose lessons our portal shows: those of schools that
    have no such pages of their own."""
    models = env["telegram.lesson.mixin"]._telegram_models()
    return [model._name for model in models if not model._telegram_has_portal]


class OwnLessons:
    """Finds a person's lessons by our own rows, of any model of the school's. partner: a
    res.partner."""

    def __init__(self, partner):
        self.env, self.partner = partner.env(su=True), partner
        self._records = {}

    def since(self, since, domain=(), **options):
        """Return the `telegram.lesson` rows of this person's lessons that end after `since` (naive
        UTC), as superuser, the earliest first. options: as for `search`."""
        self.env.cr.execute(*rights.lessons_attended(self.partner, since))
        mine = [("id", "in", [row[0] for row in self.env.cr.fetchall()])]
        options.setdefault("order", "start, id")
        return self.env["telegram.lesson"].search(mine + list(domain), **options)

    def today(self):
        """Return the rows of today's lessons by the clock of each class, and of those that run
        since an earlier day."""
        now = fields.Datetime.now()
        rows = self.since(now - _DAY, [("start", "<", now + _DAY)])
        return rows.filtered(lambda row: self._is_today(row, now))

    def _is_today(self, row, now):
        lesson = self.record(row)
        if not lesson:
            return False
        begins, ends = self._day(GroupTexts(lesson._telegram_classroom()).zone(), now)
        return begins <= row.start < ends or row.start < begins and row.stop > now

    @staticmethod
    def _day(zone, now):
        """Return when the local day of `now` begins and ends, naive UTC."""
        today = pytz.utc.localize(now).astimezone(zone).date()
        midnights = [
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (today, today + timedelta(days=1))
        ]
        return tuple(midnights)

    def record(self, row):
        """Return the school's own record of a lesson; empty if it was deleted."""
        if row.id not in self._records:
            lesson = self.env["telegram.lesson.mixin"]
            if row.res_model in self.env:
                lesson = self.env[row.res_model].browse(row.res_id).exists()
            self._records[row.id] = lesson
        return self._records[row.id]

    def hours(self, row):
        """Return start and end in the time of the class: "09:00–10:30"."""
        texts = GroupTexts(self.record(row)._telegram_classroom())
        return "–".join(texts.local(at).strftime("%H:%M") for at in (row.start, row.stop))

    def when(self, row):
        """Return day, start and end in the time of the class, in the context's language."""
        texts = GroupTexts(self.record(row)._telegram_classroom())
        day = format_date(self.env, texts.local(row.start).date(), date_format="EEEE d MMMM y")
        return "%s, %s" % (day, self.hours(row))

    def link(self, row):
        """Return the link by which this person joins the lesson's call; see `Joining.link`."""
        return Joining(self.record(row)).link(self.partner)
