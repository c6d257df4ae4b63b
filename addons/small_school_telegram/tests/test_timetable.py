from datetime import datetime, timedelta

import pytz

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock

from ..models.small_school_lesson import AFTER, BEFORE
from .common import ClassroomCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestTimetable(ClassroomCase):
    """The effects of the timetable and of a lesson's buttons on the commands and the group."""

    def plan(self, begins, minutes=60, **values):
        """Make a lesson that begins so many minutes from now."""
        start = fields.Datetime.now() + begins * MINUTE
        values = dict(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + minutes * MINUTE,
            },
            **values,
        )
        return self.env["small_school.lesson"].create(values)

    def running(self):
        """Make a lesson that began half an hour ago, whose call is open."""
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        lesson = self.plan(-30)
        clock = self.clock(lesson)
        self.mark(clock["open"], "done")
        lesson.state = "open"
        return lesson, clock

    def weekly(self, day, **values):
        """Make a weekly lesson on the weekday of `day`, at ten."""
        name = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        values = dict(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "on_" + name[day.weekday()]: True,
                "date_from": day,
                "hour": 10,
            },
            **values,
        )
        return self.env["small_school.pattern"].create(values)

    def test_cancelled_while_it_runs_and_planned_again__opened_and_closed_once_more(self):
        lesson, clock = self.running()
        lesson.state = "cancelled"
        self.assertEqual(set(self.clock(lesson)), {"close"})
        self.outbox.flush()
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state_at = now() AT TIME ZONE 'utc' - interval '1 min'"
            " WHERE id = %s",
            [clock["open"].id],
        )
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'done', state_at = now() AT TIME ZONE 'utc'"
            " WHERE id = %s",
            [clock["close"].id],
        )
        self.outbox.invalidate_cache()
        lesson.state = "planned"
        again = self.clock(lesson)
        self.assertEqual(set(again), {"open", "close"})
        self.assertEqual(again["close"].due_at, lesson.stop)
        # opened since: nothing is opened a third time
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'done',"
            " state_at = now() AT TIME ZONE 'utc' + interval '1 min' WHERE id = %s",
            [again["open"].id],
        )
        self.outbox.invalidate_cache()
        LessonClock(lesson).write_commands()
        self.assertEqual(set(self.clock(lesson)), {"close"})

    # -- the timetable ----------------------------------------------------------------------------

    def test_pattern__its_lessons_have_commands_in_the_classroom_s_time(self):
        zone = pytz.timezone(self.classroom.tz)
        day = (datetime.now(zone) + timedelta(days=2)).date()
        pattern = self.weekly(day)
        first, second = pattern.lesson_ids.sorted("start")[:2]
        clock = self.clock(first)
        self.assertEqual(set(clock), {"remind", "open", "close"})
        self.assertIn("10:00", clock["remind"]._payload()["text"])
        self.assertEqual(self.clock(second), {}, "beyond the horizon")
        pattern.hour = 11
        again = self.clock(first)
        self.assertEqual({row.state for row in clock.values()}, {"cancelled"})
        self.assertEqual(again["open"].due_at, first.start - 5 * MINUTE)
        pattern.unlink()
        self.assertEqual({row.state for row in again.values()}, {"cancelled"})

    def test_holiday__takes_the_commands_back(self):
        zone = pytz.timezone(self.classroom.tz)
        day = (datetime.now(zone) + timedelta(days=2)).date()
        lesson = self.weekly(day).lesson_ids.sorted("start")[0]
        clock = self.clock(lesson)
        self.mark(clock["remind"], "done")
        holiday = self.env["small_school.holiday"].create(
            {"name": "Printemps", "date_from": day, "date_to": day}
        )
        self.assertEqual(clock["open"].state, "pending", "nobody has confirmed it yet")
        holiday.action_cancel_lessons()
        self.assertEqual({clock["open"].state, clock["close"].state}, {"cancelled"})
        self.assertIn("Annulée", self.texts(self.chat)[-1])

    # -- the buttons ------------------------------------------------------------------------------

    def test_start_now__opens_the_call_now(self):
        lesson = self.plan(60)
        clock = self.clock(lesson)
        lesson.action_start_now()
        again = self.clock(lesson)
        self.assertEqual(set(again), {"open", "close"})
        self.assertEqual({row.state for row in clock.values()}, {"cancelled"})
        self.assertLessEqual(again["open"].due_at, fields.Datetime.now())
        self.assertEqual(again["close"].due_at, lesson.stop)

    def test_start_now__where_nothing_opens_by_itself(self):
        self.classroom.telegram_open_minutes = 0
        lesson = self.plan(60)
        self.assertEqual(set(self.clock(lesson)), {"remind", "close"})
        lesson.action_start_now()
        clock = self.clock(lesson)
        self.assertEqual(clock["close"]._payload()["open_key"], clock["open"].key)

    def test_end_now__closes_the_call_now_and_brings_the_report(self):
        lesson, clock = self.running()
        lesson.action_end_now()
        close = self.clock(lesson)["close"]
        self.assertLessEqual(close.due_at, fields.Datetime.now())
        self.assertEqual(close._payload(), {"open_key": clock["open"].key, "grace_s": 0})
        self.tell_call(
            self.chat, lesson.start, lesson.stop, [], clock["open"].key, close_key=close.key
        )
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("held", "final"))
        self.assertTrue(self.commands(self.chat, key=LessonClock(lesson).key("report")))

    def test_prolong__closes_later(self):
        lesson, clock = self.running()
        lesson.with_context(classroom_minutes=10).action_prolong()
        again = self.clock(lesson)
        self.assertEqual(set(again), {"close"})
        self.assertEqual(again["close"].due_at, lesson.stop)
        self.assertEqual(clock["close"].state, "cancelled")

    def test_prolong__after_the_close_opens_closes_and_reports_again(self):
        lesson, clock = self.running()
        lesson.action_end_now()
        first = self.clock(lesson)["close"]
        self.mark(first, "done")
        times = (lesson.start, lesson.stop)
        self.tell_call(self.chat, *times, [], clock["open"].key, close_key=first.key)
        self.ring()
        self.assertEqual((lesson.state, lesson.telegram_sheet_state), ("held", "final"))
        lesson.with_context(classroom_minutes=10).action_prolong()
        self.assertEqual((lesson.state, lesson.telegram_sheet_state), ("open", "live"))
        again = self.clock(lesson)
        self.assertEqual(set(again), {"open", "close"})
        self.assertEqual(again["close"].due_at, lesson.stop)
        self.assertNotEqual(again["open"], clock["open"])
        self.mark(again["open"], "done")
        self.tell_call(
            self.chat, times[1], lesson.stop, [], again["open"].key, close_key=again["close"].key
        )
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("held", "final"))
        reports = self.outbox.search(
            [("key", "=like", "lesson:small_school.lesson:%s:%%:report" % lesson.id)]
        )
        self.assertEqual(len(reports), 2)

    def test_prolong__and_ended_again_in_the_same_second(self):
        lesson, clock = self.running()
        lesson.action_end_now()
        first = self.clock(lesson)["close"]
        self.mark(first, "done")
        times = (lesson.start, lesson.stop)
        self.tell_call(self.chat, *times, [], clock["open"].key, close_key=first.key)
        self.ring()
        lesson.action_prolong(10)
        again = self.clock(lesson)
        self.mark(again["open"], "done")
        lesson.write({"stop": times[1], "state": "held"})
        self.assertEqual(again["close"].state, "pending", "the call that was opened again runs")
        self.assertLessEqual(again["close"].due_at, fields.Datetime.now())
        self.mark(again["close"], "done")
        self.tell_call(self.chat, *times, [], again["open"].key, close_key=again["close"].key)
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("held", "final"))

    def test_cancel__closes_an_open_call(self):
        lesson, clock = self.running()
        lesson.action_cancel("panne")
        self.assertEqual(clock["close"].state, "pending")
        self.assertLessEqual(clock["close"].due_at, fields.Datetime.now())
        self.assertEqual(clock["close"]._payload()["grace_s"], 0, "at once, whoever talks")

    def test_cancel__an_open_call_is_closed_with_a_word_though_there_was_no_reminder(self):
        lesson = self.plan(-10)
        self.mark(self.clock(lesson)["open"], "done")
        lesson.action_cancel("panne")
        self.assertIn("Annulée : <b>Fractions</b>", self.texts(self.chat)[-1])
        other = self.plan(-5)
        self.mark(self.clock(other)["open"], "done")
        other.unlink()
        self.assertEqual(len([one for one in self.texts(self.chat) if "Annulée" in one]), 2)

    # -- the end ----------------------------------------------------------------------------------

    def test_grace__is_the_classroom_s_and_the_school_s(self):
        self.assertEqual(self.clock(self.plan(100))["close"]._payload()["grace_s"], 300)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("telegram_school.grace_minutes", "0")
        other = self.env["small_school.classroom"].create({"name": "Autre", "code": "TG-Y"})
        self.assertEqual(other.telegram_grace_minutes, 0)
        lesson = self.plan(200)
        self.classroom.telegram_grace_minutes = 1.5
        self.assertEqual(self.clock(lesson)["close"]._payload()["grace_s"], 90)

    def test_grace__a_close_that_lets_people_talk_is_not_hurried_by_a_look(self):
        lesson, clock = self.running()
        self.at(lesson, -90)
        self.env.cr.execute(
            "UPDATE telegram_outbox SET due_at = %s, key = %s WHERE id = %s",
            [lesson.stop, LessonClock(lesson).key("close"), clock["close"].id],
        )
        clock["close"].invalidate_cache()
        LessonClock(lesson).write_commands()
        self.assertEqual(clock["close"]._payload()["grace_s"], 300)
        self.assertEqual(clock["close"].state, "pending")

    def test_grace__prolonged_meanwhile_closes_later(self):
        lesson, clock = self.running()
        lesson.with_context(classroom_minutes=10).action_prolong()
        self.assertEqual(clock["close"].state, "cancelled")
        self.assertEqual(self.clock(lesson)["close"]._payload()["grace_s"], 300)

    # -- the call is ended before its time --------------------------------------------------------

    def test_given_up__the_teacher_is_told_by_the_bot_and_by_an_activity(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": "tg-teacher",
                    "partner_id": self.teacher.id,
                    "groups_id": [(6, 0, [self.env.ref("small_school.group_teacher").id])],
                }
            )
        )
        self.teacher.lang = "fr_FR"
        account = self.link(self.teacher)
        lesson, clock = self.running()
        self.assertEqual(clock["open"]._payload()["reopen"], 3)
        for _again in range(2):
            self.tell(
                "call_given_up", self.chat, open_key=clock["open"].key, reopened=3, error_code=None
            )
            self.ring()
            messages = self.outbox.search([("tg_user_id", "=", account), ("kind", "=", "send")])
            messages = messages.filtered(lambda row: ":given_up:" in (row.key or ""))
            self.assertEqual(len(messages), 1)
        self.assertIn("L'appel de <b>Fractions</b>", messages._payload()["text"])
        self.assertEqual(messages.expires_at, lesson.stop)
        activities = self.classroom.activity_ids.filtered(lambda one: one.user_id == user)
        self.assertIn("Fractions", activities[:1].note)

    # -- substitutes ------------------------------------------------------------------------------

    def role(self, partner):
        return self.roster(self.chat).get(partner.id)

    def at(self, lesson, begins):
        """Let the lesson begin so many minutes from now, without any hook seeing it."""
        lesson.flush()
        self.env.cr.execute(
            "UPDATE small_school_lesson SET start = %(start)s, stop = %(start)s + (stop - start)"
            " WHERE id = %(id)s",
            {"start": fields.Datetime.now() + begins * MINUTE, "id": lesson.id},
        )
        lesson.invalidate_cache()

    def test_substitute__is_a_teacher_of_the_group_around_the_lesson(self):
        lesson = self.plan(600)
        lesson.substitute_id = self.chloe
        self.assertIsNone(self.role(self.chloe))
        before = BEFORE / MINUTE + self.classroom.telegram_open_minutes
        after = AFTER / MINUTE + 60
        for begins, expected in (
            (before + 2, None),
            (before - 1, ("teacher", "in")),
            (-30, ("teacher", "in")),
            (1 - after, ("teacher", "in")),
            (-1 - after, ("teacher", "out")),
        ):
            self.at(lesson, begins)
            self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
            self.assertEqual(self.role(self.chloe), expected, begins)
        self.assertEqual(self.role(self.teacher), ("teacher", "in"), "the usual teacher stays")

    def test_substitute__there_before_the_call_even_when_the_cron_is_late(self):
        cron = self.env.ref("telegram_school.cron_lessons")
        self.assertEqual(cron.interval_type, "minutes")
        self.assertLess(2 * cron.interval_number * MINUTE, BEFORE)

    def test_substitute__named_at_the_last_moment_moved_cancelled_and_started_early(self):
        lesson = self.plan(10, substitute_id=self.chloe.id)
        self.assertEqual(self.role(self.chloe), ("teacher", "in"))
        lesson.write({"start": lesson.start + 600 * MINUTE, "stop": lesson.stop + 600 * MINUTE})
        self.assertEqual(self.role(self.chloe), ("teacher", "out"))
        lesson.write({"start": lesson.start - 450 * MINUTE, "stop": lesson.stop - 450 * MINUTE})
        self.assertEqual(self.role(self.chloe), ("teacher", "out"))
        lesson.action_start_now()
        self.assertEqual(self.role(self.chloe), ("teacher", "in"))
        lesson.action_cancel()
        self.assertEqual(self.role(self.chloe), ("teacher", "out"))

    def test_substitute__replaced_by_another(self):
        lesson = self.plan(10, substitute_id=self.chloe.id)
        other = self.env["res.partner"].create({"name": "Driss"})
        lesson.substitute_id = other
        self.assertEqual(self.role(self.chloe), ("teacher", "out"))
        self.assertEqual(self.role(other), ("teacher", "in"))

    def test_substitute__of_a_lesson_that_is_deleted_or_another_class_s(self):
        lesson = self.plan(10, substitute_id=self.chloe.id)
        other = self.env["small_school.classroom"].create({"name": "Autre", "code": "TG-X"})
        lesson.classroom_id = other
        self.assertEqual(self.role(self.chloe), ("teacher", "out"))
        chat = other.telegram_chat_id
        self.assertEqual(self.roster(chat)[self.chloe.id], ("teacher", "in"))
        lesson.unlink()
        self.assertEqual(self.roster(chat)[self.chloe.id], ("teacher", "out"))

    def test_substitute__who_belongs_anyway_stays(self):
        lesson = self.plan(10, substitute_id=self.supervisor.id)
        self.assertEqual(self.role(self.supervisor), ("supervisor", "in"))
        lesson.action_cancel()
        self.assertEqual(self.role(self.supervisor), ("supervisor", "in"))

    def test_substitute__opens_their_lesson_s_page(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": "tg-substitute",
                    "partner_id": self.chloe.id,
                    "groups_id": [(6, 0, [self.env.ref("small_school.group_teacher").id])],
                }
            )
        )
        lesson, _clock = self.running()
        lesson.substitute_id = self.chloe
        amina = self.link(self.amina)
        self.tell_call(self.chat, lesson.start, lesson.stop, [(amina, "joined", lesson.start)])
        self.ring()
        lesson.invalidate_cache()
        own = lesson.with_user(user)
        view = own.fields_view_get(view_type="form")
        own.read(list(view["fields"]))
        action = own.action_telegram_lesson()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("telegram.lesson", self.page(own).id)
        )
        view = self.page(own).fields_view_get(view_type="form")
        [values] = self.page(own).read(list(view["fields"]))
        self.assertEqual(values["call_ids"], [], "what else happened in the group is not theirs")
        self.assertFalse(values["may_see_class"])
        self.assertEqual(len(values["attendance_ids"]), len(lesson.line_ids))
        with self.assertRaises(AccessError):
            self.page(own).action_class()
        own.action_prolong(5)
        self.page(own).action_refresh()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        line.with_user(user).write({"status": "late", "correction_reason": "came by bus"})
        self.assertTrue(line.corrected)

    def test_overlap__is_said_to_share_the_call(self):
        lesson = self.plan(100)
        beside = self.plan(130)
        english = beside.with_context(lang="en_US")
        self.assertIn("one call at a time", english.conflict_text)
        self.assertEqual(
            set(self.clock(lesson)) & set(self.clock(beside)), {"remind", "open", "close"}
        )

    def test_feed__has_the_way_into_the_group(self):
        lesson = self.plan(100)
        feed = self.env["small_school.feed"]._of(self.amina)
        chat_id = lesson.classroom_id.telegram_chat_id.id
        self.env.cr.execute("DELETE FROM telegram_chat_state WHERE chat_id = %s", [chat_id])
        self.env.cache.invalidate()
        self.assertNotIn("URL:", feed._calendar())
        self.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state)"
            " VALUES (%s, 4321, 'ready')",
            [chat_id],
        )
        self.env.cache.invalidate()
        self.assertNotIn("URL:", feed._calendar(), "without a message it opens in one app only")
        self.anchor(lesson.classroom_id.telegram_chat_id)
        self.assertIn("URL:https://t.me/c/4321/17\r\n", feed._calendar())
