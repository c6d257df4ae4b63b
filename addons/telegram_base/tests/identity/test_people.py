from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user

from ..common import TelegramCase

AMINA, OTHER = 7000000001, 7000000002


class TestPeople(TelegramCase):
    """Suggestions, telephone numbers, deleted accounts; the list of everybody."""

    def setUp(self):
        super().setUp()
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self.amina.write({"name": "Amina Benali", "mobile": "+33 6 12 34 56 78"})
        self.contacts = self.env["telegram.contact"]

    def _state(self, partner):
        partner.invalidate_cache()
        return partner.telegram_state

    def _open(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["telegram.question"].search([("state", "=", "open")] + domain)

    def _contact(self, partner, state="confirmed"):
        return self.contacts.search([("partner_id", "=", partner.id), ("state", "=", state)])

    # -- asking to join by a personal link -------------------------------------------------------

    def _personal_link(self, partner):
        self._make_ready()
        partner.action_telegram_invites()
        [command] = self.env["telegram.outbox"].search([("kind", "=", "make_link")])
        self.assertEqual(command._payload()["title"], partner.name)
        invite = partner.telegram_invite_ids
        self._fact("link_made", self.chat, invite_id=invite.id, link="https://t.me/+own")
        self._ring()
        self.assertEqual(invite.link, "https://t.me/+own")
        partner.action_telegram_invites()  # there already: nothing more is asked for
        self.assertEqual(self.env["telegram.outbox"].search([("kind", "=", "make_link")]), command)

    def _asks(self, tg_user_id=AMINA, link="https://t.me/+own", name="Benali Amina"):
        self._fact(
            "request_waiting", self.chat, tg_user_id=tg_user_id, name=name, link=link, roster=None
        )
        self._ring()

    def test_asked_by_personal_link__is_only_suggested(self):
        self._personal_link(self.amina)
        self._asks()
        self.assertFalse(self._contact(self.amina))
        question = self._open(kind="suggested")
        self.assertIn("asked to join by the personal link of Amina", question.sentence)
        self.assertEqual(self._state(self.amina), "suggested")
        before = self._reconciles()
        question.action_yes()
        self.assertEqual(self._contact(self.amina).tg_user_id, AMINA)
        self.assertGreater(self._reconciles(), before)

    def test_asked_by_personal_link__refused_is_not_asked_again(self):
        self._personal_link(self.amina)
        self._asks()
        self._open().action_no()
        self._asks()
        self.assertFalse(self._open())
        self.assertFalse(self._contact(self.amina))

    def test_asked_by_personal_link__of_who_is_known_already(self):
        self._personal_link(self.amina)
        self.contacts._confirm(self.omar, AMINA)
        self._asks()
        self.assertFalse(self._open())

    def test_asked_by_the_group_s_link__nothing_is_suggested(self):
        self._personal_link(self.amina)
        self._asks(link="https://t.me/+abc")
        self._asks(link=None)
        self.assertFalse(self._open())

    def test_rule__confirms_if_name_and_number_are_the_same(self):
        self._personal_link(self.amina)
        self._look_up(answer="found", tg_user_id=AMINA, name="Benali Amina")
        self._open(kind="suggested").unlink()
        self._asks()
        self.assertFalse(self._contact(self.amina), "the rule is off by default")
        self.env["ir.config_parameter"].set_param("telegram_base.confirm_rule", "name_and_phone")
        self._asks(tg_user_id=OTHER)
        self.assertFalse(self._contact(self.amina), "another account has another number")
        self._asks()
        self.assertEqual(self._contact(self.amina).tg_user_id, AMINA)

    def test_personal_link__only_into_one_s_own_group(self):
        with self.assertRaises(UserError):
            self.env["telegram.invite"]._make(self.chat, self.omar)
        with self.assertRaises(UserError):
            self.omar.action_telegram_invites()

    # -- by telephone ----------------------------------------------------------------------------

    def _look_up(self, partner=None, **answer):
        partner = partner or self.amina
        partner.action_telegram_lookup()
        lookup = partner.telegram_lookup_ids.sorted("id")[-1]
        self._fact("phone_looked_up", lookup_id=lookup.id, **answer)
        self._ring()
        return lookup

    def test_lookup__found_is_never_confirmed(self):
        lookup = self._look_up(answer="found", tg_user_id=AMINA, name="Amina B")
        command = self.env["telegram.outbox"].search([("kind", "=", "lookup_phone")])
        self.assertEqual(command._payload(), {"phone": "+33612345678", "lookup_id": lookup.id})
        self.assertEqual((lookup.state, self._state(self.amina)), ("found", "suggested"))
        self.assertFalse(self._contact(self.amina))
        self.assertEqual(self._contact(self.amina, "suggested").phone, "+33612345678")
        self._open(kind="suggested").action_yes()
        self.assertEqual(self._contact(self.amina).tg_user_id, AMINA)
        self.assertFalse(self._sent(), "who has never written to the bot is not written to")

    def test_lookup__not_found_has_three_answers(self):
        texts = set()
        for answer in ("unknown", "hidden", "too_often"):
            lookup = self._look_up(answer=answer)
            self.assertEqual(lookup.state, answer)
            texts.add(lookup.answer_text)
        self.assertEqual(len(texts), 3)
        self.assertFalse(self._open())
        self.assertEqual(self._state(self.amina), "none")

    def test_lookup__of_a_number_that_belongs_to_another_account_now(self):
        mine = self.contacts._confirm(self.amina, AMINA)
        self._look_up(answer="found", tg_user_id=OTHER, name="Somebody")
        question = self._open(kind="recycled")
        self.assertEqual(self._contact(self.amina), mine)
        question.action_no()
        self.assertEqual(self._contact(self.amina), mine)
        self._look_up(answer="found", tg_user_id=OTHER, name="Somebody")
        self._open(kind="recycled").action_only()
        self.assertEqual(self._contact(self.amina).tg_user_id, OTHER)

    def test_lookup__of_a_number_that_somebody_else_has_linked(self):
        self.contacts._confirm(self.omar, AMINA)
        self._look_up(answer="found", tg_user_id=AMINA)
        question = self._open(kind="shared")
        self.assertIn("Omar", question.sentence)
        self.assertFalse(self._contact(self.amina))

    def test_lookup__found_again_only_notes_the_number(self):
        mine = self.contacts._confirm(self.amina, AMINA)
        self._look_up(answer="found", tg_user_id=AMINA)
        self.assertEqual((mine.phone, mine.state), ("+33612345678", "confirmed"))
        self.assertFalse(self._open())

    def test_lookup__without_a_number_or_twice(self):
        with self.assertRaises(UserError):
            self.omar.action_telegram_lookup()
        self.amina.action_telegram_lookup()
        with self.assertRaises(UserError):
            self.amina.action_telegram_lookup()
        self.env["telegram.outbox"].search([("kind", "=", "lookup_phone")]).action_drop()
        self.amina.action_telegram_lookup()
        states = sorted(self.amina.telegram_lookup_ids.mapped("state"))
        self.assertEqual(states, ["failed", "waiting"])

    def test_lookup_cron__off_by_default_then_a_few_and_none_after_a_refusal(self):
        lookups = self.env["telegram.lookup"]
        self.omar.mobile = "+33612345679"
        self.chat._set_roster([{"partner_id": one.id} for one in self.amina | self.omar])
        lookups._cron_lookup()
        self.assertFalse(lookups.search([]))
        self.env["ir.config_parameter"].set_param("telegram_base.lookups_a_day", "1")
        lookups._cron_lookup()
        lookups._cron_lookup()
        self.assertEqual(len(lookups.search([])), 1)
        self.env["ir.config_parameter"].set_param("telegram_base.lookups_a_day", "5")
        lookups.search([]).write({"state": "too_often", "answered_at": fields.Datetime.now()})
        lookups._cron_lookup()
        self.assertEqual(len(lookups.search([])), 1)
        lookups.search([]).write({"answered_at": fields.Datetime.now() - timedelta(days=2)})
        lookups._cron_lookup()
        self.assertEqual(lookups.search([]).mapped("partner_id"), self.amina | self.omar)
        lookups._cron_lookup()
        self.assertEqual(len(lookups.search([])), 2, "nobody is asked for twice by itself")

    # -- data follows Telegram -------------------------------------------------------------------

    def test_person_changed__name_and_last_seen(self):
        contact = self.contacts._confirm(self.amina, AMINA, {"name": "A", "username": "a"})
        self._fact("person_changed", tg_user_id=AMINA, name="Amina B", username="amina_b")
        self._ring()
        self.assertEqual((contact.name, contact.username), ("Amina B", "amina_b"))
        self.assertTrue(contact.seen_at)

    def test_deleted__listed_and_linked_anew(self):
        self.contacts._confirm(self.amina, AMINA)
        self.contacts._account_deleted(AMINA)
        self.assertEqual(self._state(self.amina), "deleted")
        self._say("/start " + self._token(self.amina), tg_user_id=OTHER)
        self.assertEqual(self._state(self.amina), "linked")
        self.assertFalse(self._open())

    # -- questions -------------------------------------------------------------------------------

    def test_question__answered_once_by_who_may(self):
        contact = self.contacts._suggest(self.amina, AMINA)
        question = self.env["telegram.question"]._ask(contact, "suggested")
        self.assertEqual(self.env["telegram.question"]._ask(contact, "suggested"), question)
        reader = new_test_user(self.env, "people_reader", "telegram_base.group_user")
        manager = new_test_user(self.env, "people_manager", "telegram_base.group_manager")
        with self.assertRaises(AccessError):
            question.with_user(reader).action_yes()
        with self.assertRaises(UserError):
            question.with_user(manager).action_only()
        question.with_user(manager).action_yes()
        self.assertEqual((question.answer, question.settled_uid), ("yes", manager))
        with self.assertRaises(UserError):
            question.with_user(manager).action_no()

    def test_question__the_owner_of_one_group_is_told(self):
        kinds = []
        self._hook(
            "_telegram_on_question", lambda owner, chat, question: kinds.append(question.kind)
        )
        contact = self.contacts._suggest(self.amina, AMINA)
        self.env["telegram.question"]._ask(contact, "suggested")
        self.assertEqual(kinds, ["suggested"])

    # -- the list --------------------------------------------------------------------------------

    def _person(self, partner):
        self.env["telegram.person"].invalidate_cache()
        return self.env["telegram.person"].search([("id", "=", partner.id)])

    def test_list__every_state(self):
        names = ("none", "invited", "suggested", "linked", "several", "shared", "unwanted")
        people = {
            name: self.env["res.partner"].create({"name": name, "mobile": "+3361234%04d" % n})
            for n, name in enumerate(names)
        }
        self.chat._set_roster([{"partner_id": one.id} for one in people.values()])
        self._token(people["invited"])
        self.contacts._suggest(people["suggested"], 1)
        self.contacts._confirm(people["linked"], 2, {"username": "linked_one"})
        self.contacts._confirm(people["several"], 3)
        self.contacts._confirm(people["several"], 4)
        self.contacts._confirm(people["shared"], 5)
        self.contacts._confirm(self.omar, 5)
        people["unwanted"].telegram_unwanted = True
        for name, partner in people.items():
            person = self._person(partner)
            self.assertEqual((person.state, person.chat_ids), (name, self.chat), name)
            self.assertEqual(bool(person.since), name != "none", name)
            self.assertEqual(self._state(partner), name)
            partners = self.env["res.partner"].search(
                [("telegram_state", "=", name), ("id", "in", [p.id for p in people.values()])]
            )
            self.assertEqual(partners, partner)
        self.assertTrue(self._person(people["invited"]).until)
        search = self.env["telegram.person"].search
        self.assertEqual(search([("username", "ilike", "linked_one")]).id, people["linked"].id)
        self.assertEqual(search([("phone", "ilike", "12340003")]).id, people["linked"].id)
        self.assertIn(people["none"].id, search([("chat_ids", "ilike", "Math")]).ids)
        self.assertNotIn(people["none"].id, search([("chat_ids", "=", False)]).ids)

    def test_list__of_companies_and_strangers_nobody(self):
        stranger = self.env["res.partner"].create({"name": "A supplier"})
        self.assertFalse(self._person(stranger))
        self.amina.active = False
        self.assertTrue(self._person(self.amina).is_archived)
        self.assertEqual(self._state(stranger), "none")
        self.assertTrue(self._person(self.env.ref("base.partner_admin")))
        doorbell = self.env.ref("telegram_base.user_doorbell")
        doorbell.active = True
        self.assertFalse(self._person(doorbell.partner_id), "a program is nobody")

    def test_list__a_constant_number_of_queries(self):
        def count(people):
            partners = self.env["res.partner"].create(
                [{"name": "Many %s" % n, "mobile": "+33611%06d" % n} for n in range(people)]
            )
            self.chat._set_roster([{"partner_id": one.id} for one in partners])
            self.contacts._confirm(partners[0], 10 + people)
            self.env["telegram.question"].flush()
            self.env.cache.invalidate()
            before = self.env.cr.sql_log_count
            person = self.env["telegram.person"]
            names = ["name", "state", "since", "until", "seen_at", "username", "phone", "chat_ids"]
            rows = person.search_read([("chat_ids", "=", self.chat.id)], names)
            person.read_group([], ["state"], ["state"])
            self.assertEqual(len(rows), people)
            return self.env.cr.sql_log_count - before

        few = count(3)
        self.assertEqual(count(60), few)
        self.assertEqual(count(60), few)

    def test_list__exported_with_columns_that_a_person_reads(self):
        self.contacts._confirm(self.amina, AMINA, {"username": "amina_b"})
        names = ["name", "state", "username", "phone", "chat_ids/name"]
        person = self._person(self.amina)
        [row] = person.export_data(names)["datas"]
        self.assertEqual(
            row,
            ["Amina Benali", "Linked", "@amina_b", "+33 6 12 34 56 78", "Mathématiques 3e A"],
        )

    # -- many at once ----------------------------------------------------------------------------

    def _wizard(self, partners, what, **values):
        action = partners._telegram_people_wizard(what=what, **values)
        return self.env["telegram.people.wizard"].browse(action["res_id"])

    def test_many__unlink_unwanted_and_back(self):
        both = self.amina | self.omar
        self.contacts._confirm(self.amina, AMINA)
        self._wizard(both, "unlink").action_do()
        self.assertFalse(self._contact(self.amina))
        self._wizard(both, "unwanted").action_do()
        self.assertEqual(both.mapped("telegram_unwanted"), [True, True])
        self.assertTrue(self.omar.telegram_unwanted_since)
        with self.assertRaises(UserError):
            self._wizard(both, "print").action_do()
        self._wizard(self.omar, "wanted").action_do()
        self.assertEqual(both.mapped("telegram_unwanted"), [True, False])

    def test_many__e_mail_leaves_out_who_is_linked_or_has_no_address(self):
        both = self.amina | self.omar
        both.write({"email": "somebody@example.com"})
        self.contacts._confirm(self.omar, OTHER)
        wizard = self._wizard(both, "email")
        self.assertIn("Omar", wizard.summary)
        wizard.action_do()
        links = self.env["telegram.link"].search([("partner_id", "in", both.ids)])
        self.assertEqual((links.partner_id, links.purpose), (self.amina, "email"))

    def test_many__from_the_list_by_who_may_read_it(self):
        reader = new_test_user(self.env, "people_reader", "telegram_base.group_user")
        for xml_id, record in (
            ("telegram_person_many", self._person(self.amina)),
            ("res_partner_many", self.amina),
        ):
            action = self.env.ref("telegram_base." + xml_id).with_user(reader)
            context = {"active_model": record._name, "active_ids": record.ids}
            window = action.with_context(active_id=record.id, **context).run()
            wizards = self.env["telegram.people.wizard"].with_user(reader)
            self.assertEqual(wizards.browse(window["res_id"]).partner_ids, self.amina)

    def test_many__rights(self):
        employee = new_test_user(self.env, "people_employee", "base.group_user")
        reader = new_test_user(self.env, "people_reader", "telegram_base.group_user")
        with self.assertRaises(AccessError):
            self.amina.with_user(employee)._telegram_people_wizard()
        own = employee.partner_id.with_user(employee)._telegram_people_wizard()
        wizard = self.env["telegram.people.wizard"].with_user(employee).browse(own["res_id"])
        with self.assertRaises(AccessError):
            wizard.write({"partner_ids": [(4, self.amina.id)]})
        self.contacts._confirm(self.amina, AMINA)
        mine = self.amina.with_user(reader)._telegram_people_wizard(what="unlink")
        with self.assertRaises(AccessError):
            self.env["telegram.people.wizard"].with_user(reader).browse(mine["res_id"]).action_do()
