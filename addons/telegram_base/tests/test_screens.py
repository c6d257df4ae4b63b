from odoo.exceptions import ValidationError
from odoo.tests.common import Form

from .common import TelegramCase


class TestScreens(TelegramCase):
    def _member(self, state, error_code=None):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, state, error_code)"
            " VALUES (%s, %s, %s, %s) RETURNING id",
            [self.chat.id, self.amina.id, state, error_code],
        )
        return self.env["telegram.member"].browse(self.env.cr.fetchone()[0])

    def test_member__in_words(self):
        self.chat._set_roster([{"partner_id": self.amina.id, "role": "teacher"}])
        member = self._member("failed", "USER_PRIVACY_RESTRICTED")
        self.assertIn("privacy settings", member.state_text)
        self.assertEqual((member.wanted_role, member.wanted_status), ("teacher", "in"))
        self.assertEqual(member.display_person, "Amina <b>")

    def test_words__each_state_of_the_contract_has_some(self):
        words = self.env["telegram.words"]
        states = [code for code, _text in self.env["telegram.member"]._fields["state"].selection]
        self.assertEqual(len({words._member(state) for state in states}), len(states))
        self.assertEqual(words._error("SOMETHING_NEW"), "SOMETHING_NEW")
        self.assertIn("pause", words._error("FLOOD_WAIT_30"))

    def test_chat__state_and_search(self):
        chats = self.env["telegram.chat"]
        domain = [("id", "=", self.chat.id)]
        self.assertEqual(self.chat.state, "waiting")
        self.assertEqual(chats.search(domain + [("state", "=", "waiting")]), self.chat)
        self._make_ready()
        self.assertEqual((self.chat.state, self.chat.invite_link), ("ready", "https://t.me/+abc"))
        self.assertEqual(chats.search(domain + [("state", "in", ("ready", "broken"))]), self.chat)
        self.assertFalse(chats.search(domain + [("state", "!=", "ready")]))

    def test_partner__search(self):
        partners = self.env["res.partner"]
        both = [("id", "in", (self.amina | self.omar).ids)]
        self.env["telegram.contact"]._confirm(self.amina, 1)
        self.omar.telegram_link_url()
        self.assertEqual(partners.search(both + [("telegram_state", "=", "linked")]), self.amina)
        self.assertEqual(partners.search(both + [("telegram_state", "=", "invited")]), self.omar)
        self.assertEqual(partners.search(both + [("telegram_state", "!=", "linked")]), self.omar)
        self.assertFalse(partners.search(both + [("telegram_state", "=", "none")]))

    def test_forms__open(self):
        self._make_ready()
        self._ring()
        self._member("welcome")
        self.chat.invalidate_cache()
        with Form(self.chat) as form:
            form.name = "Renamed"
        self.assertEqual(self.chat.name, "Renamed")
        for model in ("outbox", "inbox", "account", "member"):
            Form(self.env["telegram." + model].search([], limit=1))
        with Form(self.amina) as form:
            self.assertEqual(form.telegram_state, "none")

    def test_settings(self):
        settings = self.env["res.config.settings"].create(
            {"telegram_link_hours": 2, "default_leave_policy": "flag"}
        )
        settings.execute()
        chat = self.env["telegram.chat"]._for_record(self.omar)
        self.assertEqual(chat.leave_policy, "flag")
        link = self.env["telegram.link"]._find(self._token(self.amina))
        hours = (link.expires_at - link.create_date).total_seconds() / 3600
        self.assertAlmostEqual(hours, 2, delta=0.1)
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"telegram_link_hours": 0})
