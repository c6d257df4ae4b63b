from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..common import SchoolCase


@tagged("post_install", "-at_install")
class TestAttendance(SchoolCase):
    def test_all_present__then_the_exceptions(self):
        self.lesson.action_all_present()
        self.assertEqual(set(self.lesson.line_ids.mapped("status")), {"present"})
        self.assertEqual(len(self.lesson.line_ids), 4)
        self.line(self.bilal).status = "absent"
        self.lesson.action_all_present()
        self.assertEqual(self.line(self.bilal).status, "absent")
        self.assertTrue(self.line(self.bilal).corrected)

    def test_sheet__has_those_who_were_enrolled_at_the_lesson(self):
        gone = self.enrolment(self.bilal)
        gone.write(
            {
                "state": "ended",
                "date_to": fields.Date.today(),
                "ended_at": self.lesson.start - timedelta(minutes=1),
            }
        )
        self.lesson.action_prepare_sheet()
        self.assertFalse(self.line(self.bilal))
        gone.ended_at = self.lesson.start + timedelta(minutes=1)
        self.lesson.action_prepare_sheet()
        self.assertTrue(self.line(self.bilal))

    def test_confirmed__is_locked_until_a_supervisor_unlocks_it(self):
        teacher = self.user("prof", ["small_school.group_teacher"], self.teacher)
        supervisor = self.user("surveillant", ["small_school.group_supervisor"], self.supervisor)
        self.lesson.action_all_present()
        self.lesson.with_user(teacher).action_confirm_sheet()
        with self.assertRaises(UserError):
            self.line(self.amina).status = "absent"
        with self.assertRaises(AccessError):
            self.lesson.with_user(teacher).action_unlock_sheet()
        self.lesson.with_user(supervisor).action_unlock_sheet()
        self.line(self.amina).status = "absent"
        bodies = " ".join(self.lesson.message_ids.mapped("body"))
        self.assertRegex(bodies, "unlocked|déverrouillée")

    def test_empty_sheet__is_not_confirmed(self):
        with self.assertRaises(UserError):
            self.lesson.action_confirm_sheet()

    def test_correction__can_be_taken_back(self):
        self.lesson.action_prepare_sheet()
        line = self.line(self.amina)
        line.with_context(classroom_computed=True).write(
            {"status": "late", "computed_status": "late"}
        )
        line.write({"status": "present", "correction_reason": "panne"})
        self.assertEqual((line.corrected, line.corrected_by), (True, self.env.user))
        line.action_take_back()
        self.assertEqual((line.status, line.corrected), ("late", False))

    def test_excused(self):
        self.lesson.action_prepare_sheet()
        self.line(self.amina).is_excused = True
        self.assertEqual(self.line(self.amina).status, "excused")

    def test_held_lesson__is_kept(self):
        self.lesson.action_all_present()
        with self.assertRaises(UserError):
            self.lesson.action_cancel()
        with self.assertRaises(UserError):
            self.lesson.unlink()

    def test_report__names_everybody(self):
        self.lesson.action_all_present()
        report = self.env.ref("small_school.report_sheet")
        html = (
            report.render_qweb_html(self.lesson.ids)[0]
            if hasattr(report, "render_qweb_html")
            else (report._render_qweb_html(self.lesson.ids)[0])
        )
        for name in ("Amina Zérouki", "Fractions", "Algèbre 2"):
            self.assertIn(name, html.decode())
