from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestLesson(ClassroomCase):
    """From the timetable to the commands, and from what was seen to sheet and report."""

    def plan(self, start, minutes=60):
        return self.env["classroom.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(minutes=minutes),
            }
        )

    def held(self, visits=()):
        """A lesson that has just ended, with the facts of its call; `visits` in minutes."""
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.plan(start)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start - timedelta(minutes=5),
            lesson.stop,
            [(who, what, start + timedelta(minutes=at)) for who, what, at in visits],
            open_key=lesson._telegram_key("open"),
            close_key=lesson._telegram_key("close"),
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
        self.assertIn(self.classroom._telegram_local(start).strftime("%H:%M"), text)

    def test_cancelled_and_moved(self):
        start = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=3)
        lesson = self.plan(start)
        lesson.state = "cancelled"
        self.assertEqual(self.clock(lesson), {})
        lesson.state = "planned"
        lesson.write({"start": start + timedelta(hours=1), "stop": start + timedelta(hours=2)})
        self.assertEqual(self.clock(lesson)["open"].due_at, start + timedelta(minutes=55))

    def test_classroom__archived_takes_its_commands_back(self):
        lesson = self.plan(fields.Datetime.now() + timedelta(hours=3))
        self.classroom.active = False
        self.assertEqual(self.clock(lesson), {})
        self.classroom.active = True
        self.assertEqual(set(self.clock(lesson)), {"remind", "open", "close"})

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
        (report,) = self.commands(self.chat, key=lesson._telegram_key("report"))
        text = report._payload()["text"]
        self.assertIn("Étudiants : 2", text)
        self.assertIn("Présent : 1", text)
        self.assertIn("Présent en partie : 1", text)

    def test_report__names_of_the_absent(self):
        self.classroom.telegram_report = "absentees"
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        text = self.commands(self.chat, key=lesson._telegram_key("report"))._payload()["text"]
        self.assertIn("Bilal", text)
        self.assertNotIn("Amina", text)

    def test_correction__survives(self):
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        line.write(
            {"status": "present", "corrected": True, "correction_reason": "sat beside Amina"}
        )
        lesson._telegram_refresh()
        self.assertEqual((line.status, line.computed_status), ("present", "absent"))

    def test_confirmed__is_locked(self):
        lesson = self.held([(self.link(self.amina), "joined", 0)])
        self.ring()
        lesson.sheet_state = "confirmed"
        self.classroom.telegram_partial_percent = 100
        before = self.sheet(lesson)
        lesson._telegram_refresh()
        lesson._telegram_finish()
        self.assertEqual(self.sheet(lesson), before)
        self.assertEqual(lesson.sheet_state, "confirmed")

    def test_guest__linked_later_gets_their_past(self):
        stranger = 424242
        lesson = self.held([(stranger, "joined", 0), (stranger, "left", 60)])
        self.ring()
        # nobody knows yet who that was: it may have been any of those without an account
        self.assertEqual(self.sheet(lesson)["Bilal"], "unknown")
        self.env["telegram.contact"]._confirm(self.bilal, stranger)
        lesson._telegram_refresh()
        self.assertEqual(self.sheet(lesson)["Bilal"], "present")
        self.assertEqual(self.sheet(lesson)["Amina"], "absent")

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
            open_key=lesson._telegram_key("open"),
        )
        self.ring()
        self.assertEqual((lesson.state, lesson.sheet_state), ("open", "draft"))
        self.assertEqual(lesson.telegram_sheet_state, "live")
        self.assertEqual(self.sheet(lesson)["Amina"], "present")

    def test_unenrolled_before__is_not_on_the_sheet(self):
        self.enrolments(self.bilal).write({"state": "ended"})
        start = fields.Datetime.now() + timedelta(hours=1)
        lesson = self.plan(start)
        self.assertNotIn(self.bilal, [partner for partner, _role in lesson._telegram_expected()])

    def test_bot__today(self):
        self.plan(fields.Datetime.now())
        lines = self.env["telegram.bot"]._telegram_today(self.amina)
        self.assertEqual(len(lines), 1)
        self.assertIn("<b>Fractions</b>", lines[0])
        self.assertEqual(self.env["telegram.bot"]._telegram_today(self.chloe), [])
