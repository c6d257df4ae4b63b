from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.telegram_school.services.membership.roster import ClassRoster

from .common import ForeignSchoolCase


@tagged("post_install", "-at_install", "telegram_rights")
class TestRights(ForeignSchoolCase):
    """The rights on our tables come with them: this school's adapter has no rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "fs-employee")

    def sees_chat(self):
        mine = self.chat.with_user(self.user)
        mine.invalidate_cache()
        found = bool(mine.search([("id", "=", self.chat.id)]))
        try:
            mine.read(["name"])
        except AccessError:
            self.assertFalse(found, "search and read agree")
        return found

    def test_teacher__sees_the_group(self):
        self.assertFalse(self.sees_chat())
        self.user.partner_id = self.driss
        self.assertTrue(self.sees_chat())
        rows = self.env["telegram.roster"].with_user(self.user).search([])
        self.assertEqual(rows.mapped("chat_id"), self.chat)
        self.course.professeur_id = False
        self.assertFalse(self.sees_chat())

    def test_teacher__from_a_moment_that_the_school_knows(self):
        self.user.partner_id = self.chloe
        since = fields.Datetime.now() + timedelta(hours=2)
        entry = {"person": self.personnes[2], "role": "teacher", "since": since}
        with patch.object(type(self.course), "_telegram_people", lambda course, partners: [entry]):
            ClassRoster(self.course).sync()
            place = self.env["telegram.planned.place"].search([("chat_id", "=", self.chat.id)])
            self.assertEqual((place.partner_id, place.valid_from), (self.chloe, since))
            self.assertNotIn(self.chloe.id, self.roster(self.chat))
            self.assertFalse(self.sees_chat())
            place.valid_from = since - timedelta(hours=3)
            self.assertTrue(self.sees_chat())

    def test_supervisor__sees_the_questions_about_students(self):
        contact = self.env["telegram.contact"]._suggest(self.amina, 9001, {"name": "A."})
        question = self.env["telegram.question"]._ask(contact, "suggested")
        self.user.partner_id = self.chloe
        own = [("id", "=", question.id)]
        questions = self.env["telegram.question"].with_user(self.user)
        self.assertFalse(questions.search(own))
        entries = ({"person": self.personnes[2], "role": "supervisor"},)
        people = type(self.course)._telegram_people
        with patch.object(
            type(self.course),
            "_telegram_people",
            lambda course, partners: people(course) + list(entries),
        ):
            ClassRoster(self.course).sync()
        self.assertEqual(questions.search(own), question)
        self.assertEqual(question.with_user(self.user).read(["kind"])[0]["kind"], "suggested")
