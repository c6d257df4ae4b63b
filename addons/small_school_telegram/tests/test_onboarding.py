from odoo.exceptions import UserError
from odoo.tests.common import new_test_user

from .common import ClassroomCase


class TestOnboarding(ClassroomCase):
    """The last two of the first steps: a classroom, and a test lesson for oneself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "telegram_base.group_manager,small_school.group_manager"
        cls.me = new_test_user(cls.env, login="onboarding", groups=groups)
        cls.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, name, username, state) VALUES"
            " ('bot', 501, 'Bot', 'test_bot', 'connected'),"
            " ('user', 502, 'School', 'school', 'connected')"
        )
        cls.steps = cls.env["telegram.onboarding"].with_user(cls.me).with_context(lang="en_US")

    def _actions(self):
        return [name for _label, name in self.steps._steps()[5].get("actions") or []]

    def _parts(self):
        return [is_done for _text, is_done in self.steps._steps()[5]["parts"]]

    def _be_in_the_group(self, classroom):
        chat = classroom.sudo().telegram_chat_id
        self.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
            " VALUES (%s, 900, 'ready', 'https://t.me/+x');"
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
            " VALUES (%s, %s, 77, 'in')",
            [chat.id, chat.id, self.me.partner_id.id],
        )
        chat.invalidate_cache()

    def test_test__waits_for_the_steps_before_it(self):
        self.assertEqual(self._actions(), [])
        self.env["telegram.contact"]._confirm(self.me.partner_id, 77)
        self.assertEqual(self._actions(), ["test_begin"])

    def test_test__from_the_classroom_to_the_sheet_and_away(self):
        self.env["telegram.contact"]._confirm(self.me.partner_id, 77)
        self.steps._do("test_begin")
        classroom = self.steps._test_classroom()
        self.assertEqual(classroom.name, "Test classroom")
        assigned = classroom.assignment_ids
        self.assertEqual((assigned.partner_id, assigned.role), (self.me.partner_id, "teacher"))
        self.assertEqual(self._actions(), ["test_clean"])
        self.assertEqual(self._parts(), [False] * 4)
        self._be_in_the_group(classroom)
        self.assertEqual(self._actions(), ["test_lesson", "test_clean"])
        self.steps._do("test_lesson")
        lesson = classroom.lesson_ids
        rows = self.env["telegram.outbox"].search([("chat_id", "=", classroom.telegram_chat_id.id)])
        self.assertIn("open_call", rows.mapped("kind"))
        lesson.state = "open"
        self.assertEqual(self._parts(), [True, True, True, False])
        stop = lesson.stop
        self.steps._do("test_end")
        self.assertLess(lesson.stop, stop)
        lesson.write({"sheet_state": "final", "state": "held"})
        self.assertTrue(self.steps._steps()[5]["is_done"])
        self.assertFalse(self._parts()[3])  # nobody was seen in the call
        lesson.line_ids.with_context(classroom_computed=True).unlink()
        line = {"lesson_id": lesson.id, "partner_id": self.me.partner_id.id, "role": "teacher"}
        self.env["small_school.attendance"].create(dict(line, status="late"))
        self.assertTrue(self._parts()[3])
        self.steps._do("test_clean")
        self.assertFalse(lesson.exists())
        self.assertFalse(classroom.active)
        self.assertEqual(classroom.telegram_chat_id.archive_policy, "empty")
        # and once more, with the same classroom
        self.assertEqual(self._actions(), ["test_begin"])
        self.steps._do("test_begin")
        self.assertEqual(self.steps._test_classroom(), classroom)
        self.assertTrue(classroom.active)

    def test_clean__a_running_call_is_closed_and_a_confirmed_sheet_kept(self):
        self.env["telegram.contact"]._confirm(self.me.partner_id, 77)
        self.steps._do("test_begin")
        classroom = self.steps._test_classroom()
        self._be_in_the_group(classroom)
        self.steps._do("test_lesson")
        lesson = classroom.lesson_ids
        lesson.sheet_state = "confirmed"
        with self.assertRaises(UserError):
            self.steps._do("test_clean")
        lesson.sheet_state = "draft"
        lesson.state = "open"
        self.steps._do("test_clean")
        self.assertEqual(lesson.state, "cancelled")

    def test_classroom__the_test_is_not_the_first_one(self):
        self.env["telegram.contact"]._confirm(self.me.partner_id, 77)
        before = self.steps._steps()[3]["text"]
        self.steps._do("test_begin")
        self.assertEqual(self.steps._steps()[3]["text"], before)
