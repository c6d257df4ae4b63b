from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from .common import TelegramCase

GROUPS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "reader": "telegram_base.group_user",
    "manager": "telegram_base.group_manager",
    "system": "base.group_system",
}


class TestRights(TelegramCase):
    """Rights that the table of rights (in small_school_telegram's tests) does not cover."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, login="telegram_" + name, groups=group)
            for name, group in GROUPS.items()
        }
        cls.users["doorbell"] = cls.env.ref("telegram_base.user_doorbell")

    def test_doorbell__rings_and_nothing_else(self):
        user = self.users["doorbell"]
        self._fact("chat_broken", self.chat)
        inbox = self.env["telegram.inbox"].with_user(user)
        self.assertEqual(inbox.ring()["handled"], 1)
        with self.assertRaises(AccessError):
            inbox.search_read([])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(user).search_read([])
        self.assertEqual(user.groups_id, self.env.ref("telegram_base.group_doorbell"))

    def test_ring__nobody_else_may(self):
        for name in ("portal", "employee", "reader", "manager", "system"):
            with self.assertRaises(AccessError):
                self.env["telegram.inbox"].with_user(self.users[name]).ring()

    def test_buttons__managers_only(self):
        fact = self._fact("chat_broken", self.chat)
        reader, manager = self.users["reader"], self.users["manager"]
        for method in ("action_retry", "action_drop"):
            with self.assertRaises(AccessError):
                getattr(fact.with_user(reader), method)()
            self.assertTrue(getattr(fact.with_user(manager), method)())
        with self.assertRaises(AccessError):
            self.chat.with_user(reader).action_reconcile()
        self.assertTrue(self.chat.with_user(manager).action_reconcile())
        contact = self.env["telegram.contact"]._confirm(self.amina, 1)
        with self.assertRaises(AccessError):
            contact.with_user(reader).action_revoke()
        contact.with_user(manager).action_revoke()
        self.assertEqual(contact.state, "revoked")

    def test_link__for_oneself_or_by_the_telegram_people(self):
        employee, reader = self.users["employee"], self.users["reader"]
        self.assertIn("start=", employee.with_user(employee).partner_id.telegram_link_url())
        self.assertIn("start=", self.amina.with_user(reader).telegram_link_url())
        for partner in (self.amina, reader.partner_id):
            with self.assertRaises(AccessError):
                partner.with_user(employee).telegram_link_url()
            with self.assertRaises(AccessError):
                self.env["telegram.link.wizard"].with_user(employee).create(
                    {"partner_id": partner.id}
                )

    def test_link_wizard__shows_and_sends(self):
        reader = self.users["reader"]
        action = self.amina.with_user(reader).action_telegram_link()
        wizard = self.env["telegram.link.wizard"].with_user(reader).browse(action["res_id"])
        self.assertIn("https://t.me/school_bot?start=", wizard.url)
        with self.assertRaises(UserError):
            wizard.action_send()
        with self.assertRaises(AccessError):
            wizard.write({"partner_id": self.omar.id})
        self.amina.email = "amina@example.com"
        wizard.action_send()
        self.assertTrue(wizard.is_sent)

    def test_own_state__in_the_preferences(self):
        employee = self.users["employee"]
        self.env["telegram.contact"]._confirm(employee.partner_id, 9, {"username": "me"})
        fields = ["telegram_own_state", "telegram_own_username"]
        own = employee.with_user(employee).read(fields)[0]
        self.assertEqual(
            (own["telegram_own_state"], own["telegram_own_username"]), ("linked", "@me")
        )
        other = employee.with_user(self.users["system"]).read(fields)[0]
        self.assertFalse(other["telegram_own_username"])

    def test_companies__of_others_nothing_is_seen(self):
        company = self.env["res.company"].create({"name": "Other school"})
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self._make_ready()
        contact = self.env["telegram.contact"]._confirm(self.amina, 1)
        self.env["telegram.question"]._ask(contact, "second")
        self.env["telegram.invite"]._make(self.chat, self.amina)
        self.env["telegram.guest"]._decide(self.chat, {77: "in"})
        self.chat.with_user(self.users["manager"]).action_pause()
        for kind, chat in (("link", False), ("invite", self.chat.id)):
            self.env["telegram.mailing"].create(
                {"partner_id": self.amina.id, "kind": kind, "chat_id": chat}
            )
        self.env["telegram.lookup"].create({"partner_id": self.amina.id, "number": "+33600000001"})
        self.env.cr.execute(
            "INSERT INTO telegram_removal (chat_id, tg_user_id) VALUES (%s, 77)", [self.chat.id]
        )
        seen = {
            "telegram.chat": ("id", self.chat),
            "telegram.roster": ("chat_id", self.chat),
            "telegram.chat.state": ("chat_id", self.chat),
            "telegram.invite": ("chat_id", self.chat),
            "telegram.guest": ("chat_id", self.chat),
            "telegram.pause": ("chat_id", self.chat),
            "telegram.removal": ("chat_id", self.chat),
            "telegram.contact": ("partner_id", self.amina),
            "telegram.question": ("contact_id", contact),
            "telegram.lookup": ("partner_id", self.amina),
            "telegram.mailing": ("partner_id", self.amina),
        }
        manager = self.users["manager"]
        for is_own in (True, False):
            for model, (field, record) in seen.items():
                domain = [(field, "=", record.id)]
                count = self.env[model].with_user(manager).search_count(domain)
                self.assertEqual(bool(count), is_own, model)
            self.chat.company_id = company
            self.amina.company_id = company
