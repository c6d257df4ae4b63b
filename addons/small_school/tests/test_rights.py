from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import SchoolCase

GROUPS = {
    "portal": ["base.group_portal"],
    "internal": ["base.group_user"],
    "teacher": ["small_school.group_teacher"],
    "supervisor": ["small_school.group_supervisor"],
    "manager": ["small_school.group_manager"],
}


@tagged("post_install", "-at_install")
class TestRights(SchoolCase):
    """Rights that the table of rights (in small_school_telegram's tests) does not cover."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = {"portal": cls.amina, "teacher": cls.teacher, "supervisor": cls.supervisor}
        cls.users = {
            role: cls.user("role-" + role, groups, people.get(role))
            for role, groups in GROUPS.items()
        }
        cls.lesson.action_all_present()
        cls.stranger = cls.env["res.partner"].create({"name": "D'ailleurs"})
        cls.other = cls.env["small_school.classroom"].create(
            {"name": "Autre", "enrolment_ids": [(0, 0, {"partner_id": cls.stranger.id})]}
        )

    def test_import__is_for_managers(self):
        for role, user in self.users.items():
            wizard = self.env["small_school.import"].with_user(user)
            if role == "manager":
                self.assertTrue(wizard.create({"file": b"eA=="}))
            else:
                with self.assertRaises(AccessError, msg=role):
                    wizard.create({"file": b"eA=="})

    def test_classrooms__seen_by(self):
        both = self.classroom | self.other
        for role, seen in (
            ("portal", self.classroom),
            ("teacher", self.classroom),
            ("supervisor", self.classroom),
            ("manager", both),
        ):
            model = self.env["small_school.classroom"].with_user(self.users[role])
            classrooms = model.search([("id", "in", both.ids)])
            self.assertEqual(classrooms.sudo(), seen, role)

    def test_student__no_longer_sees_a_classroom_that_they_left(self):
        classrooms = self.env["small_school.classroom"].with_user(self.users["portal"])
        own = [("id", "=", self.classroom.id)]
        self.assertTrue(classrooms.search(own))
        self.enrolment(self.amina).action_unenrol()
        self.assertTrue(self.enrolment(self.bilal))
        self.assertFalse(classrooms.search(own))

    def lesson_on(self, days, name="Leçon"):
        start = self.lesson.start + timedelta(days=days)
        vals = {"classroom_id": self.classroom.id, "name": name, "start": start}
        return self.env["small_school.lesson"].create(dict(vals, stop=start + timedelta(hours=1)))

    def lessons_of(self, role):
        found = self.env["small_school.lesson"].with_user(self.users[role]).search([])
        return found.sudo().filtered(lambda one: one.classroom_id == self.classroom)

    def test_student__sees_the_lessons_of_their_time(self):
        before, after = self.lesson_on(-30), self.lesson_on(3)
        self.assertEqual(self.lessons_of("portal"), self.lesson | after)
        with self.assertRaises(AccessError):
            before.with_user(self.users["portal"]).read(["name"])
        self.assertTrue(self.lesson.with_user(self.users["portal"]).is_own)
        self.assertFalse(before.with_user(self.users["portal"]).sudo().is_own)
        # a lesson with a line of theirs on its sheet is their own
        self.env["small_school.attendance"].create(
            {"lesson_id": before.id, "partner_id": self.amina.id}
        )
        self.assertEqual(self.lessons_of("portal"), before | self.lesson | after)

    def test_student__no_longer_sees_the_lessons_after_they_left(self):
        today, after = self.lesson_on(0.25), self.lesson_on(3)
        self.assertEqual(self.lessons_of("portal"), self.lesson | today | after)
        self.enrolment(self.amina).action_unenrol()
        self.assertEqual(self.lessons_of("portal"), self.lesson)
        for hidden in (today, after):
            with self.assertRaises(AccessError):
                hidden.with_user(self.users["portal"]).read(["name"])
        # enrolled again: lessons to come, and past ones
        self.env["small_school.enrolment"].create(
            {
                "classroom_id": self.classroom.id,
                "partner_id": self.amina.id,
                "date_from": after.start.date() - timedelta(days=1),
            }
        )
        self.assertEqual(self.lessons_of("portal"), self.lesson | after)

    def test_student__whose_enrolment_has_a_last_day(self):
        after = self.lesson_on(3)
        enrolment = self.enrolment(self.amina)
        enrolment.date_to = after.start.date() - timedelta(days=2)
        self.assertNotIn(after, self.lessons_of("portal"))
        enrolment.date_to = after.start.date() + timedelta(days=2)
        self.assertIn(after, self.lessons_of("portal"))

    def test_student__blocked_sees_no_lesson_to_come(self):
        after = self.lesson_on(3)
        self.enrolment(self.amina).action_block()
        self.assertEqual(self.lessons_of("portal"), self.lesson)
        self.enrolment(self.amina).action_unblock()
        self.assertEqual(self.lessons_of("portal"), self.lesson | after)

    def test_student__does_not_learn_of_others_by_searching(self):
        found = self.env["small_school.lesson"].with_user(self.users["portal"])
        for path in ("line_ids.partner_id", "classroom_id.enrolment_ids.partner_id"):
            self.assertFalse(found.search([(path, "=", self.bilal.id)]), path)

    def test_student__sees_no_line_but_their_own(self):
        lines = self.env["small_school.attendance"].with_user(self.users["portal"]).search([])
        self.assertEqual(lines.sudo().mapped("partner_id"), self.amina)
        with self.assertRaises(AccessError):
            self.line(self.bilal).with_user(self.users["portal"]).read(["status"])

    def test_teacher__cannot_change_another_classroom(self):
        with self.assertRaises(AccessError):
            self.env["small_school.lesson"].with_user(self.users["teacher"]).create(
                {
                    "classroom_id": self.other.id,
                    "name": "Intrusion",
                    "start": self.lesson.start,
                    "stop": self.lesson.stop,
                }
            )
