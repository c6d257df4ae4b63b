from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ..common import SchoolCase


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
            self.env["small_school.enrolment"].create(
                {"classroom_id": self.classroom.id, "partner_id": self.amina.id}
            )

    def test_twice__in_the_database_has_a_sentence_too(self):
        self.assertIn("small_school_enrolment_one_at_a_time", self.registry._sql_constraints)
        enrolment = self.classroom.enrolment_ids[0]
        with self.assertRaises(IntegrityError) as caught, mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state)"
                    " VALUES (%s, %s, now(), 'active')",
                    [enrolment.classroom_id.id, enrolment.partner_id.id],
                )
        name = caught.exception.diag.constraint_name
        self.assertEqual(name, "small_school_enrolment_one_at_a_time")

    def test_classroom__of_a_name_that_is_taken_is_refused(self):
        classrooms = self.env["small_school.classroom"].with_context(lang="en_US")
        classrooms.create({"name": "3e Été"})
        for names in (["3E  été"], ["3e D", "3E d"]):
            with self.assertRaises(ValidationError, msg=names) as caught:
                classrooms.create([{"name": name} for name in names])
            self.assertIn("There is a classroom called", str(caught.exception))
        other = self.env["res.company"].create({"name": "Other school"})
        classrooms.create({"name": "3e Été", "company_id": other.id})

    def test_classroom__archived_leaves_its_name_to_another(self):
        classrooms = self.env["small_school.classroom"].with_context(lang="en_US")
        first = classrooms.create({"name": "3e F"})
        copied = first.copy()
        self.assertEqual(copied.name, "3e F (copy)")
        first.active = False
        classrooms.create({"name": "3e f"})

    def test_dates__the_wrong_way_round_are_refused(self):
        today = fields.Date.today()
        with self.assertRaises(ValidationError):
            self.enrolment(self.amina).write({"date_to": today - timedelta(days=8)})

    def test_classroom_with_lessons__is_not_deleted(self):
        with self.assertRaises(ValidationError):
            self.classroom.unlink()

    def test_merged_people__keep_enrolments_and_lines(self):
        twin = self.env["res.partner"].create({"name": "Amina Z."})
        other = self.env["small_school.classroom"].create({"name": "Musique"})
        for classroom in (self.classroom, other):
            self.env["small_school.enrolment"].create(
                {"classroom_id": classroom.id, "partner_id": twin.id}
            )
        self.lesson.action_all_present()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.amina | twin).ids, self.amina)
        self.assertFalse(twin.exists())
        self.assertEqual(self.amina.enrolment_ids.mapped("classroom_id"), self.classroom | other)
        self.assertEqual(len(self.line(self.amina)), 1)
