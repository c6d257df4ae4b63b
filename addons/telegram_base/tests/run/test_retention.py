import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import tagged

from ...models.run import telegram_retention
from ...models.run.telegram_retention import DEFAULTS, LEAST, PARAMETER
from ..common import TelegramCase


@tagged("post_install", "-at_install")
class TestRetention(TelegramCase):
    """Old data is pruned at night, and nothing happens a second time because of it."""

    AMINA = 7000000001

    def setUp(self):
        super().setUp()
        self.retention = self.env["telegram.retention"]
        self.keep(**{name: 0 for name in DEFAULTS})

    def keep(self, **days):
        for name, number in days.items():
            self.env["ir.config_parameter"].set_param(PARAMETER % name, str(number))

    def age(self, table, column, days, condition="true"):
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE {table} SET {column} = {column} - interval '{days} days'"
            " WHERE {condition}".format(table=table, column=column, days=days, condition=condition)
        )
        self.env["base"].invalidate_cache()

    def run_cron(self):
        self.retention._cron_forget()
        self.env["base"].invalidate_cache()

    def outbox_of(self, *keys):
        return self.env["telegram.outbox"].search([("key", "in", keys)]).mapped("key")

    # -- settings --------------------------------------------------------------------------------

    def test_days__default_and_for_ever_and_least(self):
        self.assertEqual(self.retention._days("facts"), 0)
        for text, days in (("", DEFAULTS["facts"]), ("x", DEFAULTS["facts"]), ("3", LEAST)):
            self.env["ir.config_parameter"].set_param(PARAMETER % "facts", text)
            self.assertEqual(self.retention._days("facts"), days)
        self.keep(facts=400)
        self.assertEqual(self.retention._days("facts"), 400)

    def test_settings__zero_is_kept_and_too_little_refused(self):
        self.keep(links="")
        settings = self.env["res.config.settings"].create(
            {"telegram_keep_facts": 0, "telegram_keep_log": 90}
        )
        settings.set_values()
        self.assertEqual(self.retention._days("facts"), 0)
        self.assertEqual(self.retention._days("log"), 90)
        self.assertEqual(self.retention._days("links"), 30)
        again = self.env["res.config.settings"].default_get(["telegram_keep_facts"])
        self.assertEqual(again["telegram_keep_facts"], 0)
        for days in (-1, 1, LEAST - 1):
            with self.assertRaises(ValidationError):
                self.env["res.config.settings"].create({"telegram_keep_facts": days})

    def test_nothing__goes_where_it_is_kept_for_ever(self):
        fact = self._fact("account_back")
        self._ring()
        self.age("telegram_inbox", "handled_at", 4000)
        self.run_cron()
        self.assertTrue(fact.exists())
        self.assertFalse(self.env["telegram.outbox"].search([("kind", "=", "prune")]))

    # -- facts -----------------------------------------------------------------------------------

    def test_facts__handled_long_ago(self):
        self.keep(facts=30)
        old, young, waiting, aside = (self._fact("account_back") for _ in range(4))
        self._ring()
        self.age("telegram_inbox", "handled_at", 31, "id <> %s" % young.id)
        self.env.cr.execute("UPDATE telegram_inbox SET state = 'new' WHERE id = %s", [waiting.id])
        self.env.cr.execute(
            "UPDATE telegram_inbox SET state = 'set_aside' WHERE id = %s", [aside.id]
        )
        self.run_cron()
        self.assertEqual((old | young | waiting | aside).exists(), young | waiting | aside)

    def test_facts__the_newest_message_to_the_bot_stays(self):
        """The gateway asks Telegram for the messages after it: without it, for all of them."""
        self.keep(facts=30)
        numbers = {}
        for number in (3, 9, 5):
            self._say("/today", message_id=number)
            numbers[number] = self.env["telegram.inbox"].search([], limit=1)
        self.age("telegram_inbox", "handled_at", 31)
        self.run_cron()
        left = self.env["telegram.inbox"].search([("kind", "=", "bot_message")])
        self.assertEqual(left, numbers[9])

    def test_facts__of_a_running_call_stay(self):
        """The gateway reports a running call again after a start."""
        self.keep(facts=30)
        self._make_ready()
        self._fact("call_opened", self.chat, tg_call_id=80, at="2026-03-01T10:00:00Z")
        self._ring()
        self.env.cr.execute("UPDATE telegram_chat_state SET tg_call_id = 80")
        self.age("telegram_inbox", "handled_at", 31)
        self.run_cron()
        self.assertTrue(self.env["telegram.inbox"].search([("kind", "=", "call_opened")]))
        self.env.cr.execute("UPDATE telegram_chat_state SET tg_call_id = NULL")
        self.run_cron()
        self.assertFalse(self.env["telegram.inbox"].search([("kind", "=", "call_opened")]))

    def test_facts__by_which_a_stranger_was_told_of_stay(self):
        """The group's rule decides by that fact once the account's owner is known."""
        self.keep(facts=30)
        fact = self._fact("member_joined", self.chat, tg_user_id=self.AMINA)
        self._ring()
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, state, seen_status, told_status,"
            " told_inbox_id) VALUES (%s, %s, 'guest', 'in', 'in', %s)",
            [self.chat.id, self.AMINA, fact.id],
        )
        self.age("telegram_inbox", "handled_at", 31)
        self.run_cron()
        self.assertTrue(fact.exists())
        handled = []
        self._hook(
            "_telegram_on_member_joined", lambda self, chat, people, fact: handled.append(fact)
        )
        contact = self.env["telegram.contact"]._confirm(self.amina, self.AMINA)
        contact._handle_reports_again()
        self.assertEqual(handled, [fact])

    # -- commands --------------------------------------------------------------------------------

    def test_commands__over_long_ago(self):
        self.keep(commands=30)
        for state in ("done", "expired", "cancelled", "failed", "pending", "working", "young"):
            self.chat._send("hello", key=state)
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = key WHERE key <> 'young';"
            "UPDATE telegram_outbox SET state = 'done' WHERE key = 'young';"
            "UPDATE telegram_outbox SET state_at = now() AT TIME ZONE 'UTC'"
        )
        for column in ("state_at", "due_at"):
            self.age("telegram_outbox", column, 31, "key <> 'young'")
        self.run_cron()
        left = self.env["telegram.outbox"].search([("chat_id", "=", self.chat.id)])
        left = left.filtered(lambda one: one.kind == "send")
        self.assertEqual(set(left.mapped("key")), {"failed", "pending", "working", "young"})

    def test_commands__whose_time_is_still_to_come_stay(self):
        """A lesson that is moved away and back revives its row."""
        self.keep(commands=30)
        now = fields.Datetime.now()
        self.chat._send("later", key="k", due_at=now + timedelta(days=3))
        self.env["telegram.outbox"]._cancel(["k"])
        self.age("telegram_outbox", "state_at", 31)
        self.run_cron()
        self.assertEqual(self.outbox_of("k"), ["k"])

    def test_commands__who_was_invited_is_not_invited_again(self):
        self.keep(commands=30)
        self.env["telegram.contact"]._confirm(self.amina, self.AMINA)
        self.chat._set_roster([{"partner_id": self.amina.id}])
        self._make_ready()
        self._ring()
        sent = self._sent()
        self.assertEqual(len(sent), 1)
        self.env.cr.execute("UPDATE telegram_outbox SET state = 'done'")
        for column in ("due_at", "create_date"):
            self.age("telegram_outbox", column, 400)
        self.run_cron()
        self.env["telegram.bot"]._invite_roster(self.chat, self.chat.invite_link)
        self.assertEqual(self._sent(), sent)
        self.env.cr.execute("UPDATE telegram_roster SET status = 'out'")
        self.env["base"].invalidate_cache()
        self.run_cron()
        self.assertFalse(self._sent())

    def test_commands__who_can_be_written_to_again_stays_so(self):
        self.keep(commands=30)
        for key, state, code in (("1", "failed", "USER_IS_BLOCKED"), ("2", "done", None)):
            self.env["telegram.outbox"]._enqueue(
                [{"kind": "send", "tg_user_id": self.AMINA, "payload": {"text": "x"}, "key": key}]
            )
            self.env.cr.execute(
                "UPDATE telegram_outbox SET state = %s, error_code = %s WHERE key = %s",
                [state, code, key],
            )
        self.age("telegram_outbox", "due_at", 31)
        self.run_cron()
        self.assertFalse(self.env["telegram.outbox"]._unreachable([self.AMINA]))

    # -- links, log, troubles ---------------------------------------------------------------------

    def test_links__used_replaced_and_expired(self):
        self.keep(links=30)
        tokens = [self.amina.telegram_link_url().split("start=")[1] for _ in range(4)]
        used, expired, fresh, young = (self.env["telegram.link"]._find(one) for one in tokens)
        self.env["base"].flush()
        used._use(self.AMINA)
        young._use(self.AMINA)
        self.age("telegram_link", "used_at", 31, "id = %s" % used.id)
        self.age("telegram_link", "expires_at", 33, "id = %s" % expired.id)
        self.run_cron()
        self.assertEqual((used | expired | fresh | young).exists(), fresh | young)
        [answer] = self._say("/start " + tokens[0])
        self.assertIn("is not one of ours", answer)

    def test_log_and_troubles(self):
        self.keep(log=30, troubles=30)
        self.env["telegram.contact"]._confirm(self.amina, self.AMINA)
        self.age("telegram_contact_log", "at", 31)
        self.env["telegram.contact"]._confirm(self.omar, 7000000002)
        self.env.cr.execute(
            "INSERT INTO telegram_trouble (pool, code, subject, facts, opened_at, closed_at)"
            " SELECT 'main', 'chat_broken', name, '{}', now(), closed_at FROM (VALUES"
            " ('old', now() AT TIME ZONE 'UTC' - interval '31 days'),"
            " ('young', now() AT TIME ZONE 'UTC'), ('open', NULL)) AS t (name, closed_at)"
        )
        self.run_cron()
        log = self.env["telegram.contact.log"]
        self.assertFalse(log.search([("partner_id", "=", self.amina.id)]))
        self.assertTrue(log.search([("partner_id", "=", self.omar.id)]))
        left = self.env["telegram.trouble"].search([("code", "=", "chat_broken")])
        self.assertEqual(set(left.mapped("subject")), {"young", "open"})

    # -- what the gateway writes ------------------------------------------------------------------

    def test_gateway__is_told_once_a_day(self):
        self.keep(removals=365, commands=60)
        self.run_cron()
        self.run_cron()
        [command] = self.env["telegram.outbox"].search([("kind", "=", "prune")])
        self.assertEqual(json.loads(command.payload), {"removals": 365, "intents": 60})
        self.assertEqual((command.pool_name, command.state), ("main", "pending"))
        self.assertGreater(command.expires_at, fields.Datetime.now() + timedelta(hours=23))

    # -- bounds ----------------------------------------------------------------------------------

    def test_queries__the_same_for_many(self):
        self.keep(**{name: 30 for name in DEFAULTS})
        counts = []
        for number in (1, 3, 200):  # the first run of a day also tells the gateway
            self.env["base"].flush()
            self.env.cr.execute(
                "INSERT INTO telegram_inbox (fact, kind, state, handled_at)"
                " SELECT 'many:' || n, 'account_back', 'done', now() - interval '90 days'"
                " FROM generate_series(1, %s) AS n",
                [number],
            )
            self.env.cr.execute(
                "WITH c AS (INSERT INTO telegram_call (chat_id, tg_call_id, opened_at, closed_at)"
                " SELECT %s, n + %s * 1000, now() - interval '90 days', now() - interval '90 days'"
                " FROM generate_series(1, %s) AS n RETURNING id)"
                " INSERT INTO telegram_presence (chat_id, call_id, kind, at, fact)"
                " SELECT %s, id, 'joined', now() - interval '90 days', 'seen:' || id FROM c",
                [self.chat.id, number, number, self.chat.id],
            )
            self.env["base"].invalidate_cache()
            before = self.env.cr.sql_log_count
            self.retention._cron_forget()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertFalse(self.env["telegram.presence"].search([("fact", "like", "seen:%")]))
        self.assertFalse(self.env["telegram.inbox"].search([("fact", "like", "many:%")]))

    def old_facts(self, number):
        self.env.cr.execute(
            "INSERT INTO telegram_inbox (fact, kind, state, handled_at)"
            " SELECT 'old:' || n, 'account_back', 'done', now() - interval '90 days'"
            " FROM generate_series(1, %s) AS n",
            [number],
        )

    def facts_left(self):
        return self.env["telegram.inbox"].search_count([("fact", "like", "old:%")])

    def test_slices__all_of_them_in_one_night(self):
        self.keep(facts=30)
        self.old_facts(7)
        with patch.object(telegram_retention, "MOST", 2):
            self.assertTrue(self.retention._cron_forget())
        self.assertEqual(self.facts_left(), 0)

    def test_time__what_is_left_is_done_by_the_next_run_of_the_same_night(self):
        self.keep(facts=30, links=30)
        self.old_facts(7)
        parameters = self.env["ir.config_parameter"]
        night = patch.object(telegram_retention, "HOUR", 0)
        slices = patch.object(telegram_retention, "MOST", 2)
        for left in (5, 3, 1):
            with night, slices, patch.object(telegram_retention, "RUN_S", 0):
                self.retention._cron_forget_at_night()
            self.assertEqual(self.facts_left(), left)
            self.assertFalse(parameters.get_param(telegram_retention.DONE_PARAMETER))
            self.assertFalse(self.env["telegram.outbox"].search([("kind", "=", "prune")]))
        with night:
            self.retention._cron_forget_at_night()
        self.assertEqual(self.facts_left(), 0)
        today = str(fields.Date.today())
        self.assertEqual(parameters.get_param(telegram_retention.DONE_PARAMETER), today)

    def test_night__is_done_once_a_day_and_not_before_its_hour(self):
        self.keep(facts=30)
        for hour, is_done in ((24, False), (0, True)):
            self.old_facts(1)
            with patch.object(telegram_retention, "HOUR", hour):
                self.retention._cron_forget_at_night()
            self.assertEqual(self.facts_left(), int(not is_done))
            self.env.cr.execute("DELETE FROM telegram_inbox WHERE fact LIKE 'old:%'")
        self.old_facts(1)
        with patch.object(telegram_retention, "HOUR", 0):
            self.retention._cron_forget_at_night()
        self.assertEqual(self.facts_left(), 1, "it was done today")

    def test_failure__of_one_kind_does_not_hold_up_the_others(self):
        self.keep(facts=30, commands=30)
        fact = self._fact("account_back")
        self._ring()
        self.age("telegram_inbox", "handled_at", 31)

        def fail(self, before):
            raise ValueError("no")

        cls = type(self.retention)
        original = cls._forget_commands
        cls._forget_commands = fail
        try:
            with self.assertLogs(
                "odoo.addons.telegram_base.models.run.telegram_retention", "ERROR"
            ):
                self.retention._cron_forget()
        finally:
            cls._forget_commands = original
        self.assertFalse(fact.exists())
