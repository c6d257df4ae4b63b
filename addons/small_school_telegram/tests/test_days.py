from datetime import date, datetime, timedelta
from unittest.mock import patch

import pytz
import vobject

from odoo import fields
from odoo.tests.common import HttpCase, tagged

from odoo.addons.telegram_school.rules import bounds
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)
#: Lessons of any day to come have their commands.
ALWAYS = timedelta(days=10000)


def last_sunday(month):
    """Return the day of next year on which clocks in Europe change in that month (of 31 days)."""
    day = date(date.today().year + 1, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def at(day, hour, minute=0):
    """Return that hour of the day as naive UTC."""
    return datetime(day.year, day.month, day.day, hour, minute)


MARCH, OCTOBER = last_sunday(3), last_sunday(10)
EVE = date(MARCH.year, 12, 31)


@tagged("post_install", "-at_install")
class TestDays(ClassroomCase):
    """Texts on days on which the clock changes, and of lessons across midnight."""

    def setUp(self):
        super().setUp()
        horizon = patch.object(bounds, "HORIZON", ALWAYS)
        horizon.start()
        self.addCleanup(horizon.stop)

    def plan(self, start, minutes=60):
        return self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + minutes * MINUTE,
            }
        )

    def reminder(self, start, minutes=60):
        """Return the text of the lesson's reminder, by the classroom's clock. start: naive UTC."""
        row = self.clock(self.plan(start, minutes))["remind"]
        self.assertEqual(row.due_at, start - 15 * MINUTE)
        return row._payload()["text"]

    def test_reminder__ten_o_clock_before_and_after_the_change(self):
        for day, hour in (
            (MARCH - timedelta(days=1), 9),
            (MARCH, 8),
            (OCTOBER - timedelta(days=1), 8),
            (OCTOBER, 9),
        ):
            text = self.reminder(at(day, hour))
            self.assertIn("de 10:00 à 11:00", text)
            self.assertIn("09:55", text, "the call opens by the same clock")

    def test_reminder__while_the_clock_changes(self):
        # two o'clock is three o'clock in spring, and comes twice in autumn
        self.assertIn("de 01:30 à 03:45", self.reminder(at(MARCH, 0, 30), 75))
        self.assertIn("de 02:45 à 02:30", self.reminder(at(OCTOBER, 0, 45), 45))
        self.assertIn("03:00", self.reminder(at(MARCH, 1, 5)), "opened five minutes before 03:05")

    def test_reminder__where_no_clock_changes(self):
        self.classroom.tz = "Africa/Algiers"
        for day in (MARCH, OCTOBER):
            for one in (day - timedelta(days=1), day):
                self.assertIn("de 10:00 à 11:00", self.reminder(at(one, 9)))
            self.assertIn("de 01:30 à 02:30", self.reminder(at(day, 0, 30)))

    def test_reminder__across_midnight(self):
        self.assertIn("de 23:30 à 01:00", self.reminder(at(EVE, 22, 30), 90))

    def test_cancelled__says_the_classroom_s_day(self):
        lesson = self.plan(at(EVE, 23, 30))
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.state = "cancelled"
        self.assertIn("01/01/%s, 00:30" % (EVE.year + 1), self.texts(self.chat)[-1])

    def test_moved__over_the_change_says_both_by_their_own_clock(self):
        lesson = self.plan(at(MARCH - timedelta(days=1), 9))
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.write({"start": at(MARCH, 8), "stop": at(MARCH, 9)})
        said = self.texts(self.chat)[-1]
        self.assertEqual(said.count("10:00"), 2, said)

    def test_sheet__across_midnight_has_the_whole_lesson(self):
        amina = self.link(self.amina)
        now = fields.Datetime.now()
        start = at((now - timedelta(days=2)).date(), 22, 30)
        lesson = self.plan(start, 120)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '9 days'")
        self.env["telegram.roster"].invalidate_cache()
        visits = [(amina, "joined", start), (amina, "left", start + 110 * MINUTE)]
        keys = {part + "_key": LessonClock(lesson).key(part) for part in ("open", "close")}
        self.tell_call(self.chat, start, lesson.stop, visits, **keys)
        self.ring()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual((line.status, line.minutes), ("present", 110))
        self.assertEqual(line.departed_at - line.arrived_at, 110 * MINUTE)

    def test_today__has_a_lesson_that_runs_since_yesterday(self):
        self.plan(at(EVE, 22, 30), 90)
        midnight = at(EVE, 23, 10)  # 00:10 in Paris
        with patch.object(fields.Datetime, "now", lambda *_args: midnight):
            lines = self.env["telegram.bot"]._telegram_today(self.amina)
        self.assertEqual(len(lines), 1)
        self.assertIn("23:30–01:00", lines[0])
        with patch.object(fields.Datetime, "now", lambda *_args: midnight + timedelta(hours=1)):
            self.assertEqual(self.env["telegram.bot"]._telegram_today(self.amina), [])

    def test_today__of_a_day_with_twenty_three_hours(self):
        for hour in (0, 21):
            self.plan(at(MARCH, hour))
        self.plan(at(MARCH, 22))  # midnight in Paris: tomorrow
        with patch.object(fields.Datetime, "now", lambda *_args: at(MARCH, 6)):
            lines = self.env["telegram.bot"]._telegram_today(self.amina)
        self.assertEqual([line[2:13] for line in lines], ["01:00–03:00", "23:00–00:00"])

    def test_feed__instants_are_those_of_the_lesson(self):
        planned = [self.plan(at(day, 0, 30)) for day in (MARCH, OCTOBER)]
        planned.append(self.plan(at(EVE, 22, 30), 90))
        for zone in ("Europe/Paris", "Africa/Algiers"):
            self.classroom.tz = zone
            calendar = vobject.readOne(self.env["small_school.feed"]._of(self.amina)._calendar())
            events = {one.uid.value.split("@")[0]: one for one in calendar.vevent_list}
            for lesson in planned:
                event = events["classroom-lesson-%s" % lesson.id]
                self.assertEqual(event.dtstart.value, pytz.utc.localize(lesson.start), zone)
                self.assertEqual(event.dtend.value, pytz.utc.localize(lesson.stop), zone)


