import json

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ...privacy.explanation import Explanation
from ..common import TelegramCase

ACCOUNT, SHARED = 7770000001, 7770000002


@tagged("post_install", "-at_install")
class TestErasure(TelegramCase):
    """A person with all data that can be held; another one shares an account with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.env["telegram.personal.data"]
        cls.env.company.partner_id.lang = "en_US"  # of the text in place of a name
        cls.lina, cls.sister = cls.env["res.partner"].create(
            [
                {
                    "name": "Lina Qadiri",
                    "email": "lina@example.com",
                    "mobile": "+33 6 77 88 99 01",
                    "comment": "likes chess",
                    "lang": "en_US",
                },
                {"name": "Nour Qadiri", "lang": "en_US"},
            ]
        )
        contacts = cls.env["telegram.contact"]
        contacts._confirm(
            cls.lina,
            ACCOUNT,
            {"name": "Linette", "username": "lina_q", "phone": "+33677889901"},
        )
        for partner in (cls.lina, cls.sister):
            contacts._confirm(partner, SHARED, {"name": "Famille Q"})
        cls.chat._set_roster([{"partner_id": cls.lina.id, "status": "out"}])

    def _member(self, tg_user_id, partner=None):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, name, seen_status)"
            " VALUES (%s, %s, %s, 'Linette', 'in')",
            [self.chat.id, partner and partner.id, tg_user_id],
        )

    def _forgets(self):
        return self.env["telegram.outbox"].search([("kind", "=", "forget")], order="id")

    def _traces(self, *words):
        """Return the columns, of all tables with texts or big numbers, that still contain one of
        the words."""
        self.env["base"].flush()
        self.env.cr.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('text', 'character varying', 'bigint')"
        )
        columns = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                'SELECT 1 FROM "%s" WHERE "%s"::text ILIKE ANY (%%s) LIMIT 1' % (table, column),
                [["%%%s%%" % word for word in words]],
            )
            if self.env.cr.fetchone():
                columns.append("%s.%s" % (table, column))
        return columns

    def test_erased__nothing_names_them_but_what_waits_for_the_gateway(self):
        self._fact("bot_message", tg_user_id=ACCOUNT, text="hello", name="Linette", message_id=9)
        by = self._fact("member_removed", self.chat, tg_user_id=5, name="X", by=ACCOUNT)
        self.env["telegram.lookup"]._start(self.lina)
        self.lina.telegram_link_url()
        self.lina._telegram_send("Hello Lina Qadiri", key="hello")
        self.chat._send("<b>Lina Qadiri</b> and <b>Nour Qadiri</b> came")
        self.owner.message_post(body="Lina Qadiri left; 7770000001 again")
        self.lina.message_post(body="called her mother")
        self.env["base"].flush()
        self.data._personal_erase(self.lina)
        partner = self.lina.with_context(active_test=False)
        self.assertEqual(partner.name, "Erased person %s" % partner.id)
        self.assertFalse(partner.active or partner.email or partner.mobile or partner.comment)
        self.assertTrue(partner.telegram_erased_at and partner.telegram_erased_uid)
        [command] = self._forgets()
        self.assertEqual(command._payload()["tg_user_ids"], [ACCOUNT])
        self.assertEqual(command._payload()["put_out"], [ACCOUNT])
        words = ("Lina Qadiri", "lina@example", "lina_q", "Linette", "33677889901", str(ACCOUNT))
        left = self._traces(*words)
        self.assertEqual(left, ["telegram_outbox.payload"])
        self.assertTrue(partner.telegram_is_forgetting)
        # the gateway has done it
        self.env.cr.execute("UPDATE telegram_outbox SET state = 'done' WHERE kind = 'forget'")
        command.invalidate_cache()
        late = self._fact("member_joined", self.chat, tg_user_id=ACCOUNT, name="Linette")
        self._fact("person_forgotten", command_id=command.id)
        self._ring()
        self.assertEqual(self._traces(*words), [])
        self.assertEqual(late.state, "done", late.error)
        self.assertEqual(by._payload(), {"tg_user_id": 5, "name": "X", "by": None})
        self.assertFalse(partner.telegram_is_forgetting)
        self.assertTrue(self._traces("Nour Qadiri"), "others stay")

    def test_own_link_into_a_group__is_exported_and_erased(self):
        self.chat._set_roster([{"partner_id": self.lina.id, "status": "in"}])
        invite = self.env["telegram.invite"]._make(self.chat, self.lina)
        command = self.env["telegram.outbox"].search([("key", "=", invite._key())])
        self.assertEqual(command.kind, "make_link")
        self.chat._set_roster([{"partner_id": self.lina.id, "status": "out"}])
        self.assertTrue(self.data._personal_export(self.lina)[1])
        self.data._personal_erase(self.lina)
        self.assertFalse((invite | invite).exists() or command.exists())

    def test_note_of_blanks__holds_nothing_up(self):
        self.env["mail.message"].create(
            {"model": "res.partner", "res_id": self.lina.id, "body": "<p>%s</p>" % (" " * 20000)}
        )
        self.assertTrue(self.data._personal_export(self.lina)[1])

    def test_outcome__claims_no_more_than_was_done(self):
        # Odoo's own record, of which this product knows nothing
        country = self.env["res.country.state"].create(
            {
                "name": "chez Lina Qadiri",
                "code": "LQ",
                "country_id": self.env.ref("base.fr").id,
            }
        )
        person = self.data._personal_person(self.lina)
        [kept] = [
            line
            for line in self.data._personal_preview(person)
            if "another part of Odoo" in line["why"]
        ]
        self.assertEqual((kept["count"], kept["erasure"]), (1, "kept"))
        wizard = self._wizard(self.lina)
        wizard.is_sure = True
        wizard.action_erase()
        self.assertIn(kept["title"], wizard.outcome)
        self.assertNotIn("No text in Odoo names", wizard.outcome)
        country.name = "Ailleurs"
        wizard = self._wizard(self.sister)
        wizard.is_sure = True
        wizard.action_erase()
        self.assertIn("No text in Odoo names", wizard.outcome)
        self.assertIn("within files", wizard.outcome)

    def _wizard(self, partner):
        action = self.env["telegram.erasure.wizard"]._open(partner)
        return self.env["telegram.erasure.wizard"].browse(action["res_id"])

    def test_log_of_identities__stays_without_saying_whose_it_was(self):
        logs = self.env["telegram.contact.log"]
        before = logs.search([("partner_id", "=", self.lina.id)])
        self.assertTrue(before.filtered("account"))
        self.data._personal_export(self.lina)
        self.data._personal_erase(self.lina)
        after = logs.search([("partner_id", "=", self.lina.id)])
        self.assertLessEqual(before, after)
        self.assertEqual(set(after.mapped("account")) | set(after.mapped("after")), {False})

    def test_shared_account__stays_the_others(self):
        person = self.data._personal_person(self.lina)
        self.assertEqual((person.accounts, person.shared), ({ACCOUNT}, {SHARED}))
        notes = " ".join(Explanation(self.env, person).notes())
        self.assertIn("also used by Nour Qadiri", notes)
        self._fact("bot_message", tg_user_id=SHARED, text="hi", name="Famille Q")
        self.data._personal_erase(self.lina)
        self.assertEqual(self.env["telegram.contact"]._partners(SHARED), self.sister)
        fact = self.env["telegram.inbox"].search([("kind", "=", "bot_message")], limit=1)
        self.assertEqual(fact._payload()["tg_user_id"], SHARED)

    def test_suggested_account__is_nobodys_yet(self):
        self.env["telegram.contact"]._suggest(self.lina, 7770000009)
        self.assertNotIn(7770000009, self.data._personal_person(self.lina).accounts)
        self.data._personal_erase(self.lina)
        self.assertFalse(self.env["telegram.contact"].search([("tg_user_id", "=", 7770000009)]))

    def test_refused__with_what_to_do_first(self):
        for status, words in (("in", "End the enrolment"), ("undecided", "Decide first")):
            self.chat._set_roster([{"partner_id": self.lina.id, "status": status}])
            with self.assertRaisesRegex(UserError, words):
                self.data._personal_erase(self.lina)
            self.env.cr.execute("UPDATE telegram_roster SET status = 'out'")
            self.env["telegram.roster"].invalidate_cache()
        user = self.env["res.users"].with_context(no_reset_password=True)
        user = user.create({"login": "lina@example.com", "partner_id": self.lina.id})
        with self.assertRaisesRegex(UserError, "archive the user"):
            self.data._personal_erase(self.lina)
        user.active = False
        self.data._personal_erase(self.lina)
        self.assertEqual(user.login, "erased-%s" % user.id)
        self.assertEqual(self._traces("lina@example.com"), [])
        for partner in (self.env.company.partner_id, self.env.ref("base.public_partner")):
            with self.assertRaisesRegex(UserError, "no person"):
                self.data._personal_erase(partner)

    def test_refused__the_schools_own_account(self):
        self.env["telegram.contact"]._confirm(self.lina, 500)
        with self.assertRaisesRegex(UserError, "own Telegram account"):
            self.data._personal_erase(self.lina)

    def test_erased_twice__what_has_turned_up_goes_too(self):
        self.data._personal_erase(self.lina)
        erased_at = self.lina.telegram_erased_at
        self.lina.write({"phone": "+33 6 77 88 99 02"})
        self.data._personal_erase(self.lina)
        self.assertFalse(self.lina.phone)
        self.assertEqual(self.lina.telegram_erased_at, erased_at)
        self.assertEqual(len(self._forgets()), 1, "there was nothing more to forget")

    def test_archived_before(self):
        self.lina.active = False
        self.data._personal_erase(self.lina)
        self.assertEqual(self._traces("Lina Qadiri"), [])

    def test_united_with_another__the_former_name_goes_too(self):
        double = self.env["res.partner"].create(
            {"name": "Lina Kadiri", "email": "lk@example.com", "lang": "en_US"}
        )
        self.owner.message_post(body="Lina Kadiri came")
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge([double.id, self.lina.id], self.lina, extra_checks=False)
        self.data._personal_erase(self.lina)
        self.assertEqual(self._traces("Lina Kadiri", "lk@example.com"), [])

    def test_erased__stands_for_nobody_else(self):
        self.data._personal_erase(self.lina)
        with self.assertRaisesRegex(UserError, "new contact"):
            self.lina.active = True
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        for target in (self.lina, self.omar):
            with self.assertRaisesRegex(UserError, "new contact"):
                merge._merge([self.omar.id, self.lina.id], target, extra_checks=False)

    def test_named_in_a_removal__the_gateway_is_told_the_name(self):
        self.env.cr.execute(
            "INSERT INTO telegram_removal (chat_id, kind, reason)"
            " VALUES (%s, 'remove', 'was removed by Lina Qadiri')",
            [self.chat.id],
        )
        self.data._personal_erase(self.lina)
        self.assertEqual(self._forgets()._payload()["words"], ["Lina Qadiri"])

    def test_known_only_in_a_group__the_gateway_forgets_the_partner(self):
        self._member(None, self.omar)
        self.data._personal_erase(self.omar)
        [command] = self._forgets()
        self.assertEqual(command._payload()["partner_id"], self.omar.id)

    def test_account_linked_by_another_meanwhile__stays_theirs(self):
        self.data._personal_erase(self.lina)
        self.env["telegram.contact"]._confirm(self.omar, ACCOUNT, {"name": "Omar T"})
        [command] = self._forgets()
        self.env.cr.execute("UPDATE telegram_outbox SET state = 'done' WHERE kind = 'forget'")
        self._fact("person_forgotten", command_id=command.id)
        self._ring()
        self.assertEqual(self.env["telegram.contact"]._partners(ACCOUNT), self.omar)
        command.invalidate_cache()
        self.assertEqual(json.loads(command.payload), {})

    def test_window__shows_what_goes_and_what_waits(self):
        self._member(ACCOUNT, self.lina)
        action = self.lina.action_telegram_erase()
        wizard = self.env["telegram.erasure.wizard"].browse(action["res_id"])
        self.assertEqual(wizard.person_name, "Lina Qadiri")
        lines = {line.title: (line.count, line.erasure) for line in wizard.line_ids}
        self.assertEqual(lines["Telegram accounts"], (2, "deleted"))
        self.assertEqual(lines["How the person stands in groups"], (1, "gateway"))
        self.assertIn("No gateway runs now", wizard.notes)
        with self.assertRaisesRegex(UserError, "cannot be undone"):
            wizard.action_erase()
        wizard.is_sure = True
        wizard.action_erase()
        self.assertEqual(wizard.state, "done")
        self.assertIn("the command waits", wizard.outcome)
        self.assertNotIn("Lina", wizard.person_name)

    def test_others_may_not(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        for group in (
            "base.group_system",
            "telegram_base.group_user",
            "base.group_partner_manager",
        ):
            user = users.create(
                {"name": group, "login": group, "groups_id": [(6, 0, [self.env.ref(group).id])]}
            )
            lina = self.lina.with_user(user)
            with self.assertRaises(AccessError):
                lina.action_telegram_erase()
            with self.assertRaises(AccessError):
                lina.action_telegram_export()
            for method in ("_personal_erase", "_personal_export"):
                with self.assertRaises(AccessError):
                    getattr(self.data.with_user(user), method)(lina)
