from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from .common import TelegramCase

MODELS = [
    "telegram.chat",
    "telegram.chat.state",
    "telegram.roster",
    "telegram.member",
    "telegram.contact",
    "telegram.call",
    "telegram.presence",
    "telegram.account",
    "telegram.outbox",
    "telegram.inbox",
    "telegram.contract",
    "telegram.link",
    "telegram.session",
    "telegram.lease",
    "telegram.intent",
]
#: who → {model: letters of read, write, create, unlink}; what is not named may not be done
TABLE = {
    "doorbell": {},
    "portal": {},
    "employee": {},
    "reader": {model: "r" for model in MODELS[:7]},
    "manager": dict(
        {model: "r" for model in MODELS[:11]},
        **{"telegram.chat": "rw", "telegram.contact": "rw", "telegram.outbox": "rw"},
    ),
    # Odoo's administrator has no way around it either
    "system": {},
}
GROUPS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "reader": "telegram_base.group_user",
    "manager": "telegram_base.group_manager",
    "system": "base.group_system",
}


class TestRights(TelegramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, login="telegram_" + name, groups=group)
            for name, group in GROUPS.items()
        }
        cls.users["doorbell"] = cls.env.ref("telegram_base.user_doorbell")

    def _letters(self, user, model):
        rights = (("r", "read"), ("w", "write"), ("c", "create"), ("u", "unlink"))
        records = self.env[model].with_user(user)
        return "".join(
            letter
            for letter, right in rights
            if records.check_access_rights(right, raise_exception=False)
        )

    def test_table(self):
        for name, user in self.users.items():
            for model in MODELS:
                expected = TABLE[name].get(model, "")
                self.assertEqual(self._letters(user, model), expected, (name, model))

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

    def test_companies__groups_of_others_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Other school"})
        self.chat._set_roster([{"partner_id": self.amina.id}])
        reader = self.users["reader"]
        seen = self.env["telegram.chat"].with_user(reader).search([("id", "=", self.chat.id)])
        self.assertEqual(seen, self.chat)
        self.chat.company_id = company
        for model, field in (("telegram.chat", "id"), ("telegram.roster", "chat_id")):
            domain = [(field, "=", self.chat.id)]
            self.assertFalse(self.env[model].with_user(reader).search(domain), model)
