from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestAgreements(ClassroomCase):
    """Actions that take something away from people ask first, with their number, and only once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "petit", groups="small_school.group_supervisor")
        cls.user.partner_id = cls.supervisor
        cls.page_of_class = cls.chat.with_user(cls.user)

    def asked(self, action, user=None):
        wizard = self.env[action["res_model"]].with_user(user or self.user)
        self.assertEqual(action["res_model"], "telegram.agreement")
        return wizard.browse(action["res_id"])

    def member(self, partner, number, state):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state, seen_status)"
            " VALUES (%s, %s, %s, %s, 'in') RETURNING id",
            [self.chat.id, partner.id, number, state],
        )
        return self.env["telegram.member"].browse(self.env.cr.fetchone()[0])

    def newest(self):
        return self.commands(self.chat, kind="reconcile").sorted("id")[-1]._payload()

    def test_removals__those_in_the_question_and_no_others(self):
        self.member(self.amina, 71, "held")
        wizard = self.asked(self.page_of_class.action_ask_removals())
        self.assertIn("1 (Amina", wizard.question)
        self.member(self.bilal, 72, "held")  # meanwhile
        self.assertEqual(wizard.action_yes()["type"], "ir.actions.act_window_close")
        self.assertEqual(self.newest(), {"allow_removals": [71]})

    def test_it_was_meant__how_many_and_whom(self):
        rows = self.chat.roster_ids.filtered(lambda row: row.partner_id in self.amina + self.bilal)
        rows.write({"question": "gone"})
        wizard = self.asked(self.page_of_class.action_ask_meant())
        self.assertIn("2 (", wizard.question)
        self.assertIn(self.amina.name, wizard.question)
        self.assertEqual(self.enrolments(self.amina).state, "active")
        wizard.action_yes()
        self.assertEqual(self.enrolments(self.amina).state, "ended")
        self.assertFalse(self.page_of_class.gone_count)

    def test_archived_where_that_empties_the_group__asked_first(self):
        boss = new_test_user(self.env, "chef", groups="small_school.group_manager")
        classroom = self.classroom.with_user(boss)
        classroom.telegram_archive_policy = "empty"
        self.member(self.amina, 71, "in")
        self.member(self.bilal, 72, "in")
        wizard = self.asked(classroom.action_archive(), boss)
        self.assertTrue(classroom.active)
        self.assertIn("2", wizard.question)
        wizard.action_yes()
        self.assertFalse(classroom.active)
        wishes = [row._payload() for row in self.commands(self.chat, kind="reconcile")]
        self.assertIn({"allow_removals": "all"}, wishes)

    def test_archived_where_nobody_is_put_out__not_asked(self):
        boss = new_test_user(self.env, "chef", groups="small_school.group_manager")
        self.member(self.amina, 71, "in")
        self.assertFalse(isinstance(self.classroom.with_user(boss).action_archive(), dict))
        self.assertFalse(self.classroom.active)

    def test_end_now__how_many_are_in_the_call(self):
        now = fields.Datetime.now()
        lesson = self.env["small_school.lesson"].create(
            {
                "name": "Fractions",
                "classroom_id": self.classroom.id,
                "start": now - timedelta(minutes=10),
                "stop": now + timedelta(minutes=20),
            }
        )
        lesson.state = "open"
        lesson.action_prepare_sheet()
        there = lesson.line_ids.filtered(lambda line: line.partner_id == self.amina)
        there.sudo().with_context(classroom_computed=True).write({"arrived_at": now})
        wizard = self.asked(lesson.with_user(self.user).action_telegram_ask_end())
        self.assertIn("1 (Amina", wizard.question)
        wizard.action_yes()
        self.assertEqual(lesson.state, "held")

    def test_a_colleagues_question__not_answered(self):
        self.member(self.amina, 71, "held")
        action = self.page_of_class.action_ask_removals()
        other = new_test_user(self.env, "autre", groups="small_school.group_supervisor")
        with self.assertRaises(AccessError):
            self.asked(action, other).action_yes()

    def test_a_question_of_ones_own_making__no_more_than_by_hand(self):
        teacher = new_test_user(self.env, "roux", groups="small_school.group_teacher")
        held = self.member(self.amina, 71, "held")
        agreement = self.env["telegram.agreement"].with_user(teacher)
        made = agreement._ask("x", "x", held, "action_remove_held")
        with self.assertRaises(AccessError):
            self.asked(made, teacher).action_yes()
        for method in ("_telegram_sync", "", False):
            made = agreement._ask("x", "x", self.classroom, method)
            with self.assertRaises(UserError):
                self.asked(made, teacher).action_yes()
