from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from ..common import TelegramCase

AMINA, OTHER = 7000000001, 7000000002


class TestBot(TelegramCase):
    def setUp(self):
        super().setUp()
        self.chat._set_roster([{"partner_id": self.amina.id, "role": "student", "status": "in"}])

    def _contact(self):
        return self.env["telegram.contact"].search([("partner_id", "=", self.amina.id)])

    def test_link_url(self):
        url = self.amina.telegram_link_url()
        self.assertTrue(url.startswith("https://t.me/school_bot?start="))
        token = url.split("start=")[1]
        self.assertRegex(token, r"^[A-Za-z0-9_-]{20,64}$")
        self.assertEqual(self.amina.telegram_state, "invited")
        link = self.env["telegram.link"]._find(token)
        self.assertNotIn(token, str(link.read()))
        hours = (link.expires_at - fields.Datetime.now()).total_seconds() / 3600
        self.assertAlmostEqual(hours, 48, delta=0.1)

    def test_link_url__no_bot_yet(self):
        self.env.cr.execute("DELETE FROM telegram_account")
        with self.assertRaises(UserError):
            self.amina.telegram_link_url()

    def test_start__links_and_greets(self):
        self._make_ready()
        before = self._reconciles()
        texts = self._say("/start " + self._token(self.amina), username="amina_b", lang_code="en")
        contact = self._contact()
        self.assertEqual(
            (contact.state, contact.tg_user_id, contact.username), ("confirmed", AMINA, "amina_b")
        )
        self.assertEqual(self.amina.telegram_state, "linked")
        self.assertEqual(self.amina.telegram_username, "@amina_b")
        self.assertGreater(self._reconciles(), before)
        self.assertIn("Hello, Amina &lt;b&gt;!", texts[-1])
        buttons = self._sent()[-1]._payload()["buttons"]
        self.assertEqual(buttons, [[{"text": "Mathématiques 3e A", "url": "https://t.me/+abc"}]])

    def test_start__tells_the_owner(self):
        seen = []
        self._hook(
            "_telegram_on_contact_confirmed",
            lambda owner, chat, partner: seen.append((chat, partner)),
        )
        self._say("/start " + self._token(self.amina))
        self.assertEqual(seen, [(self.chat, self.amina)])

    def test_start__unknown_token(self):
        self.assertIn("not one of ours", self._say("/start nonsense")[0])
        self.assertFalse(self._contact())

    def test_start__used_by_somebody_else(self):
        token = self._token(self.amina)
        self._say("/start " + token)
        texts = self._say("/start " + token, tg_user_id=OTHER)
        self.assertIn("has been used", texts[0])
        self.assertEqual(self._contact().mapped("tg_user_id"), [AMINA])

    def test_start__expired(self):
        token = self._token(self.amina)
        self.env["telegram.link"]._find(token).expires_at = fields.Datetime.now() - timedelta(1)
        self.assertIn("has expired", self._say("/start " + token)[0])
        self.assertFalse(self._contact())

    def test_start__linked_already(self):
        token = self._token(self.amina)
        self._say("/start " + token)
        self.assertIn("linked already", self._say("/start " + token)[0])
        self.assertIn("linked already", self._say("/start " + self._token(self.amina))[0])
        self.assertEqual(len(self._contact()), 1)

    def test_start__one_account_for_two_people(self):
        self._say("/start " + self._token(self.amina))
        token = self._token(self.omar)
        self.assertIn("for both of you", self._say("/start " + token)[0])
        partners = self.env["telegram.contact"]._partners(AMINA)
        self.assertEqual(partners, self.amina)

    def test_strangers_are_asked_to_link(self):
        for text in ("hello", "/start", "/classes", "/today", "/unlink"):
            self.assertIn("I do not know you yet", self._say(text)[0], text)
        self.assertIn("/classes", self._say("/help")[0])

    def test_commands(self):
        self._say("/start " + self._token(self.amina))
        self.assertIn("being prepared", self._say("/classes@school_bot")[0])
        self.assertIn("no lesson today", self._say("/today")[0])
        self.assertIn("/unlink", self._say("what?")[0])
        self.assertIn("Hello, Amina", self._say("/start")[0])
        self.chat._set_roster([])
        self.assertIn("no class", self._say("/classes")[0])

    def test_empty_messages_get_no_answer(self):
        self.assertEqual(self._say(""), [])

    def test_unlink_and_link_again(self):
        self._say("/start " + self._token(self.amina))
        self.assertIn("Do you want to unlink", self._say("/unlink")[0])
        self.assertEqual(self._contact().state, "confirmed")
        self.assertIn("no longer linked", self._say("/unlink_all")[0])
        self.assertEqual(self._contact().state, "revoked")
        self.assertFalse(self.amina._telegram_send("hello"))
        self._say("/start " + self._token(self.amina))
        self.assertEqual(self._contact().state, "confirmed")

    def test_link_again__the_new_account_takes_the_place_of_the_old(self):
        self._say("/start " + self._token(self.amina))
        self.env["telegram.contact"]._confirm(self.omar, AMINA)
        self._say("/start " + self._token(self.amina), tg_user_id=OTHER)
        self.assertEqual(self.amina._telegram_contacts().tg_user_id, OTHER)
        self.assertEqual(self.omar._telegram_contacts().tg_user_id, AMINA, "their own link stays")
        self.assertIn("was linked for Amina", self._sent()[-1]._payload()["text"])

    def test_link_again__a_further_account(self):
        self._say("/start " + self._token(self.amina))
        wizard = self.env["telegram.link.wizard"].create({"partner_id": self.amina.id})
        further = self.env["telegram.link.wizard"].browse(wizard.action_further()["res_id"])
        self._say("/start " + further.url.split("start=")[1], tg_user_id=OTHER)
        accounts = self.amina._telegram_contacts().mapped("tg_user_id")
        self.assertEqual(sorted(accounts), sorted([AMINA, OTHER]))

    def test_chat_ready__linked_people_get_the_link_once(self):
        self.env["telegram.contact"]._confirm(self.amina, AMINA)
        self._make_ready()
        self._ring()
        self._fact("chat_ready", self.chat, invite_link="https://t.me/+abc")
        self._ring()
        self.assertEqual(len(self._sent()), 1)
        self.assertIn("is open", self._sent()._payload()["text"])

    def test_newcomers__get_the_link_of_an_open_group(self):
        self._make_ready()
        self._ring()
        self.env["telegram.contact"]._confirm(self.omar, OTHER)
        entry = {"partner_id": self.omar.id}
        self.chat._set_roster([entry])
        self.assertIn("is open", self._sent(OTHER)._payload()["text"])
        self.chat._set_roster([])
        self.chat._set_roster([entry])
        self.assertEqual(len(self._sent(OTHER)), 2)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, seen_status) VALUES (%s, %s, 'in')",
            [self.chat.id, OTHER],
        )
        self.chat._set_roster([])
        self.chat._set_roster([entry])
        self.assertEqual(len(self._sent(OTHER)), 2)

    def test_language__of_the_person_then_of_their_telegram(self):
        lang = self.env["telegram.bot"]._lang
        self.assertEqual(lang(self.amina, "fr"), "en_US")
        self.assertEqual(lang(self.env["res.partner"], "fr-CA"), "fr_FR")
        self.assertEqual(lang(self.env["res.partner"], "ar"), "en_US")
        self.assertEqual(lang(self.env["res.partner"], None), "en_US")

    def test_language__french(self):
        self.env["res.lang"].load_lang("fr_FR") if hasattr(
            self.env["res.lang"], "load_lang"
        ) else self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.translation"]._load_module_terms(["telegram_base"], ["fr_FR"])
        self.assertIn("Je ne vous connais pas", self._say("bonjour", lang_code="fr")[0])
        self.amina.lang = "fr_FR"
        texts = self._say("/start " + self._token(self.amina), lang_code="en")
        self.assertIn("Bonjour", texts[0])
