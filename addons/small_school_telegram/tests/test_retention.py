from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestRetention(ClassroomCase):
    """Presence is pruned once no sheet can need it; old lessons do nothing again."""

    def setUp(self):
        super().setUp()
        parameters = self.env["ir.config_parameter"]
        for name in ("presence", "commands", "facts"):
            parameters.set_param("telegram_base.keep_" + name, "30")
        self.amina_account = self.link(self.amina)

    def held(self, days, **values):
        """Hold a lesson of an hour so many days ago, to which Amina came, with its sheet."""
        start = fields.Datetime.now() - timedelta(days=days)
        vals = {"name": "Fractions", "start": start, "stop": start + timedelta(hours=1)}
        lesson = self.env["small_school.lesson"].create(
            dict(vals, classroom_id=self.classroom.id, **values)
        )
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 year'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start,
            lesson.stop,
            [
                (self.amina_account, "joined", start),
                (self.amina_account, "left", lesson.stop),
            ],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        self.assertEqual(self.line(lesson).status, "present")
        return lesson

    def line(self, lesson):
        return lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)

    def forget(self):
        self.env["telegram.retention"]._cron_forget()

    def is_kept(self, lesson):
        calls = self.env["telegram.call"]._overlapping(self.chat, lesson.start, lesson.stop)
        self.assertEqual(len(calls), 1)
        return bool(calls.presence_ids)

    def test_presence__goes_with_a_confirmed_sheet_alone(self):
        locked, draft, young = self.held(50), self.held(40), self.held(5)
        (locked | young).action_confirm_sheet()
        self.forget()
        self.assertEqual([self.is_kept(one) for one in (locked, draft, young)], [0, 1, 1])
        draft.action_confirm_sheet()
        self.forget()
        self.assertEqual([self.is_kept(one) for one in (locked, draft, young)], [0, 0, 1])

    def test_presence__of_a_call_that_an_unlocked_lesson_of_the_day_may_be_in(self):
        locked = self.held(50)
        locked.action_confirm_sheet()
        after = {"start": locked.stop, "stop": locked.stop + timedelta(hours=1)}
        later = self.env["small_school.lesson"].create(
            dict(after, classroom_id=self.classroom.id, name="Suite")
        )
        self.forget()
        self.assertTrue(self.is_kept(locked))
        later.state = "cancelled"
        self.forget()
        self.assertFalse(self.is_kept(locked))

    def test_presence__of_another_classroom_does_not_hold(self):
        locked = self.held(50)
        locked.action_confirm_sheet()
        other = self.env["small_school.classroom"].create(
            {"name": "Ailleurs", "tz": "Europe/Paris"}
        )
        self.env["small_school.lesson"].create(
            {
                "classroom_id": other.id,
                "name": "Autre",
                "start": locked.start,
                "stop": locked.stop,
            }
        )
        self.forget()
        self.assertFalse(self.is_kept(locked))

    def test_forgotten__an_unlocked_sheet_keeps_its_lines(self):
        lesson = self.held(50)
        lesson.action_confirm_sheet()
        self.forget()
        lesson.action_unlock_sheet()
        with self.assertRaises(UserError):
            self.page(lesson).action_refresh()
        LessonSheet(lesson).refresh()
        LessonSheet(lesson).finish()
        self.assertEqual(self.line(lesson).status, "present")
        self.line(lesson).write({"status": "late", "correction_reason": "came by bus"})
        self.assertEqual(self.line(lesson).status, "late")

    def test_commands__an_old_lesson_does_nothing_again(self):
        """Its keys kept it from being opened, closed and reported twice; now it is too old for
        that."""
        lesson = self.held(50)
        keys = [LessonClock(lesson).key(part) for part in ("remind", "open", "close", "report")]
        self.outbox._enqueue(
            [{"kind": "send", "chat_id": self.chat.id, "key": one, "payload": {}} for one in keys]
        )
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'done', due_at = due_at - interval '50 days',"
            " state_at = now() - interval '50 days', expires_at = NULL WHERE key = ANY (%s)",
            [keys],
        )
        self.outbox.invalidate_cache()
        self.forget()
        own = [("key", "=like", "lesson:small_school.lesson:%d:%%" % lesson.id)]
        self.assertFalse(self.outbox.search(own))
        before = self.outbox.search([])
        lesson.write({"name": "Fractions, suite"})
        lesson.write({"state": "held"})
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.page(lesson).action_refresh()
        self.assertEqual(self.outbox.search([]), before)
