from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from ..common import TelegramCase

GUEST = 7000000009


class TestGuest(TelegramCase):
    """A person says who an unknown Telegram user of a group is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, name, seen_status, state)"
            " VALUES (%s, %s, 'Omar B', 'in', 'guest') RETURNING id",
            [cls.chat.id, GUEST],
        )
        cls.member = cls.env["telegram.member"].browse(cls.env.cr.fetchone()[0])

    def _wizard(self, **values):
        wizard = self.env["telegram.guest.wizard"].with_context(default_member_id=self.member.id)
        return wizard.create(values)

    def _contact(self):
        return self.env["telegram.contact"].search([("tg_user_id", "=", GUEST)])

    def test_known_person__linked_and_looked_at_again(self):
        before = self._reconciles()
        self._wizard(partner_id=self.omar.id).action_link()
        self.assertEqual(
            (self._contact().partner_id, self._contact().state), (self.omar, "confirmed")
        )
        self.assertGreater(self._reconciles(), before)

    def test_new_person__created_with_the_name_shown(self):
        wizard = self._wizard(choice="new")
        self.assertEqual(wizard.name, "Omar B")
        wizard.action_link()
        partner = self._contact().partner_id
        self.assertEqual((partner.name, partner.company_id), ("Omar B", self.chat.company_id))

    def test_nobody_chosen__says_what_to_do(self):
        with self.assertRaisesRegex(UserError, "Choose the person"):
            self._wizard().action_link()
        with self.assertRaisesRegex(UserError, "a name"):
            self._wizard(choice="new", name="  ").action_link()
        self.assertFalse(self._contact())

    def test_linked_meanwhile__is_not_linked_twice(self):
        wizard = self._wizard(partner_id=self.omar.id)
        self.env["telegram.contact"]._confirm(self.amina, GUEST)
        with self.assertRaisesRegex(UserError, "linked already"):
            wizard.action_link()
        self.assertEqual(self._contact().partner_id, self.amina)

    def test_fact_not_handled_yet__is_written_by_both(self):
        """A transaction that handles the fact at the same moment must not go by the state before
        the link."""
        fact = self._fact("member_joined", self.chat, tg_user_id=GUEST)
        self.env.cr.execute(
            "UPDATE telegram_member SET told_inbox_id = %s WHERE id = %s",
            [fact.id, self.member.id],
        )
        self.member.invalidate_cache()
        self.assertFalse(fact.handled_at)
        self._wizard(partner_id=self.omar.id).action_link()
        self.assertTrue(fact.handled_at)
        self.assertEqual(fact.state, "new")
        self._ring()
        self.assertEqual(fact.state, "done")

    def test_reader__may_not(self):
        reader = new_test_user(self.env, login="guest_reader", groups="telegram_base.group_user")
        wizard = self.env["telegram.guest.wizard"].with_user(reader)
        with self.assertRaises(AccessError):
            wizard.create({"member_id": self.member.id, "partner_id": self.omar.id}).action_link()
