from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import tagged

from .common import SchoolCase


@tagged("post_install", "-at_install")
class TestEnrolment(SchoolCase):
    def test_unenrolled_and_enrolled_again__history_is_kept(self):
        self.enrolment(self.amina).action_unenrol()
        self.assertFalse(self.enrolment(self.amina))
        ended = self.classroom.enrolment_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual((ended.state, ended.date_to), ("ended", self.classroom._today()))
        ended.action_enrol_again()
        mine = self.amina.enrolment_ids
        self.assertEqual(sorted(mine.mapped("state")), ["active", "ended"])

    def test_blocked_and_unblocked(self):
        self.enrolment(self.amina).action_block("fraude")
        blocked = self.enrolment(self.amina)
        self.assertEqual((blocked.state, blocked.reason), ("blocked", "fraude"))
        blocked.action_unblock()
        self.assertEqual((blocked.state, blocked.reason), ("active", False))

    def test_twice__is_refused_with_a_sentence(self):
        with self.assertRaisesRegex(ValidationError, "Amina Zérouki"):
            self.env["classroom.enrolment"].create(
                {"classroom_id": self.classroom.id, "partner_id": self.amina.id}
            )

    def test_dates__the_wrong_way_round_are_refused(self):
        today = fields.Date.today()
        with self.assertRaises(ValidationError):
            self.enrolment(self.amina).write({"date_to": today - timedelta(days=8)})

    def test_classroom_with_lessons__is_not_deleted(self):
        with self.assertRaises(ValidationError):
            self.classroom.unlink()

    def test_merged_people__keep_enrolments_and_lines(self):
        twin = self.env["res.partner"].create({"name": "Amina Z."})
        other = self.env["classroom.classroom"].create({"name": "Musique"})
        for classroom in (self.classroom, other):
            self.env["classroom.enrolment"].create(
                {"classroom_id": classroom.id, "partner_id": twin.id}
            )
        self.lesson.action_all_present()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.amina | twin).ids, self.amina)
        self.assertFalse(twin.exists())
        self.assertEqual(self.amina.enrolment_ids.mapped("classroom_id"), self.classroom | other)
        self.assertEqual(len(self.line(self.amina)), 1)
