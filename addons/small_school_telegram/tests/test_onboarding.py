from odoo.tests.common import new_test_user

from odoo.addons.telegram_school.services.calls.trial import Trial

from .common import ClassroomCase


class TestOnboarding(ClassroomCase):
    """The school's own step: the first classroom. The test lesson is any school's: see
    tests/addons/foreign_school_telegram."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = new_test_user(cls.env, login="onboarding", groups="telegram_base.group_manager")
        cls.steps = cls.env["telegram.onboarding"].with_user(cls.me).with_context(lang="en_US")

    def test_steps__in_their_order(self):
        titles = [step["title"] for step in self.steps._steps()]
        self.assertEqual(
            titles,
            [
                *("The bot", "The account", "The people", "The first classroom"),
                *("Which classes get a group", "A test lesson, with yourself alone"),
            ],
        )

    def test_classroom__the_test_is_not_the_first_one(self):
        before = self.steps._steps()[3]
        Trial(self.steps.env).begin()
        self.assertEqual(self.steps._steps()[3], before)
        self.assertFalse(self.env["small_school.classroom"].search([("name", "=", "Test class")]))
