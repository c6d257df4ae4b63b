from unittest.mock import patch

from odoo.tests.common import new_test_user

from .test_health import HealthCase


class TestTrouble(HealthCase):
    """The administrators are told once, and the activity is deleted by itself."""

    def setUp(self):
        super().setUp()
        self.trouble = self.env["telegram.trouble"]
        self.admins = self.env.ref("telegram_base.group_manager").users

    def activities(self, code=None):
        found = self.trouble.search([("closed_at", "=", False)])
        return found.filtered(lambda one: code in (None, one.code)).mapped("activity_ids")

    def open_codes(self):
        return sorted(self.trouble.search([("closed_at", "=", False)]).mapped("code"))

    def test_all_well__nothing(self):
        self.trouble._cron_watch()
        self.assertFalse(self.trouble.search([]))

    def test_command_failed__told_once_and_over_by_itself(self):
        command = self.failed()
        for _look in range(3):
            self.trouble._cron_watch()
        self.failed()  # the same kind for the same reason: no second one
        self.trouble._cron_watch()
        self.assertEqual(self.activities().mapped("user_id"), self.admins)
        self.assertEqual(len(self.activities()), len(self.admins))
        (trouble,) = self.trouble.search([])
        self.assertIn("privacy", trouble.sentence)
        self.assertIn("Try again", trouble.advice)
        self.health.drop_commands("main", "send", command.error_code)
        self.assertFalse(self.activities())
        (closed,) = self.trouble.search([])
        self.assertTrue(closed.closed_at)

    def test_done_by_hand__not_told_again_while_it_lasts(self):
        self.failed()
        self.trouble._cron_watch()
        self.activities().action_feedback(feedback="I know")
        self.trouble._cron_watch()
        self.assertFalse(self.activities())
        self.assertEqual(self.open_codes(), ["commands_failed"])

    def test_again_later__told_again(self):
        command = self.failed()
        self.trouble._cron_watch()
        command.action_drop()
        self.failed()
        self.trouble._cron_watch()
        self.assertEqual(len(self.activities()), len(self.admins))
        self.assertEqual(self.trouble.search_count([]), 2)

    def test_other_reason__another_one(self):
        self.failed()
        self.failed("PEER_FLOOD")
        self.trouble._cron_watch()
        self.assertEqual(self.open_codes(), ["commands_failed", "commands_failed"])

    def test_account_lost__by_the_fact_itself(self):
        self.sql(
            "UPDATE telegram_account SET state = 'lost', error_code = 'SESSION_REVOKED'"
            " WHERE kind = 'user'"
        )
        self._fact("account_lost", account="user", error_code="SESSION_REVOKED")
        self._ring()
        self.assertEqual(self.open_codes(), ["account_lost"])
        self.assertEqual(len(self.activities()), len(self.admins))

    def test_chat_broken__by_the_fact_and_closed_by_the_next(self):
        self.sql("UPDATE telegram_chat_state SET state = 'broken', error_code = 'CHANNEL_PRIVATE'")
        self._fact("chat_broken", self.chat, error_code="CHANNEL_PRIVATE")
        self._fact("chat_broken", self.chat, error_code="CHANNEL_PRIVATE")
        self._ring()
        self.assertEqual(len(self.activities("chat_broken")), len(self.admins))
        self.assertEqual(self.trouble.search([]).chat_id, self.chat)
        self.sql("UPDATE telegram_chat_state SET state = 'ready', error_code = NULL")
        self._fact("chat_ready", self.chat, tg_chat_id=900, invite_link="https://t.me/+abc")
        self._ring()
        self.assertFalse(self.activities())

    def test_fact_set_aside__by_the_ring_and_closed_by_dropping_it(self):
        fact = self._fact("no_such_kind")
        self._ring()
        self.assertEqual(self.open_codes(), ["facts_set_aside"])
        fact.action_drop()
        self.assertEqual(self.open_codes(), [])

    def test_gateway_silent__after_minutes_only(self):
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        self.trouble._cron_watch()
        self.assertEqual(self.open_codes(), [])
        self.sql("UPDATE telegram_lease SET renewed_at = {now} - interval '6 minutes'")
        self.trouble._cron_watch()
        self.assertEqual(self.open_codes(), ["gateway_away"])
        self.sql("UPDATE telegram_lease SET expires_at = {now} + interval '1 minute'")
        self.trouble._cron_watch()
        self.assertEqual(self.open_codes(), [])

    def test_pause__somebody_wanted_it(self):
        self.health.pause("main")
        self.trouble._cron_watch()
        self.assertEqual(self.open_codes(), [])

    def test_language__each_administrator_in_their_own(self):
        new_test_user(self.env, "admin_fr", groups="telegram_base.group_manager", lang="fr_FR")
        self.failed()
        self.trouble._cron_watch()
        summaries = {one.user_id.lang: one.summary for one in self.activities()}
        self.assertIn("Échec", summaries["fr_FR"])

    def test_company__who_may_not_see_the_group_is_not_told(self):
        company = self.env["res.company"].create({"name": "Other school"})
        self.chat.company_id = company
        own = new_test_user(
            self.env,
            "admin_other",
            groups="telegram_base.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.sql("UPDATE telegram_chat_state SET state = 'broken'")
        self.trouble._cron_watch()
        self.assertEqual(self.activities().mapped("user_id"), own)

    def test_mail__that_cannot_be_written_holds_back_no_fact(self):
        fact = self._fact("no_such_kind")
        good = self._fact("chat_broken", self.chat)
        broken = patch.object(
            type(self.trouble), "_schedule_activities", side_effect=ValueError("no mail today")
        )
        with broken, self.assertLogs("odoo.addons.telegram_base", "ERROR"):
            self._ring()
        self.assertEqual((fact.state, good.state), ("set_aside", "done"))
