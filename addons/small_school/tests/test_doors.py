from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import SchoolCase


@tagged("post_install", "-at_install", "telegram_rights")
class TestDoors(SchoolCase):
    """An act counts for what whoever does it may decide, in that class, at this moment: the new
    values of a record are asked about, too, and rights end when they end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.env["res.partner"].create({"name": "Fanny Far"})
        cls.other = cls.env["small_school.classroom"].create(
            {"name": "Autre", "enrolment_ids": [(0, 0, {"partner_id": cls.stranger.id})]}
        )
        cls.teaches = cls.user("doors-teacher", ["small_school.group_teacher"], cls.teacher)
        cls.supervises = cls.user(
            "doors-supervisor", ["small_school.group_supervisor"], cls.supervisor
        )
        cls.manages = cls.user("doors-manager", ["small_school.group_manager"])
        cls.lesson.action_all_present()
        start = cls.lesson.start + timedelta(days=2)
        cls.elsewhere = cls.env["small_school.lesson"].create(
            {
                "classroom_id": cls.other.id,
                "name": "Ailleurs",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )

    def refused(self, user, record, **values):
        before = record.sudo().read(list(values))
        with self.assertRaises(AccessError, msg="%s %s" % (user.login, values)):
            with self.env.cr.savepoint():
                record.with_user(user).write(values)
        record.invalidate_cache()
        self.assertEqual(record.sudo().read(list(values)), before)

    def dated(self, model, **more):
        today = fields.Date.today()
        values = {"classroom_id": self.classroom.id, "date_from": today}
        return self.env[model].create(dict(values, **more))

    # -- into a class that is not theirs --------------------------------------------------------

    def test_lesson__is_not_moved_into_another_class(self):
        for user in self.teaches | self.supervises:
            self.refused(user, self.lesson, classroom_id=self.other.id)
        self.elsewhere.with_user(self.manages).write({"classroom_id": self.classroom.id})

    def test_line__stays_about_its_person_and_lesson(self):
        line = self.line(self.amina)
        for user in self.teaches | self.supervises:
            self.refused(user, line, partner_id=self.stranger.id)
            self.refused(user, line, lesson_id=self.elsewhere.id)
        line.with_user(self.teaches).write({"partner_id": self.amina.id, "status": "absent"})
        self.assertEqual(line.status, "absent")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env["small_school.attendance"].with_user(self.teaches).create(
                {"lesson_id": self.elsewhere.id, "partner_id": self.stranger.id}
            )

    def test_enrolment__stays_about_its_person_and_class(self):
        enrolment = self.enrolment(self.amina)
        self.refused(self.supervises, enrolment, partner_id=self.stranger.id)
        self.refused(self.supervises, enrolment, classroom_id=self.other.id)

    def test_timetable__is_not_moved_into_another_class(self):
        pattern = self.dated(
            "small_school.pattern", name="Hebdo", on_monday=True, hour=9, duration=1
        )
        substitution = self.dated(
            "small_school.substitution",
            teacher_id=self.teacher.id,
            substitute_id=self.stranger.id,
            date_to=fields.Date.today(),
        )
        for record in (pattern, substitution):
            self.refused(self.supervises, record, classroom_id=self.other.id)

    # -- for as long as it lasts ----------------------------------------------------------------

    def end(self, partner):
        mine = self.classroom.assignment_ids.filtered(lambda one: one.partner_id == partner)
        mine.date_to = fields.Date.today() - timedelta(days=2)

    def test_teacher__whose_assignment_ended(self):
        line = self.line(self.amina)
        self.assertTrue(line.with_user(self.teaches).status)
        self.end(self.teacher)
        for record in (self.lesson, line, self.classroom, self.enrolment(self.amina)):
            self.assertFalse(record.with_user(self.teaches).search([("id", "=", record.id)]))
        self.refused(self.teaches, line, status="absent")
        self.refused(self.teaches, self.lesson, name="Encore")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.lesson.with_user(self.teaches).copy()

    def test_supervisor__whose_assignment_ended(self):
        excuse = self.env["small_school.excuse"].create(
            {
                "partner_id": self.amina.id,
                "asked_by_id": self.amina.id,
                "date_from": fields.Date.today(),
                "date_to": fields.Date.today(),
                "reason": "Fièvre",
            }
        )
        self.assertTrue(excuse.with_user(self.supervises).reason)
        self.end(self.supervisor)
        with self.assertRaises(AccessError):
            excuse.with_user(self.supervises).read(["reason"])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env["small_school.enrolment"].with_user(self.supervises).create(
                {"classroom_id": self.classroom.id, "partner_id": self.stranger.id}
            )

    def test_teacher__whose_assignment_has_not_begun(self):
        mine = self.classroom.assignment_ids.filtered(lambda one: one.partner_id == self.teacher)
        mine.date_from = fields.Date.today() + timedelta(days=2)
        self.refused(self.teaches, self.lesson, name="Déjà")

    def test_supervisor__who_only_teaches_here(self):
        """The group says what somebody is in the school; the assignment, what in the class."""
        mine = self.classroom.assignment_ids.filtered(lambda one: one.partner_id == self.supervisor)
        mine.role = "teacher"
        self.assertTrue(self.lesson.with_user(self.supervises).name)
        self.refused(self.supervises, self.enrolment(self.amina), reason="x")
        self.refused(self.supervises, self.classroom, name="x")
