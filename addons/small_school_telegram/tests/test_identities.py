from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestIdentities(ClassroomCase):
    """Families that the school knows, and the rights of supervisors in their own classrooms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mother = cls.env["res.partner"].create({"name": "Mme Benali", "lang": "fr_FR"})
        cls.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, username)"
            " VALUES ('bot', 500, 'school_bot')"
        )
        cls.users = {}
        for role, partner in (("teacher", cls.teacher), ("supervisor", cls.supervisor)):
            values = {
                "login": "people-" + role,
                "partner_id": partner.id,
                "groups_id": [(6, 0, [cls.env.ref("small_school.group_%s" % role).id])],
            }
            users = cls.env["res.users"].with_context(no_reset_password=True)
            cls.users[role] = users.create(values)

    def _say(self, text, tg_user_id):
        """Send a private message to the bot; return the text of its last answer."""
        self.tell("bot_message", self.env["telegram.chat"], tg_user_id=tg_user_id, text=text)
        self.ring()
        domain = [("tg_user_id", "=", tg_user_id), ("kind", "=", "send")]
        return self.outbox.search(domain, order="id desc", limit=1)._payload()["text"]

    def _open(self, partner, tg_user_id):
        token = partner.sudo().telegram_link_url().split("start=")[1]
        return self._say("/start " + token, tg_user_id)

    def _accounts(self, partner):
        return partner.sudo()._telegram_contacts().mapped("tg_user_id")

    # -- families -------------------------------------------------------------------------------

    def test_guardian__links_and_is_offered_the_children(self):
        (self.amina | self.bilal).write({"guardian_ids": [(4, self.mother.id)]})
        text = self._open(self.mother, 61)
        self.assertIn("/for_%s" % self.amina.id, text)
        text = self._say("/for_%s" % self.amina.id, 61)
        self.assertEqual(self._accounts(self.amina), [61])
        self.assertNotIn("/for_%s" % self.amina.id, self._say("/classes", 61))
        self.assertIn("/for_%s" % self.bilal.id, self._say("/classes", 61))

    def test_family__opens_each_other_s_links_without_being_asked(self):
        (self.amina | self.bilal).write({"guardian_ids": [(4, self.mother.id)]})
        self._open(self.amina, 62)
        self._open(self.bilal, 62)  # brothers and sisters, by their guardian
        self.assertEqual(self._accounts(self.bilal), [62])
        self.assertFalse(self.env["telegram.question"].search([]))

    def test_strangers__are_asked_and_the_supervisor_hears_of_it(self):
        self._open(self.amina, 63)
        self._open(self.bilal, 63)
        self.assertEqual(self._accounts(self.bilal), [])
        link = self.env["telegram.link"].search([("partner_id", "=", self.bilal.id)])
        self._say("/also_%s" % link.id, 63)
        activities = self.classroom.activity_ids
        self.assertEqual(activities.mapped("user_id"), self.users["supervisor"])
        question = self.env["telegram.question"].search([("state", "=", "open")])
        with self.assertRaises(AccessError):
            question.with_user(self.users["teacher"]).action_yes()
        question.with_user(self.users["supervisor"]).action_yes()
        self.assertEqual(self._accounts(self.bilal), [63])

    def test_guardian__nobody_s_own(self):
        with self.assertRaises(ValidationError):
            self.amina.guardian_ids = self.amina

    # -- one account, several students ----------------------------------------------------------

    def test_presence__of_a_shared_account_counts_for_each_and_is_marked(self):
        for partner in (self.amina, self.bilal):
            self.env["telegram.contact"]._confirm(partner, 64)
        self.link(self.supervisor)
        lesson = self._held(64)
        lines = {line.partner_id: line for line in lesson.line_ids}
        self.assertEqual(lines[self.amina].status, "present")
        self.assertEqual(lines[self.bilal].status, "present")
        for partner in (self.amina, self.bilal):
            self.assertIn("partage", lines[partner].evidence)
        self.assertNotIn("partage", lines[self.supervisor].evidence or "")

    def _held(self, tg_user_id):
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        values = {
            "classroom_id": self.classroom.id,
            "name": "Fractions",
            "start": start,
            "stop": start + timedelta(minutes=60),
        }
        lesson = self.env["small_school.lesson"].create(values)
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start,
            lesson.stop,
            [(tg_user_id, "joined", start)],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        return lesson

    # -- what supervisors may do ----------------------------------------------------------------

    def test_sheet__by_the_supervisor_of_the_classroom_only(self):
        supervisor, teacher = self.users["supervisor"], self.users["teacher"]
        action = self.chat.with_user(supervisor).action_links()
        wizards = self.env["telegram.people.wizard"].with_user(supervisor)
        wizard = wizards.browse(action["res_id"])
        self.assertEqual(wizard.partner_ids, self.amina | self.bilal)
        self.assertEqual(wizard.title, self.classroom.name)
        report = self.env["report.telegram_base.sheet"].with_user(supervisor)
        [sheet] = report._get_report_values(wizard.ids)["docs"]
        cards = [card for page in sheet["pages"] for row in page for card in row if card]
        self.assertEqual([card["name"] for card in cards], ["Amina", "Bilal"])
        with self.assertRaises(AccessError):
            self.chat.with_user(teacher).action_links()
        with self.assertRaises(AccessError):
            self.chloe.with_user(supervisor)._telegram_people_wizard()

    def test_sheet__of_an_empty_classroom(self):
        empty = self.env["small_school.classroom"].create({"name": "Vide"})
        with self.assertRaises(UserError):
            empty.telegram_chat_id.action_links()

    def test_questions__seen_of_one_s_own_classrooms(self):
        contacts = self.env["telegram.contact"]
        mine = self.env["telegram.question"]._ask(contacts._suggest(self.amina, 65), "suggested")
        other = self.env["telegram.question"]._ask(contacts._suggest(self.chloe, 66), "suggested")
        seen = self.env["telegram.question"].with_user(self.users["supervisor"]).search([])
        self.assertEqual(seen, mine)
        self.assertIn("Amina", seen.sentence)
        with self.assertRaises(AccessError):
            other.with_user(self.users["supervisor"]).action_yes()
        self.assertFalse(self.env["telegram.question"].with_user(self.users["teacher"]).search([]))
