from datetime import datetime, timedelta

import pytz

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import Form, tagged

from ...models.timetable.small_school_pattern import WEEKDAYS
from ..common import SchoolCase

PARIS = pytz.timezone("Europe/Paris")


class TimetableCase(SchoolCase):
    """A school with a weekly lesson each Monday and Thursday at ten, from next week on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.classroom_weeks_ahead = 6
        today = datetime.now(PARIS).date()
        cls.monday = today + timedelta(days=7 - today.weekday())
        cls.pattern = cls.weekly(on_monday=True, on_thursday=True)

    @classmethod
    def weekly(cls, **values):
        values = dict(
            {
                "classroom_id": cls.classroom.id,
                "name": "Équations",
                "teacher_id": cls.teacher.id,
                "hour": 10,
                "duration": 1.5,
                "date_from": cls.monday,
            },
            **values,
        )
        return cls.env["small_school.pattern"].create(values)

    def lessons(self, pattern=None):
        pattern = pattern or self.pattern
        return self.env["small_school.lesson"].search(
            [("pattern_id", "=", pattern.id)], order="start"
        )

    def local(self, lesson):
        return pytz.utc.localize(lesson.start).astimezone(PARIS)

    def first(self):
        return self.lessons()[0]

    def days(self, pattern=None):
        return [(self.local(one).date() - self.monday).days for one in self.lessons(pattern)]


@tagged("post_install", "-at_install")
class TestTimetable(TimetableCase):
    def test_saved__lessons_are_there_at_once(self):
        first = self.first()
        self.assertEqual(
            (first.name, first.teacher_id, first.classroom_id, first.pattern_date),
            ("Équations", self.teacher, self.classroom, self.monday),
        )
        self.assertEqual(first.stop - first.start, timedelta(hours=1.5))
        self.assertEqual(self.days()[:4], [0, 3, 7, 10])
        self.assertGreaterEqual(len(self.lessons()), 10)
        self.assertFalse(any(self.lessons().mapped("is_changed")))

    def test_a_year__ten_o_clock_is_ten_o_clock_on_both_sides_of_the_changes(self):
        self.env.company.classroom_weeks_ahead = 53
        starts = [self.local(one) for one in self.lessons()]
        self.assertEqual({at.strftime("%H:%M") for at in starts}, {"10:00"})
        self.assertEqual({at.strftime("%z") for at in starts}, {"+0100", "+0200"})
        self.classroom.tz = "Africa/Algiers"
        algiers = pytz.timezone("Africa/Algiers")
        starts = [pytz.utc.localize(one.start).astimezone(algiers) for one in self.lessons()]
        self.assertEqual({at.strftime("%H:%M %z") for at in starts}, {"10:00 +0100"})

    def test_local_time__of_the_days_on_which_the_clock_changes_and_across_midnight(self):
        self.env.ref("base.lang_en").active = True
        for start, minutes, shown in (
            (datetime(2026, 3, 29, 0, 30), 60, "03/29/2026 01:30 CET–03:30 CEST"),
            (datetime(2026, 10, 25, 0, 30), 60, "10/25/2026 02:30 CEST–02:30 CET"),
            (datetime(2026, 3, 28, 22, 30), 240, "03/28/2026 23:30 CET–04:30 CEST"),
            (datetime(2026, 3, 30, 22, 30), 90, "03/31/2026 00:30–02:00"),
            (datetime(2026, 12, 31, 22, 30), 120, "12/31/2026 23:30–01:30"),
        ):
            stop = start + timedelta(minutes=minutes)
            self.lesson.write({"start": start, "stop": stop})
            self.assertEqual(self.lesson.local_time, shown + " (Europe/Paris)")
        self.assertEqual(
            self.lesson.with_context(lang="fr_FR").local_time,
            "31/12/2026 23:30–01:30 (Europe/Paris)",
        )

    def test_cron__moves_the_horizon_on_and_doubles_nothing(self):
        before = self.lessons()
        self.env["small_school.pattern"]._cron_generate()
        self.assertEqual(self.lessons(), before)
        self.env.company.classroom_weeks_ahead = 8
        self.env["small_school.pattern"]._cron_generate()
        self.assertGreater(len(self.lessons()), len(before))
        # a smaller horizon takes nothing back
        self.env.company.classroom_weeks_ahead = 2
        self.assertGreater(len(self.lessons()), len(before))

    def test_changed_by_hand__stays_while_the_others_follow(self):
        moved, given, cancelled, other = self.lessons()[:4]
        moved.write(
            {"start": moved.start + timedelta(hours=2), "stop": moved.stop + timedelta(hours=2)}
        )
        given.teacher_id = self.supervisor
        cancelled.action_cancel("malade")
        was = moved.start
        self.pattern.write({"hour": 14, "name": "Inéquations"})
        self.assertEqual((moved.start, moved.name), (was, "Équations"))
        self.assertEqual(given.teacher_id, self.supervisor)
        self.assertEqual((cancelled.state, self.local(cancelled).hour), ("cancelled", 10))
        self.assertEqual((self.local(other).hour, other.name), (14, "Inéquations"))

    def test_weekday_changed__lessons_of_the_old_day_go(self):
        kept = self.lessons()[1]
        kept.teacher_id = self.supervisor
        self.pattern.write({"on_thursday": False, "on_friday": True})
        self.assertEqual(self.days()[:4], [0, 3, 4, 7])
        self.assertIn(kept, self.lessons())

    def test_every_other_week__until_a_day(self):
        pattern = self.weekly(
            on_tuesday=True, every=2, date_to=self.monday + timedelta(days=30), hour=8
        )
        self.assertEqual(self.days(pattern), [1, 15, 29])

    def test_deleted_lesson__is_not_made_again(self):
        day = self.first().pattern_date
        self.first().unlink()
        self.pattern._generate()
        self.assertNotIn(day, self.lessons().mapped("pattern_date"))
        self.assertEqual(self.pattern.exception_ids.mapped("date"), [day])
        self.pattern.exception_ids.unlink()
        self.assertEqual(self.first().pattern_date, day)

    def test_exception__takes_the_lesson_away(self):
        day = self.first().pattern_date
        self.env["small_school.pattern.exception"].create(
            {"pattern_id": self.pattern.id, "date": day}
        )
        self.assertNotIn(day, self.lessons().mapped("pattern_date"))

    def test_deleted_pattern__lessons_to_come_go_and_others_stay(self):
        first, second = self.lessons()[:2]
        first.teacher_id = self.supervisor
        held = second
        past = fields.Datetime.now() - timedelta(days=3)
        held.with_context(classroom_generating=True).write(
            {"start": past, "stop": past + timedelta(hours=1), "state": "held"}
        )
        others = self.lessons() - first - held
        self.pattern.unlink()
        self.assertEqual((first | held).exists(), first | held)
        self.assertFalse(others.exists())

    def test_archived__pattern_and_classroom(self):
        self.pattern.active = False
        self.assertFalse(self.lessons())
        self.pattern.active = True
        self.assertTrue(self.lessons())
        self.classroom.active = False
        self.env.company.classroom_weeks_ahead = 12
        count = len(self.lessons())
        self.classroom.active = True
        self.assertGreater(len(self.lessons()), count)

    def test_today__what_is_over_is_not_made(self):
        now = datetime.now(PARIS)
        pattern = self.weekly(
            date_from=now.date(), hour=0, duration=0.25, **{WEEKDAYS[now.weekday()]: True}
        )
        self.assertTrue(all(one.start > fields.Datetime.now() for one in self.lessons(pattern)))

    def test_wrong__says_what_to_do(self):
        for values, words in (
            ({"on_monday": False, "on_thursday": False}, "at least one day"),
            ({"date_to": self.monday - timedelta(days=1)}, "ends before it begins"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.pattern.write(values)

    def test_form__in_the_classroom(self):
        with Form(self.env["small_school.pattern"]) as form:
            form.classroom_id = self.classroom
            form.name = "Géométrie"
            form.on_saturday = True
            form.hour = 9.5
        self.assertEqual(self.local(self.lessons(form.save())[0]).strftime("%a %H:%M"), "Sat 09:30")
        next_ones = self.classroom.next_lesson_ids
        self.assertEqual(next_ones, next_ones.sorted("start"))
        self.assertEqual(len(next_ones), 10)

    # -- one, from one on, all ------------------------------------------------------------------

    def change(self, lesson, **values):
        wizard = self.env["small_school.lesson.change"].with_context(active_id=lesson.id)
        wizard.create(dict(wizard.default_get(list(wizard._fields)), **values)).action_change()

    def test_change__this_lesson_only(self):
        first, second = self.lessons()[:2]
        self.change(first, hour=16.25, duration=1)
        self.assertEqual(self.local(first).strftime("%H:%M"), "16:15")
        self.assertEqual(first.stop - first.start, timedelta(hours=1))
        self.assertTrue(first.is_changed)
        self.assertEqual(self.local(second).hour, 10)

    def test_change__from_one_on(self):
        before, cut, after = self.lessons()[0], self.lessons()[2], self.lessons()[3]
        changed = self.lessons()[4]
        changed.teacher_id = self.supervisor
        self.change(cut, scope="following", hour=11, teacher_id=self.supervisor.id)
        self.assertEqual((before.pattern_id, self.local(before).hour), (self.pattern, 10))
        later = cut.pattern_id
        self.assertNotEqual(later, self.pattern)
        self.assertEqual(self.pattern.date_to, cut.pattern_date - timedelta(days=1))
        self.assertEqual((later.hour, later.teacher_id), (11, self.supervisor))
        self.assertEqual((after.pattern_id, self.local(after).hour), (later, 11))
        self.assertEqual(self.local(changed).hour, 10, "who changed it knows why")
        self.assertEqual(self.days() + self.days(later), sorted(self.days() + self.days(later)))

    def test_change__all(self):
        first, second = self.lessons()[:2]
        self.change(second, scope="all", hour=15)
        self.assertEqual({self.local(one).hour for one in self.lessons()}, {15})
        self.assertEqual(self.lessons()[:2], first | second)

    def test_change__a_lesson_that_was_dragged_takes_those_after_it_along(self):
        dragged = self.lessons()[2]  # the second Monday, to Tuesday at nine
        delta = timedelta(days=1, hours=-1)
        dragged.write({"start": dragged.start + delta, "stop": dragged.stop + delta})
        self.change(dragged, scope="following")
        later = dragged.pattern_id
        self.assertEqual(self.days(), [0, 3])
        self.assertEqual(self.days(later)[:4], [8, 10, 15, 17])
        self.assertEqual({self.local(one).hour for one in self.lessons(later)}, {9})
        self.assertFalse(dragged.is_changed)

    # -- holidays -------------------------------------------------------------------------------

    def holiday(self, **values):
        values.setdefault("date_from", self.monday)
        values.setdefault("date_to", self.monday + timedelta(days=6))
        return self.env["small_school.holiday"].create(dict({"name": "Printemps"}, **values))

    def test_holiday__lessons_are_not_made(self):
        self.holiday(classroom_ids=[(6, 0, self.classroom.ids)])
        pattern = self.weekly(on_monday=True, on_saturday=True)
        self.assertEqual(self.days(pattern)[:2], [7, 12])
        other = self.env["small_school.classroom"].create({"name": "Autre", "tz": "Europe/Paris"})
        self.assertEqual(self.days(self.weekly(classroom_id=other.id, on_monday=True))[0], 0)

    def test_holiday__later_cancels_after_confirmation(self):
        first, second, third = self.lessons()[:3]
        second.teacher_id = self.supervisor
        holiday = self.holiday()
        self.pattern._generate()
        self.assertEqual((holiday.lesson_count, first.state), (1, "planned"))
        holiday.action_cancel_lessons()
        self.assertEqual((first.state, first.cancel_reason), ("cancelled", "Printemps"))
        self.assertEqual((second.state, third.state), ("planned", "planned"))
        holiday.invalidate_cache()
        self.assertEqual(holiday.lesson_count, 0)
        holiday.date_from = self.monday + timedelta(days=1)
        self.assertEqual((first.state, first.cancel_reason), ("planned", False))

    def test_holiday__taken_back(self):
        holiday = self.holiday()
        pattern = self.weekly(on_tuesday=True)
        self.assertEqual(self.days(pattern)[0], 8)
        holiday.action_cancel_lessons()
        holiday.unlink()
        self.assertEqual(self.first().state, "planned")
        self.assertEqual(self.days(pattern)[0], 1)

    # -- substitutes ----------------------------------------------------------------------------

    def test_substitution__for_a_period(self):
        first, second, third, fourth = self.lessons()[:4]
        second.substitute_id = self.bilal
        period = self.env["small_school.substitution"].create(
            {
                "classroom_id": self.classroom.id,
                "teacher_id": self.teacher.id,
                "substitute_id": self.supervisor.id,
                "date_from": self.monday,
                "date_to": self.monday + timedelta(days=7),
            }
        )
        self.assertEqual(first.substitute_id, self.supervisor)
        self.assertEqual(second.substitute_id, self.bilal, "chosen by a person")
        self.assertEqual(third.substitute_id, self.supervisor)
        self.assertFalse(fourth.substitute_id)
        self.assertFalse(first.is_changed, "it still follows the timetable")
        made_later = self.weekly(on_tuesday=True)
        self.assertEqual(self.lessons(made_later)[0].substitute_id, self.supervisor)
        period.date_to = self.monday
        self.assertFalse(third.substitute_id)
        period.unlink()
        self.assertFalse(first.substitute_id)
        self.assertEqual(second.substitute_id, self.bilal)

    # -- conflicts ------------------------------------------------------------------------------

    def plan(self, name, start, stop, **values):
        vals = {"classroom_id": self.classroom.id, "name": name, "start": start, "stop": stop}
        return self.env["small_school.lesson"].create(dict(vals, **values))

    def test_conflicts__are_shown_and_found(self):
        first, second = self.lessons()[:2]
        start, stop = first.start + timedelta(minutes=30), first.stop + timedelta(hours=1)
        beside = self.plan("Rattrapage", start, stop)
        other = self.env["small_school.classroom"].create(
            {"name": "Autre", "enrolment_ids": [(0, 0, {"partner_id": self.amina.id})]}
        )
        elsewhere = self.plan(
            "Ailleurs", start, stop, classroom_id=other.id, teacher_id=self.teacher.id
        )
        following = self.plan("Suite", stop, stop + timedelta(hours=1))
        self.assertIn("The class has another lesson", beside.conflict_text)
        self.assertIn("Équations, Algèbre 2", beside.conflict_text)
        self.assertIn("Mme Thalès also teaches", elsewhere.conflict_text)
        self.assertEqual(len(first.conflict_text.splitlines()), 2)
        self.assertIn("1 of the students", elsewhere.conflict_students)
        self.assertFalse(second.conflict_text or following.conflict_text, "back to back is none")
        conflicting = self.env["small_school.lesson"].search([("has_conflict", "=", True)])
        self.assertEqual(
            conflicting & (first | second | beside | elsewhere | following),
            first | beside | elsewhere,
        )
        free = self.env["small_school.lesson"].search([("has_conflict", "=", False)])
        self.assertIn(second, free)
        beside.action_cancel()
        beside.invalidate_cache()
        self.assertFalse(beside.conflict_text)
        elsewhere.substitute_id = self.supervisor
        first.invalidate_cache()
        self.assertFalse(first.conflict_text, "the teacher has got a substitute elsewhere")
