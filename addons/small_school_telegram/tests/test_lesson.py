from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestLesson(ClassroomCase):
    """From the timetable to the commands, and from presence to sheet and report."""

    def plan(self, start, minutes=60):
        return self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(minutes=minutes),
            }
        )

    def held(self, visits=()):
        """Hold a lesson that has just ended, with the facts of its call; `visits` in minutes."""
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.plan(start)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start - timedelta(minutes=5),
            lesson.stop,
            [(who, what, start + timedelta(minutes=at)) for who, what, at in visits],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        return lesson

    def sheet(self, lesson):
        return {line.partner_id.name: line.status for line in lesson.line_ids}

    def test_planned__commands_in_the_classroom_s_time(self):
        start = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=3)
        clock = self.clock(self.plan(start))
        self.assertEqual(set(clock), {"remind", "open", "close"})
        text = clock["remind"]._payload()["text"]
        self.assertIn("Rappel : <b>Fractions</b>", text)
        self.assertIn(GroupTexts(self.classroom).local(start).strftime("%H:%M"), text)

    def test_cancelled_and_moved(self):
        start = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=3)
        lesson = self.plan(start)
        lesson.state = "cancelled"
        self.assertEqual(self.clock(lesson), {})
        lesson.state = "planned"
        lesson.write({"start": start + timedelta(hours=1), "stop": start + timedelta(hours=2)})
        self.assertEqual(self.clock(lesson)["open"].due_at, start + timedelta(minutes=55))

    def test_deleted_in_sql__what_was_planned_is_cancelled_by_the_cron(self):
        kept = self.plan(fields.Datetime.now() + timedelta(days=1))
        lesson = self.plan(fields.Datetime.now() + timedelta(days=2))
        keys = [LessonClock(one).key("open") for one in (kept, lesson)]
        self.env["small_school.lesson"].flush()
        self.env.cr.execute("DELETE FROM small_school_lesson WHERE id = %s", [lesson.id])
        self.env.cache.invalidate()
        self.env["small_school.lesson"]._cron_telegram_lessons()
        commands = self.env["telegram.outbox"].search([("key", "in", keys)])
        states = {command.key: command.state for command in commands}
        self.assertEqual(states, dict(zip(keys, ("pending", "cancelled"))))
        rows = self.env["telegram.lesson"].search([("res_model", "=", "small_school.lesson")])
        self.assertIn(kept.id, rows.mapped("res_id"))
        self.assertNotIn(lesson.id, rows.mapped("res_id"))

    def test_classroom__archived_takes_its_commands_back(self):
        """At once what is due within an hour; the rest within minutes, by the cron."""
        now = fields.Datetime.now()
        soon, later = self.plan(now + timedelta(minutes=70)), self.plan(now + timedelta(hours=3))
        for is_active, parts in ((False, set()), (True, {"remind", "open", "close"})):
            self.classroom.active = is_active
            self.assertEqual(set(self.clock(soon)), parts)
            self.assertNotEqual(set(self.clock(later)), parts)
            self.env["small_school.lesson"]._cron_telegram_lessons()
            self.assertEqual(set(self.clock(later)), parts)

    def test_classroom__renamed_renders_the_texts_again(self):
        lesson = self.plan(fields.Datetime.now() + timedelta(hours=3))
        lesson.name = "Décimaux"
        self.assertIn("Décimaux", self.clock(lesson)["remind"]._payload()["text"])
        self.env.ref("base.lang_en").active = True
        self.classroom.lang = "en_US"
        self.assertIn("Reminder", self.clock(lesson)["remind"]._payload()["text"])

    def test_call__opened_and_closed(self):
        amina, bilal = self.link(self.amina), self.link(self.bilal)
        lesson = self.held([(amina, "joined", -3), (amina, "left", 60), (bilal, "joined", 40)])
        self.ring()
        self.assertEqual(lesson.state, "held")
        self.assertEqual(lesson.sheet_state, "final")
        self.assertEqual(
            self.sheet(lesson),
            {"Amina": "present", "Bilal": "partial", "Mme Roux": "absent", "M. Petit": "absent"},
        )
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(line.arrived_at, lesson.start - timedelta(minutes=3))
        self.assertEqual(line.departed_at, lesson.stop)
        self.assertEqual((line.minutes, line.percentage), (60, 100))
        (report,) = self.commands(self.chat, key=LessonClock(lesson).key("report"))
        text = report._payload()["text"]
        self.assertIn("Étudiants : 2", text)
        self.assertIn("Présent : 1", text)
        self.assertIn("Présent en partie : 1", text)

    def test_report__names_of_the_absent(self):
        self.classroom.telegram_report = "absentees"
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        text = self.commands(self.chat, key=LessonClock(lesson).key("report"))._payload()["text"]
        self.assertIn("Bilal", text)
        self.assertNotIn("Amina", text)

    def test_correction__survives(self):
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        line.write(
            {"status": "present", "corrected": True, "correction_reason": "sat beside Amina"}
        )
        LessonSheet(lesson).refresh()
        self.assertEqual((line.status, line.computed_status), ("present", "absent"))

    def test_cancelled_while_it_runs__stays_so_when_its_call_is_closed(self):
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        lesson.state = "cancelled"
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("cancelled", "draft"))
        self.assertFalse(self.commands(self.chat, key=LessonClock(lesson).key("report")))

    def test_confirmed__is_locked(self):
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        lesson.sheet_state = "confirmed"
        self.classroom.telegram_partial_percent = 100
        before = self.sheet(lesson)
        LessonSheet(lesson).refresh()
        LessonSheet(lesson).finish()
        self.assertEqual(self.sheet(lesson), before)
        self.assertEqual(lesson.sheet_state, "confirmed")

    def test_ended_early_by_somebody__sheet_is_live_until_the_end(self):
        start = fields.Datetime.now().replace(second=0) - timedelta(minutes=30)
        lesson = self.plan(start)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        amina = self.link(self.amina)
        self.tell_call(
            self.chat,
            start,
            start + timedelta(minutes=20),
            [(amina, "joined", start)],
            open_key=LessonClock(lesson).key("open"),
        )
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("open", "draft"))
        self.assertEqual(lesson.telegram_sheet_state, "live")
        self.assertEqual(self.sheet(lesson)["Amina"], "present")

    def test_a_leave_learned_late__is_not_turned_round_with_the_return(self):
        """The person was there except for eight seconds; the connection was lost for half a
        minute."""
        start = fields.Datetime.now().replace(second=0) - timedelta(minutes=30)
        lesson = self.plan(start, minutes=20)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        call = {"tg_call_id": 8000000077}

        def at(seconds):
            return start + timedelta(seconds=seconds)

        def iso(seconds):
            return at(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")

        amina = dict(call, tg_user_id=self.link(self.amina), peer_kind="user", source="update")
        self.tell(
            "call_opened", self.chat, at(-300), open_key=LessonClock(lesson).key("open"), **call
        )
        joined = dict(amina, precision_s=0)
        self.tell("participant_joined", self.chat, at(0), joined_at=iso(0), **joined)
        self.tell("participant_joined", self.chat, at(608), joined_at=iso(608), **joined)
        left = dict(amina, precision_s=25)
        self.tell("participant_left", self.chat, at(620), joined_at=iso(0), **left)
        closed = dict(call, close_key=LessonClock(lesson).key("close"), by_us=True)
        self.tell("call_closed", self.chat, lesson.stop, **closed)
        self.ring()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(line.status, "present")
        self.assertFalse(line.departed_at and line.departed_at < lesson.stop)
        self.assertAlmostEqual(line.minutes, 20, delta=0.2)

    def test_unenrolled_before__is_not_on_the_sheet(self):
        self.enrolments(self.bilal).write({"state": "ended"})
        start = fields.Datetime.now() + timedelta(hours=1)
        lesson = self.plan(start)
        self.assertNotIn(self.bilal, [one[0] for one in lesson._telegram_belonging()])

    def test_bot__today(self):
        self.plan(fields.Datetime.now())
        lines = self.env["telegram.bot"]._telegram_today(self.amina)
        self.assertEqual(len(lines), 1)
        self.assertIn("<b>Fractions</b>", lines[0])
        self.assertEqual(self.env["telegram.bot"]._telegram_today(self.chloe), [])

    def test_calls__those_of_the_lesson_and_no_other_that_is_open(self):
        now = fields.Datetime.now().replace(second=0)
        lesson = self.plan(now + timedelta(minutes=4))
        later = self.plan(now + timedelta(days=1))
        self.tell("call_opened", self.chat, now, tg_call_id=78, open_key=False)
        self.ring()
        for one in (lesson, later):
            self.assertFalse(self.page(one).call_ids, "a person's, till it begins")
        self.tell(
            "call_opened", self.chat, now, tg_call_id=78, open_key=LessonClock(lesson).key("open")
        )
        self.ring()
        (lesson | later).invalidate_cache()
        self.assertEqual(
            self.page(lesson).call_ids.tg_call_id, 78, "opened for it, before it begins"
        )
        self.assertFalse(self.page(later).call_ids)

    # -- back to back -----------------------------------------------------------------------------

    def test_back_to_back__each_lesson_has_its_own_sheet_from_one_call(self):
        """The call of the first lesson goes on for the second: the fact says so."""
        start = fields.Datetime.now().replace(second=0) - timedelta(minutes=130)
        first, second = self.plan(start), self.plan(start + timedelta(hours=1))
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        amina, bilal = self.link(self.amina), self.link(self.bilal)
        keys = [
            (LessonClock(one).key("open"), LessonClock(one).key("close")) for one in first | second
        ]
        call = {"tg_call_id": 77}
        people = dict(call, precision_s=0, source="update", peer_kind="user")
        minute = timedelta(minutes=1)
        self.tell("call_opened", self.chat, start - 5 * minute, open_key=keys[0][0], **call)
        for who in (amina, bilal):
            self.tell("participant_joined", self.chat, start, tg_user_id=who, **people)
        self.tell("call_opened", self.chat, start + 55 * minute, open_key=keys[1][0], **call)
        self.tell(
            "call_kept", self.chat, first.stop, open_key=keys[1][0], close_key=keys[0][1], **call
        )
        self.ring()
        self.assertEqual((first.state, first.sheet_state), ("held", "final"))
        self.assertEqual((second.state, second.sheet_state), ("open", "draft"))
        self.assertFalse(self.page(first).call_ids.closed_at)
        self.assertTrue(self.commands(self.chat, key=LessonClock(first).key("report")))

        self.tell("participant_left", self.chat, start + 70 * minute, tg_user_id=bilal, **people)
        self.tell("participant_left", self.chat, second.stop, tg_user_id=amina, **people)
        self.tell(
            "call_closed",
            self.chat,
            second.stop,
            open_key=keys[1][0],
            close_key=keys[1][1],
            by_us=True,
            **call,
        )
        self.ring()
        self.assertEqual((second.state, second.sheet_state), ("held", "final"))
        self.assertEqual(self.sheet(first)["Bilal"], "present")
        self.assertEqual(self.sheet(second)["Amina"], "present")
        self.assertEqual(self.sheet(second)["Bilal"], "partial")
        # people who stay for the next lesson arrived at it when the one before was over
        lines = second.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(lines.arrived_at, second.start)

    def test_planned_after_its_start__has_no_reminder_row(self):
        lesson = self.plan(fields.Datetime.now() - timedelta(minutes=10))
        parts = {key.rpartition(":")[2] for key in LessonClock(lesson).rows()}
        self.assertEqual(parts, {"open", "close"})
