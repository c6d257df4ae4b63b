from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestPersonalLinks(ClassroomCase):
    """Supervisors' rights to make personal links, which let their holder act as the person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        english = cls.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        cls.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, username)"
            " SELECT 'bot', 500, 'school_bot' WHERE NOT EXISTS"
            " (SELECT 1 FROM telegram_account WHERE kind = 'bot')"
        )
        cls.user = new_test_user(
            cls.env, "links-boss", groups="small_school.group_supervisor", lang="en_US"
        )
        cls.user.partner_id = cls.supervisor
        cls.colleague = new_test_user(cls.env, "links-colleague", groups="base.group_user")
        cls.manager = new_test_user(cls.env, "links-manager", groups="small_school.group_manager")

    def _mine(self, partner, **values):
        values = dict(values, classroom_id=self.classroom.id, partner_id=partner.id)
        return self.env["small_school.enrolment"].with_user(self.user).create(values)

    def _yesterday(self, enrolment):
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE small_school_enrolment SET entered_at = entered_at - interval '2 days'"
            " WHERE id = %s",
            [enrolment.id],
        )
        enrolment.invalidate_cache()

    def _may(self, partner):
        """Return whether the supervisor can make a link for the partner, which must be the same in
        all ways."""
        mine, ways = partner.with_user(self.user), []
        people = self.env["telegram.people.wizard"].with_user(self.user)
        for way in (
            lambda: mine.telegram_link_url(),
            lambda: mine.action_telegram_link(),
            lambda: mine.action_telegram_people(),
            lambda: (
                self.env["telegram.link.wizard"]
                .with_user(self.user)
                .create({"partner_id": partner.id})
            ),
            lambda: people.create({"partner_ids": [(6, 0, partner.ids)], "what": "print"}),
        ):
            try:
                with self.env.cr.savepoint():
                    way()
                ways.append(True)
            except AccessError as error:
                self.assertIn(partner.name, error.args[0])
                ways.append(False)
        self.assertEqual(len(set(ways)), 1, ways)
        return ways[0]

    def test_students_of_the_class__and_oneself(self):
        self.assertTrue(self._may(self.amina))
        self.assertIn("start=", self.supervisor.with_user(self.user).telegram_link_url())

    def test_enrolled_and_unenrolled_a_moment_ago(self):
        mine = self._mine(self.chloe)
        self.assertFalse(self._may(self.chloe), "enrolled by the supervisor, just now")
        mine.action_unenrol()
        self.assertFalse(self._may(self.chloe))
        self.enrolments(self.amina).with_user(self.user).action_unenrol()
        self.assertFalse(self._may(self.amina), "no longer in the class")

    def test_enrolled_by_the_supervisor__from_the_next_day_on(self):
        mine = self._mine(self.chloe)
        self._yesterday(mine)
        self.assertTrue(self._may(self.chloe))
        # ended and begun again, or turned to somebody else: today's work
        mine.write({"state": "ended"})
        mine.write({"state": "active"})
        self.assertFalse(self._may(self.chloe))

    def test_enrolled_today_by_somebody_else(self):
        self.enrol(self.chloe)
        self.assertTrue(self._may(self.chloe))

    def test_not_begun__not_yet(self):
        future = self.enrol(self.chloe, date_from=fields.Date.add(fields.Date.today(), days=9))
        self.assertTrue(future)
        self.assertFalse(self._may(self.chloe))

    def test_colleagues__never(self):
        self.assertFalse(self._may(self.teacher))
        for user in (self.colleague, self.manager):
            self.enrol(user.partner_id, date_from=fields.Date.subtract(fields.Date.today(), days=9))
            self.assertFalse(self._may(user.partner_id), user.login)
            user.active = False
            self.assertFalse(self._may(user.partner_id), "archived for a moment")

    def test_supervisor_of_before__for_nobody(self):
        own = self.classroom.assignment_ids.filtered(lambda one: one.role == "supervisor")
        today = fields.Date.today()
        own.write(
            {
                "date_from": fields.Date.subtract(today, days=9),
                "date_to": fields.Date.subtract(today, days=2),
            }
        )
        self.assertFalse(self._may(self.amina))

    def test_sheet_of_the_class__names_who_is_not_on_it(self):
        self._mine(self.chloe)
        action = self.classroom.telegram_chat_id.with_user(self.user).action_links()
        wizard = self.env["telegram.people.wizard"].browse(action["res_id"])
        self.assertEqual(wizard.partner_ids, self.amina | self.bilal)
        self.assertIn("Chloé", wizard.notice)
        self.assertNotIn("Amina", wizard.notice)

    def test_manager__makes_them_all(self):
        self._mine(self.chloe)
        url = self.chloe.with_user(self.manager).telegram_link_url()
        self.assertIn("start=", url)
