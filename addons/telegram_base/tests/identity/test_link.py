from datetime import timedelta

from odoo import fields

from ..common import TelegramCase

AMINA, OTHER, THIRD = 7000000001, 7000000002, 7000000003


class TestLink(TelegramCase):
    """Personal links: their validity, their single use, their person; and the answers in the
    chat."""

    def _paper(self, partner, **options):
        return partner._telegram_link_url(purpose="paper", **options).split("start=")[1]

    def _accounts(self, partner, state="confirmed"):
        found = self.env["telegram.contact"].search(
            [("partner_id", "=", partner.id), ("state", "=", state)], order="tg_user_id"
        )
        return found.mapped("tg_user_id")

    def _questions(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["telegram.question"].search([("state", "=", "open")] + domain)

    def _hours(self, token):
        link = self.env["telegram.link"]._find(token)
        return round((link.expires_at - fields.Datetime.now()).total_seconds() / 3600)

    # -- validity -------------------------------------------------------------------------------

    def test_validity__by_purpose_and_settings(self):
        email = self.amina._telegram_link_url(purpose="email").split("start=")[1]
        self.assertEqual(self._hours(self._paper(self.amina)), 7 * 24)
        self.assertEqual((self._hours(self._token(self.amina)), self._hours(email)), (48, 48))
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("telegram_base.link_paper_days", "3")
        parameters.set_param("telegram_base.link_hours", "nonsense")
        self.assertEqual(self._hours(self._paper(self.amina)), 3 * 24)
        self.assertEqual(self._hours(self._token(self.amina)), 48)

    def test_paper__short_and_typed_by_hand(self):
        token = self._paper(self.amina)
        self.assertRegex(token, r"^[a-z2-9]{4}(-[a-z2-9]{4}){3}$")
        texts = self._say(token.replace("-", " ").upper())
        self.assertIn("Hello, Amina", texts[-1])
        self.assertEqual(self._accounts(self.amina), [AMINA])

    def test_typed__ordinary_words_are_no_token(self):
        links = self.env["telegram.link"]
        for text in ("bonjour", "merci beaucoup madame", "", "https://example.com/a-page"):
            self.assertFalse(links._typed(text), text)

    def test_new_sheet__does_not_kill_other_links_unless_asked(self):
        screen, paper = self._token(self.amina), self._paper(self.amina)
        self._paper(self.amina)
        standing = [self.env["telegram.link"]._find(one)._standing() for one in (screen, paper)]
        self.assertEqual(standing, ["fresh", "fresh"])
        newest = self._paper(self.amina, supersede=True)
        self.assertIn("newer one was made", self._say("/start " + paper)[0])
        self.assertIn("newer one was made", self._say("/start " + screen)[0])
        self.assertFalse(self._accounts(self.amina))
        self._say("/start " + newest)
        self.assertEqual(self._accounts(self.amina), [AMINA])

    def test_used_expired_foreign__each_its_own_answer(self):
        token = self._paper(self.amina)
        self._say("/start " + token)
        used = self._say("/start " + token, tg_user_id=OTHER)
        late = self._paper(self.omar)
        self.env["telegram.link"]._find(late).expires_at = fields.Datetime.now() - timedelta(1)
        expired = self._say("/start " + late, tg_user_id=OTHER)
        foreign = self._say("/start " + "x" * 32, tg_user_id=OTHER)
        answers = [texts[0] for texts in (used, expired, foreign)]
        for answer, words in zip(answers, ("has been used", "has expired", "not one of ours")):
            self.assertIn(words, answer)
        self.assertFalse(self._accounts(self.omar))

    # -- several people, several accounts -------------------------------------------------------

    def test_link_of_somebody_else__is_not_used_up_and_nothing_is_linked(self):
        self._say("/start " + self._token(self.amina))
        token = self._paper(self.omar)
        text = self._say("/start " + token)[0]
        self.assertIn("This link is for Omar", text)
        self.assertFalse(self._accounts(self.omar))
        self.assertIn("Hello, Omar", self._say("/start " + token, tg_user_id=OTHER)[-1])
        self.assertEqual(self._accounts(self.omar), [OTHER])

    def _claim(self):
        """Let Amina's account claim to be used for Omar, too; return the answers."""
        self._say("/start " + self._token(self.amina))
        self._say("/start " + self._paper(self.omar))
        link = self.env["telegram.link"].search([("partner_id", "=", self.omar.id)])
        return self._say("/also_%s" % link.id)

    def test_shared__confirmed_by_the_school(self):
        self.assertIn("The school will confirm", self._claim()[0])
        self.assertFalse(self._accounts(self.omar))
        question = self._questions(kind="shared")
        self.assertEqual(question.partner_id, self.omar)
        self.assertIn("Amina", question.sentence)
        self.assertEqual(self.omar.telegram_state, "suggested")
        question.action_yes()
        self.assertEqual(self._accounts(self.omar), [AMINA])
        self.assertIn("has confirmed", self._sent()[-1]._payload()["text"])
        people = self.amina | self.omar
        people.invalidate_cache()
        self.assertEqual(people.mapped("telegram_state"), ["shared", "shared"])
        self.assertEqual(self.amina.telegram_contact_ids.shared_with, "Omar")

    def test_decision_of_the_school__told_in_the_person_s_language(self):
        load = getattr(self.env["res.lang"], "_activate_lang", None)
        (load or self.env["res.lang"].load_lang)("fr_FR")
        self.env["ir.translation"]._load_module_terms(["telegram_base"], ["fr_FR"])
        (self.amina | self.omar).write({"lang": "fr_FR"})
        self._claim()
        self._questions(kind="shared").action_yes()
        self.assertIn("L'école a confirmé", self._sent()[-1]._payload()["text"])
        contact = self.env["telegram.contact"].search([("partner_id", "=", self.omar.id)])
        contact.action_wrong_person()
        self.assertIn("n'appartient pas à Omar", self._sent()[-1]._payload()["text"])

    def test_link_of_somebody_else__asked_in_the_asker_s_language(self):
        load = getattr(self.env["res.lang"], "_activate_lang", None)
        (load or self.env["res.lang"].load_lang)("fr_FR")
        self.env["ir.translation"]._load_module_terms(["telegram_base"], ["fr_FR"])
        self.omar.lang = "fr_FR"
        self._say("/start " + self._token(self.amina))
        self.assertIn("This link is for Omar", self._say("/start " + self._paper(self.omar))[0])

    def test_shared__refused_and_told(self):
        self._claim()
        self._questions(kind="shared").action_no()
        self.assertFalse(self._accounts(self.omar))
        self.assertEqual(self._accounts(self.amina), [AMINA])
        self.assertIn("does not belong to Omar", self._sent()[-1]._payload()["text"])

    def test_shared__is_the_other_one_s_alone(self):
        self._claim()
        self._questions(kind="shared").action_only()
        self.assertEqual((self._accounts(self.amina), self._accounts(self.omar)), ([], [AMINA]))

    def test_shared__freely_if_the_school_says_so(self):
        self.env["ir.config_parameter"].set_param("telegram_base.share_freely", "True")
        self.assertIn("Hello, Omar", self._claim()[-1])
        self.assertEqual(self._accounts(self.omar), [AMINA])
        self.assertFalse(self._questions())

    def test_shared__only_by_who_opened_the_link(self):
        self._say("/start " + self._token(self.amina))
        token = self._paper(self.omar)
        link = self.env["telegram.link"]._find(token)
        self.assertIn("open the personal link again", self._say("/also_%s" % link.id)[0])
        self.assertIn("open the personal link again", self._say("/also_99999999")[0])
        self.assertEqual(link._standing(), "fresh")
        self.assertFalse(self._questions())

    def test_shared__a_link_used_meanwhile(self):
        self._say("/start " + self._token(self.amina))
        token = self._paper(self.omar)
        self._say("/start " + token)
        self._say("/start " + token, tg_user_id=OTHER)
        link = self.env["telegram.link"]._find(token)
        self.assertIn("has been used", self._say("/also_%s" % link.id)[0])
        self.assertEqual(self._accounts(self.omar), [OTHER])

    def _second(self):
        """Let another account use Amina's link; return the question."""
        self._say("/start " + self._token(self.amina))
        self._say("/start " + self._token(self.amina), tg_user_id=OTHER)
        return self._questions(kind="second")

    def test_second_account__takes_the_place_and_the_first_is_told(self):
        question = self._second()
        self.assertEqual(self._accounts(self.amina), [OTHER])
        self.assertIn("If this was not you", self._sent(AMINA)[-1]._payload()["text"])
        self.assertEqual(question.contact_id.tg_user_id, OTHER)
        self.assertEqual(question.before_ids.tg_user_id, AMINA)
        self.assertIn("in the place of", question.sentence)

    def test_second_account__each_answer(self):
        for answer, left in (
            ("action_yes", [AMINA, OTHER]),
            ("action_only", [OTHER]),
            ("action_no", [AMINA]),
        ):
            self.env["telegram.contact"].search([]).unlink()
            getattr(self._second(), answer)()
            self.assertEqual(self._accounts(self.amina), left, answer)
            self.assertFalse(self._questions())

    def test_second_account__by_a_link_for_a_further_one(self):
        self._say("/start " + self._token(self.amina))
        link = self.amina.telegram_link_url(keeps_others=True)
        self._say("/start " + link.split("start=")[1], tg_user_id=OTHER)
        self.assertEqual(self._accounts(self.amina), [AMINA, OTHER])
        self.assertFalse(self._questions())
        self.amina.invalidate_cache()
        self.assertEqual(self.amina.telegram_state, "several")

    def test_wrong_person__undone_told_and_a_new_link(self):
        old = self._paper(self.amina)
        self._say("/start " + self._token(self.amina), tg_user_id=OTHER)
        contact = self.env["telegram.contact"].search([("tg_user_id", "=", OTHER)])
        self.assertEqual(contact.partner_id, self.amina)
        elsewhere = self.env["telegram.chat"]._for_record(self.omar)
        for chat in (self.chat, elsewhere):
            self.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, tg_user_id, seen_status)"
                " VALUES (%s, %s, 'in')",
                [chat.id, OTHER],
            )
        self.env["telegram.contact"]._confirm(self.omar, OTHER)
        elsewhere._set_roster([{"partner_id": self.omar.id}])
        action = contact.action_wrong_person()
        self.assertEqual(contact.state, "revoked")
        guest = self.env["telegram.guest"].search([("tg_user_id", "=", OTHER)])
        self.assertEqual((guest.chat_id, guest.decision), (self.chat, "out"))
        self.assertIn("does not belong to Amina", self._sent(OTHER)[-1]._payload()["text"])
        self.assertEqual(self.env["telegram.link"]._find(old)._standing(), "superseded")
        wizard = self.env["telegram.link.wizard"].browse(action["res_id"])
        self._say("/start " + wizard.url.split("start=")[1])
        self.assertEqual(self._accounts(self.amina), [AMINA])

    # -- unlinking ------------------------------------------------------------------------------

    def test_unlink__asks_first(self):
        self._say("/start " + self._token(self.amina))
        text = self._say("/unlink")[0]
        self.assertEqual(self._accounts(self.amina), [AMINA])
        contact = self.env["telegram.contact"].search([("tg_user_id", "=", AMINA)])
        self.assertIn("/unlink_%s" % contact.id, text)
        self.assertIn("no longer linked for Amina", self._say("/unlink_%s" % contact.id)[0])
        self.assertFalse(self._accounts(self.amina))

    def test_unlink__one_of_several_or_all(self):
        contacts = self.env["telegram.contact"]
        for partner in (self.amina, self.omar):
            contacts._confirm(partner, AMINA)
        text = self._say("/unlink")[0]
        self.assertIn("/unlink_all", text)
        omars_contact = contacts.search([("partner_id", "=", self.omar.id)])
        self._say("/unlink_%s" % omars_contact.id)
        self.assertEqual((self._accounts(self.amina), self._accounts(self.omar)), ([AMINA], []))
        contacts._confirm(self.omar, AMINA)
        self._say("/unlink_all")
        self.assertFalse(self._accounts(self.amina) + self._accounts(self.omar))

    def test_unlink__not_what_is_another_one_s(self):
        self._say("/start " + self._token(self.amina))
        contacts = self.env["telegram.contact"]
        other = contacts._confirm(self.omar, OTHER)
        self.assertIn("not linked with this account", self._say("/unlink_%s" % other.id)[0])
        self.assertEqual(self._accounts(self.omar), [OTHER])

    # -- the conversation of several people -----------------------------------------------------

    def test_classes__of_several_people_say_for_whom(self):
        self.chat._set_roster([{"partner_id": self.amina.id}])
        contacts = self.env["telegram.contact"]
        for partner in (self.amina, self.omar):
            contacts._confirm(partner, AMINA)
        self._make_ready()
        text = self._say("/classes")[-1]
        self.assertIn("<b>Amina &lt;b&gt;</b>\n• Math", text)
        self.assertIn("<b>Omar</b>\nin no class", text)
        self.assertEqual(len(self._sent()[-1]._payload()["buttons"]), 1)

    def test_for__only_a_guardian(self):
        self._say("/start " + self._token(self.amina))
        self.assertIn("not know you as", self._say("/for_%s" % self.omar.id)[0])
        self.assertFalse(self._accounts(self.omar))

    def test_numbered__nonsense_is_not_understood(self):
        self._say("/start " + self._token(self.amina))
        self.assertIn("did not understand", self._say("/also_all")[0])
        self.assertIn("do not know you yet", self._say("/also_1", tg_user_id=THIRD)[0])

    def test_tokens__are_not_kept_in_the_messages(self):
        fresh, paper = self._token(self.amina), self._paper(self.amina)
        self._say("/start@school_bot %s" % self._token(self.omar))
        self._say("/start " + fresh)
        self._say(paper.replace("-", " ").upper())
        self._say("/start x" + fresh, tg_user_id=OTHER)
        self._say("See you tomorrow", tg_user_id=OTHER)
        facts = self.env["telegram.inbox"].search([("kind", "=", "bot_message")], order="id")
        self.assertEqual(
            [fact._payload()["text"] for fact in facts[-5:]],
            ["/start@school_bot …", "/start …", "…", "/start …", "See you tomorrow"],
        )
        # one that was set aside is still needed, and forgotten when it is dropped
        fact = self._fact("bot_message", tg_user_id=OTHER, text="/start " + fresh)
        fact._mark("set_aside", "any reason")
        self.assertIn(fresh, fact._payload()["text"])
        fact.action_drop()
        self.assertNotIn(fresh, fact.payload)
