from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestNotices(ClassroomCase):
    """Changes within some seconds make one message, however many calls it took."""

    def waiting(self):
        return self.commands(self.chat, kind="send", state="pending")

    def test_enrolled_one_by_one__one_message(self):
        people = self.env["res.partner"].create([{"name": "N%02d" % n} for n in range(30)])
        for partner in people:
            self.enrol(partner)
        (row,) = self.waiting()
        for partner in people:
            self.assertIn(partner.name, row._payload()["text"])
        self.assertGreater(row.due_at, fields.Datetime.now() + timedelta(seconds=5))

    def test_sent__what_comes_later_is_another_message(self):
        self.enrol(self.chloe)
        self.send(self.chat)
        self.enrolments(self.amina).action_unenrol()
        first, second = self.texts(self.chat)
        self.assertNotIn("Amina", first)
        self.assertNotIn("Chloé", second)

    def test_came_and_went__is_no_news(self):
        self.enrol(self.chloe).action_unenrol()
        self.assertEqual(self.texts(self.chat), [])
        self.enrolments(self.amina).action_block()
        self.enrolments(self.amina).action_unblock()
        self.assertEqual(self.texts(self.chat), [])

    def test_went_then_blocked__is_said_once(self):
        self.enrolments(self.amina).action_unenrol()
        self.amina.student_blocked = True
        (text,) = self.texts(self.chat)
        self.assertEqual(text.count("Amina"), 1)
        self.assertIn("Désinscription", text)

    def test_waits__not_for_ever(self):
        self.enrol(self.chloe)
        row = self.waiting()
        began = fields.Datetime.now() - timedelta(seconds=57)
        self.env.cr.execute(
            "UPDATE telegram_outbox SET create_date = %s WHERE id = %s", [began, row.id]
        )
        row.invalidate_cache()
        self.enrolments(self.amina).action_unenrol()
        self.assertEqual(self.waiting(), row)
        self.assertLessEqual(row.due_at, began + timedelta(seconds=60))

    def test_setting__without_a_pause(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("telegram_school.notice_seconds", "0")
        self.enrol(self.chloe)
        self.assertLessEqual(self.waiting().due_at, fields.Datetime.now() + timedelta(seconds=2))

    def test_before_the_group_is_there__no_news(self):
        other = self.env["small_school.classroom"].create({"name": "Neuve"})
        for partner in (self.amina, self.bilal):
            self.env["small_school.enrolment"].create(
                {"classroom_id": other.id, "partner_id": partner.id}
            )
        self.assertEqual(self.texts(other.telegram_chat_id), [])
