from odoo.tests.common import new_test_user

from ..common import TelegramCase


class TestLimit(TelegramCase):
    """An account that Telegram wants to rest: its end is shown, and reported once."""

    def setUp(self):
        super().setUp()
        self.account = self.env["telegram.account"].search([("kind", "=", "bot")])
        self.env.cr.execute("UPDATE telegram_account SET kind = 'user', name = 'École'")
        self.account.invalidate_cache()
        self.manager = new_test_user(
            self.env, "boss", groups="telegram_base.group_manager", lang="en_US"
        )

    def _limit(self, until="now() AT TIME ZONE 'UTC' + interval '3 days'", kind="cold"):
        self.env.cr.execute(
            "INSERT INTO telegram_limit (account_id, kind, code, since, until, level) VALUES"
            " (%%s, %%s, 'PEER_FLOOD', now() AT TIME ZONE 'UTC', %s, 2)" % until,
            [self.account.id, kind],
        )
        self.account.invalidate_cache()

    def test_shown__while_it_is_in_force(self):
        self.assertFalse(self.account.limit_text)
        self._limit(until="'2026-01-01'")
        self.assertFalse(self.account.limit_text)
        self._limit()
        self.assertIn("by link", self.account.limit_text)

    def test_fact__tells_the_administrators_once_until_it_is_over(self):
        self._limit()
        fact = self._fact("account_limited", account="user", account_id=self.account.id, level=2)
        for _time in range(2):
            self._ring()
        self.assertEqual(fact.state, "done", fact.error)
        (trouble,) = self.env["telegram.trouble"].search([("code", "=", "account_limited")])
        mine = trouble.activity_ids.filtered(lambda one: one.user_id == self.manager)
        self.assertEqual(len(mine), 1)
        self.assertIn("by link", mine.summary)
        self.env.cr.execute("UPDATE telegram_limit SET until = '2026-01-01'")
        self.env["telegram.trouble"]._cron_watch()
        self.assertFalse(mine.exists())
        self.assertTrue(trouble.closed_at)

    def test_fact__of_an_account_that_is_gone(self):
        fact = self._fact("account_limited", account="user", account_id=2147483647)
        self._ring()
        self.assertEqual(fact.state, "done", fact.error)
