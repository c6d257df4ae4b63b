from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import mute_logger

from ..common import TelegramCase

AMINA = 7000000001


class TestMailing(TelegramCase):
    """E-mails: their receivers, how many, and none twice."""

    def setUp(self):
        super().setUp()
        self._clock(12)
        self.amina.email = "amina@example.com"
        self.other = self.env["telegram.chat"]._for_record(self.omar)
        (self.chat | self.other).write({"company_id": self.env.company.id})
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self.other._set_roster([{"partner_id": self.amina.id}])
        for number, chat in enumerate((self.chat, self.other)):
            self._make_ready(chat, "https://t.me/+%s" % number)

    def _clock(self, hour):
        """Make it about that hour of the day at the school."""
        ahead = (hour - datetime.utcnow().hour + 12) % 24 - 12
        # the signs of these zones are the wrong way round
        self.env.company.partner_id.tz = "Etc/GMT%+d" % -ahead

    def _state(self, state):
        """Set the state of the two groups, as the gateway does."""
        self.env.cr.execute("UPDATE telegram_chat_state SET state = %s", [state])
        self.env.cache.invalidate()

    def _mails(self, partner=None):
        return self.env["mail.mail"].search(
            [("recipient_ids", "in", (partner or self.amina).ids)], order="id"
        )

    def _run(self, days=0):
        """Let days pass and run the cron twice: nothing is done twice."""
        self.env.cr.execute(
            "UPDATE telegram_mailing SET sent_at = sent_at - %s * interval '1 day'", [days]
        )
        self.env["telegram.mailing"].invalidate_cache()
        for _time in range(2):
            self.env["telegram.mailing"]._cron_mail()
        return len(self._mails())

    def test_link__one_mail_whatever_the_number_of_classes(self):
        self.env.company.write({"name": "R&D", "email": "school@example.com"})
        self.assertEqual(self._run(), 1)
        mail = self._mails()
        self.assertEqual(mail.state, "outgoing", "it waits in Odoo's queue")
        self.assertFalse(mail.model or mail.res_id, "its link stands in nobody's history")
        self.assertTrue(mail.auto_delete)
        self.assertIn("R&D", mail.email_from)
        self.assertIn("<school@example.com>", mail.email_from)
        self.assertEqual(mail.subject, "R&D: the Telegram groups of your classes")
        for text in (self.owner.name, self.omar.name, "https://t.me/school_bot?start=", "Start"):
            self.assertIn(text, mail.body_html)
        self.assertIn("Amina &lt;b&gt;", mail.body_html)

    def test_link__works_for_a_week(self):
        self._run()
        link = self.env["telegram.link"].search([("partner_id", "=", self.amina.id)])
        self.assertGreater(link.expires_at, fields.Datetime.now() + timedelta(days=6))
        token = self._mails().body_html.split("start=")[1].split('"')[0]
        self.assertIn("Hello", self._say("/start %s" % token)[0])
        self.assertEqual(self._run(days=40), 1)

    def test_link__reminded_twice_and_no_more(self):
        self.assertEqual([self._run(days) for days in (0, 2, 1, 6, 1, 20)], [1, 1, 2, 2, 3, 3])
        tokens = [mail.body_html.split("start=")[1].split('"')[0] for mail in self._mails()]
        self.assertEqual(len(set(tokens)), 3)

    def test_link__anew_for_a_class_that_comes_much_later(self):
        for days in (0, 3, 7):
            self._run(days)
        self.chat._set_roster([])
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self.assertEqual(self._run(days=10), 3)
        self.assertEqual(self._run(days=21), 4)

    def test_link__in_the_persons_language(self):
        self.amina.lang = "fr_FR"
        self._run()
        self.assertIn("Bonjour Amina", self._mails().body_html)
        self.assertIn("groupes Telegram", self._mails().subject)

    def test_link__to_the_parent_of_a_child_without_address(self):
        parent = self.env["res.partner"].create(
            {"name": "Parent", "email": "parent@example.com", "lang": "en_US"}
        )
        self.amina.write({"email": False, "parent_id": parent.id})
        self._run()
        self.assertIn("Hello Parent", self._mails(parent).body_html)
        self.assertIn("Amina &lt;b&gt;", self._mails(parent).body_html)
        self.assertFalse(self._mails())

    def test_link__not_to_the_company_that_somebody_belongs_to(self):
        company = self.env["res.partner"].create(
            {"name": "École", "is_company": True, "email": "office@example.com"}
        )
        self.amina.write({"email": False, "parent_id": company.id})
        self._run()
        self.assertFalse(self._mails(company))

    def test_link__not_to_these(self):
        cases = {
            "linked": lambda: self.env["telegram.contact"]._confirm(self.amina, AMINA),
            "no address": lambda: self.amina.write({"email": "nobody"}),
            "archived": lambda: self.amina.write({"active": False}),
            "switched off": lambda: self.env.company.write({"telegram_mail": False}),
            "night": lambda: self._clock(3),
            "no bot": lambda: self.env.cr.execute("DELETE FROM telegram_account"),
            "out": lambda: [one._set_roster([]) for one in self.chat | self.other],
            "group not there yet": lambda: self._state("creating"),
            "group broken": lambda: self._state("broken"),
            "group closed": lambda: (self.chat | self.other).write({"active": False}),
            "group not reviewed": lambda: (self.chat | self.other).write({"is_reviewed": False}),
        }
        for name, change in cases.items():
            with self.subTest(name):
                self.env.cr.execute("SAVEPOINT a_case")
                change()
                self.assertEqual(self._run(), 0)
                self.env["base"].flush()
                self.env.cr.execute("ROLLBACK TO SAVEPOINT a_case")
                self.env.cache.invalidate()
        self.assertEqual(self._run(), 1)

    def test_link__anew_for_who_was_unlinked(self):
        for days in (0, 3, 7):
            self._run(days)
        contact = self.env["telegram.contact"]._confirm(self.amina, AMINA)
        self.assertEqual(self._run(), 3)
        contact._revoke()
        self.assertEqual(self._run(), 4)

    def test_broken_template__is_logged_and_tried_again(self):
        template = self.env.ref("telegram_base.mail_template_link")
        body = template.body_html
        template.body_html = "${object.name.no_such_method()}"
        with mute_logger(
            "odoo.addons.telegram_base.models.messages.telegram_mailing",
            "odoo.addons.mail.models.mail_template",
            "odoo.addons.mail.models.mail_render_mixin",
        ):
            self.assertEqual(self._run(), 0)
        template.body_html = body
        self.assertEqual(self._run(), 1)

    # -- groups that the bot could not tell of --------------------------------------------------

    def _linked(self):
        for chat, link in ((self.chat, "https://t.me/+one"), (self.other, "https://t.me/+two")):
            self.env.cr.execute(
                "UPDATE telegram_chat_state SET invite_link = %s WHERE chat_id = %s",
                [link, chat.id],
            )
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
                " VALUES (%s, %s, %s, 'welcome')",
                [chat.id, self.amina.id, AMINA],
            )
        self.env["telegram.contact"]._confirm(self.amina, AMINA)
        self.env["telegram.bot"]._invite_roster(self.chat, "https://t.me/+one")

    def _bot_outcome(self, state, error_code=None):
        self._sent(AMINA)[-1:].write({"state": state, "error_code": error_code})
        self.env["telegram.outbox"].flush()

    def test_invite__by_mail_where_the_bot_is_blocked(self):
        self._linked()
        self._bot_outcome("failed", "USER_IS_BLOCKED")
        self.assertEqual(self._run(), 1)
        for text in ("https://t.me/+one", "https://t.me/+two", "bot cannot write"):
            self.assertIn(text, self._mails().body_html)
        self.assertEqual(self._run(days=30), 1, "once for each group")

    def test_invite__again_for_another_group_only(self):
        self._linked()
        self._bot_outcome("failed", "PEER_ID_INVALID")
        self._run()
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET invite_link = 'https://t.me/+new' WHERE chat_id = %s",
            [self.chat.id],
        )
        self.env["telegram.chat.state"].invalidate_cache()
        self.chat.invalidate_cache()
        self.assertEqual(self._run(), 2)
        self.assertIn("+new", self._mails()[-1].body_html)
        self.assertNotIn("+two", self._mails()[-1].body_html)

    def test_invite__not_where_the_bot_got_through(self):
        self._linked()
        self._bot_outcome("done")
        self.assertEqual(self._run(), 0)

    def test_invite__not_for_who_has_come(self):
        self._linked()
        self._bot_outcome("failed", "USER_IS_BLOCKED")
        self.env.cr.execute("UPDATE telegram_member SET state = 'in', seen_status = 'in'")
        self.env["telegram.member"].invalidate_cache()
        self.assertEqual(self._run(), 0)