@tagged("post_install", "-at_install")
class TestDaysOnThePortal(HttpCase):
    """The same on a student's own page."""

    def test_lessons__by_the_classroom_s_clock(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Amina Minuit",
                    "login": "minuit",
                    "password": "minuit",
                    "lang": "fr_FR",
                    "tz": "America/New_York",
                    "groups_id": [(6, 0, [self.env.ref("base.group_portal").id])],
                }
            )
        )
        for zone in ("Europe/Paris", "Africa/Algiers"):
            classroom = self.env["small_school.classroom"].create(
                {
                    "name": "Nuit " + zone,
                    "tz": zone,
                    "enrolment_ids": [(0, 0, {"partner_id": user.partner_id.id})],
                }
            )
            for day, hour, minutes in ((MARCH, 0, 60), (OCTOBER, 0, 60), (EVE, 22, 90)):
                start = at(day, hour, 30)
                self.env["small_school.lesson"].create(
                    {
                        "classroom_id": classroom.id,
                        "name": "Fractions",
                        "start": start,
                        "stop": start + minutes * MINUTE,
                    }
                )
        self.authenticate("minuit", "minuit")
        page = self.url_open("/my/lessons").text
        for day, shown in (
            (MARCH, "01:30 CET–03:30 CEST (Europe/Paris)"),
            (OCTOBER, "02:30 CEST–02:30 CET (Europe/Paris)"),
            (EVE, "23:30–01:00 (Europe/Paris)"),
            (MARCH, "01:30–02:30 (Africa/Algiers)"),
            (OCTOBER, "01:30–02:30 (Africa/Algiers)"),
            (EVE, "23:30–01:00 (Africa/Algiers)"),
        ):
            self.assertIn("%s %s" % (day.strftime("%d/%m/%Y"), shown), page)
