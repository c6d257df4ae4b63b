from odoo.tests.common import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    """A person's own page, and nobody else's."""

    def setUp(self):
        super().setUp()
        languages = self.env["res.lang"].with_context(active_test=False)
        languages.search([("code", "=", "en_US")]).active = True
        group = self.env.ref("base.group_portal")
        users = self.env["res.users"].with_context(no_reset_password=True)
        self.amina, self.bilal = (
            users.create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "lang": "en_US",
                    "groups_id": [(6, 0, [group.id])],
                }
            ).partner_id
            for name, login in (("Amina Portail", "amina.tg"), ("Bilal Portail", "bilal.tg"))
        )
        self.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, username)"
            " VALUES ('bot', 501, 'school_bot')"
        )
        for partner in self.amina, self.bilal:
            chat = self.env["telegram.chat"]._for_record(partner, {"name": "Of " + partner.name})
            chat._set_roster([{"partner_id": partner.id}])
            self.env.cr.execute(
                "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
                " VALUES (%s, %s, 'ready', %s)",
                [chat.id, 900 + partner.id, "https://t.me/+of%s" % partner.id],
            )
            partner.invalidate_cache()
        self.authenticate("amina.tg", "amina.tg")

    def _page(self):
        return self.url_open("/my/telegram").text

    def _links(self):
        return self.env["telegram.link"].search([("partner_id", "in", self.amina.ids)])

    def test_page__ones_own_classes_only(self):
        page = self._page()
        self.assertIn("Of Amina Portail", page)
        self.assertNotIn("Of Bilal Portail", page)
        self.assertIn("Link my Telegram", page)
        self.assertNotIn("t.me/+of", page, "the group's link is for those who have linked")
        self.assertFalse(self._links(), "looking makes no link")

    def test_page__linked_with_the_groups_link(self):
        self.env["telegram.contact"]._confirm(self.amina, 7000000009)
        page = self._page()
        self.assertIn("is linked with the school", page)
        self.assertIn("https://t.me/+of%s" % self.amina.id, page)
        self.assertNotIn("https://t.me/+of%s" % self.bilal.id, page)

    def test_page__who_is_in_is_led_to_a_message_of_the_group(self):
        self.env["telegram.contact"]._confirm(self.amina, 7000000009)
        chat = self.amina._telegram_roster_chats("in")
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET anchor_message_id = 17 WHERE chat_id = %s", [chat.id]
        )
        self.assertIn("https://t.me/+of", self._page(), "out of the group its link leads in")
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
            " VALUES (%s, %s, 7000000009, 'in')",
            [chat.id, self.amina.id],
        )
        self.env.cache.invalidate()
        page = self._page()
        self.assertIn("https://t.me/c/%s/17" % (900 + self.amina.id), page)
        self.assertNotIn("https://t.me/+of", page)
        self.env.cr.execute("UPDATE telegram_chat_state SET anchor_message_id = NULL")
        self.env.cache.invalidate()
        self.assertIn("https://t.me/+of", self._page())

    def test_button__makes_a_link_of_ones_own_by_post_only(self):
        self.assertEqual(self.url_open("/my/telegram/link").status_code, 405)
        self.assertFalse(self._links())
        token = self._page().split('name="csrf_token" value="')[1].split('"')[0]
        refused = self.opener.post(
            self.base() + "/my/telegram/link", data={}, allow_redirects=False
        )
        self.assertEqual(refused.status_code, 400, "a foreign page cannot press it")
        answer = self.opener.post(
            self.base() + "/my/telegram/link",
            data={"csrf_token": token, "partner_id": self.bilal.id},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn("https://t.me/school_bot?start=", answer.headers["Location"])
        links = self.env["telegram.link"].search([])
        self.assertEqual(links.mapped("partner_id"), self.amina)

    def base(self):
        return self.url_open("/my/telegram").url.split("/my/")[0]

    def test_button__before_there_is_a_bot(self):
        self.env.cr.execute("DELETE FROM telegram_account")
        token = self._page().split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.url_open("/my/telegram/link", data={"csrf_token": token})
        self.assertIn("not connected at the school yet", answer.text)

    def test_page__as_many_queries_for_twenty_classes_as_for_one(self):
        def count():
            self.env.cache.invalidate()
            before = self.env.cr.sql_log_count
            classes = self.amina._telegram_own_classes()
            return len(classes), self.env.cr.sql_log_count - before

        self.amina._telegram_own_classes()
        single = count()
        for number in range(19):
            owner = self.env["res.partner"].create({"name": "C%s" % number})
            chat = self.env["telegram.chat"]._for_record(owner)
            chat._set_roster([{"partner_id": self.amina.id}])
        self.env["telegram.chat"].flush()
        many = count()
        self.assertEqual((single[0], many[0]), (1, 20))
        self.assertEqual(single[1], many[1])

    def test_strangers__log_in_first(self):
        self.opener.cookies.clear()
        self.assertIn("/web/login", self.url_open("/my/telegram").url)
