import json

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user

from ...health import lines as health_lines
from ...health.full_checks import FullChecks
from ...health.page import HealthPage
from ...health.words import HealthWords
from ..common import TelegramCase


class HealthCase(TelegramCase):
    """A school without any trouble: a gateway with the lease, both accounts connected, a group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.lang = "en_US"
        cls.sql(
            "INSERT INTO telegram_lease (pool, process, generation, taken_at, renewed_at,"
            " expires_at) VALUES ('main', 'gateway-1', 1, {now}, {now}, {now} + interval '1 day');"
            " UPDATE telegram_account SET state = 'connected', state_at = {now}, name = 'École';"
            " INSERT INTO telegram_account (kind, tg_user_id, name, state, state_at, groups_a_day)"
            " VALUES ('user', 501, 'École', 'connected', {now}, 15);"
            " INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, checked_at,"
            " checked_people, checked_differences, is_list_whole)"
            " VALUES (%s, 900, 'ready', {now}, 3, 0, true);"
            " UPDATE telegram_outbox SET state = 'done';"
            " UPDATE ir_cron SET nextcall = {now}",
            cls.chat.id,
        )
        cls.health = cls.env["telegram.health"]

    @classmethod
    def sql(cls, statement, *params, **named):
        cls.env["base"].flush()
        cls.env.cr.execute(
            statement.replace("{now}", "(now() AT TIME ZONE 'UTC')"), named or params or None
        )
        cls.env.cache.invalidate()

    def command(self, kind="send", **columns):
        """Insert a row of the outbox, with the columns that the gateway gives it."""
        row = self.env["telegram.outbox"]._enqueue([{"kind": kind, "chat_id": self.chat.id}])[0]
        for column, value in columns.items():
            self.sql(
                "UPDATE telegram_outbox SET {} = %s WHERE id = %s".format(column), value, row["id"]
            )
        return self.env["telegram.outbox"].browse(row["id"])

    def failed(self, code="USER_PRIVACY_RESTRICTED", **columns):
        return self.command(state="failed", error_code=code, **columns)

    def lines(self, code=None):
        return [one for one in self.health._lines() if code in (None, one["code"])]

    def urgent(self):
        return sorted(one["code"] for one in self.lines() if one["level"] in ("act", "down"))

    def said(self, code):
        """Return (level, sentence, advice) of the one line of that code."""
        (line,) = self.lines(code)
        sentence, advice = HealthWords(self.env).line(code, line["facts"])
        return line["level"], sentence, advice

    def assertSays(self, code, level, sentence, advice=""):
        line = self.said(code)
        self.assertEqual(line[0], level, line)
        self.assertIn(sentence, line[1])
        self.assertIn(advice, line[2])
        if level in ("act", "down"):
            self.assertTrue(line[2], "a red line says what to do")
        self.assertNotRegex(line[1] + line[2], r"%\(|None|FLOOD|CHANNEL_")


class TestHealth(HealthCase):
    """Every line, with its sentence."""

    def test_well__short_and_green(self):
        self.assertEqual({one["level"] for one in self.lines()}, {"ok"}, self.lines())
        self.assertEqual(self.health._worst(self.lines()), "ok")
        self.assertSays("gateway_well", "ok", "gateway-1")
        self.assertSays("groups_room", "ok", "1 of the 500")
        self.assertSays("groups_today", "ok", "0 of 15")

    def test_codes__each_has_words(self):
        words = HealthWords(self.env)
        for line in health_lines.LINES:
            sentence, _advice = words.line(line.code, dict.fromkeys(line.facts))
            self.assertTrue(sentence, line.code)

    # -- gateway and accounts

    def test_gateway__away(self):
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        self.assertSays("gateway_away", "down", "No gateway runs", "Start it")
        self.assertEqual(self.lines()[0]["code"], "gateway_away", "the first line of the page")
        self.assertFalse(self.lines("gateway_away")[0]["is_alarm"], "it may be starting again")
        self.sql("UPDATE telegram_lease SET renewed_at = {now} - interval '6 minutes'")
        self.assertTrue(self.lines("gateway_away")[0]["is_alarm"])
        levels = {one["level"] for one in self.lines("account_disconnected")}
        self.assertEqual(levels, {"note"}, "without a gateway nobody can connect them")

    def test_gateway__never(self):
        self.sql("DELETE FROM telegram_lease")
        self.assertSays("gateway_never", "down", "yet", "docs/en/install.md")

    def test_process__each_as_it_is(self):
        process = (
            "INSERT INTO telegram_process (process, version, state, started_at, seen_at)"
            " VALUES (%s, '1.0', %s, {now}, {now} - interval '5 seconds')"
        )
        self.sql(process, "gateway-1", "serving")
        self.assertSays("gateway_well", "ok", "version 1.0")
        self.sql(process, "gateway-2", "standby")
        self.assertSays("process_standby", "ok", "“gateway-2” is ready")
        self.sql(
            "UPDATE telegram_process SET seen_at = {now} - interval '1 hour'"
            " WHERE process = 'gateway-2'"
        )
        self.assertSays("process_silent", "note", "“gateway-2” was seen last")
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        self.assertSays("process_starting", "note", "not at work yet")
        self.assertFalse(self.lines("gateway_away"), "it runs")
        self.sql("UPDATE telegram_process SET state = 'waiting' WHERE process = 'gateway-1'")
        self.assertSays("process_waiting", "note", "waits for the bot and the account")
        self.sql("DELETE FROM telegram_lease")
        self.assertFalse(self.lines("gateway_never"), "it runs")
        self.sql("UPDATE telegram_process SET state = 'copied' WHERE process = 'gateway-1'")
        self.assertSays("process_copied", "down", "is a copy", "Connect")
        self.assertTrue(self.lines("process_copied")[0]["is_alarm"])

    def test_account__lost(self):
        self.sql(
            "UPDATE telegram_account SET state = 'lost', error_code = 'USER_DEACTIVATED_BAN'"
            " WHERE kind = 'user'"
        )
        self.assertSays("account_lost", "down", "banned the account", "login user")

    def test_account__frozen(self):
        well = len(self.lines("account_well"))
        self.sql(
            "UPDATE telegram_account SET frozen_since = {now} - interval '1 day', frozen_until ="
            " '2031-05-06 10:00', appeal_url = 'https://t.me/spambot' WHERE kind = 'user'"
        )
        self.assertSays("account_frozen", "act", "the school's account (École)", "t.me/spambot")
        self.assertSays("account_frozen", "act", "open the call themselves", "31")
        self.assertTrue(self.lines("account_frozen")[0]["is_alarm"])
        self.assertEqual(len(self.lines("account_well")), well - 1)
        self.sql("UPDATE telegram_account SET frozen_until = NULL, appeal_url = NULL")
        self.assertSays("account_frozen", "act", "", "it says how to appeal")
        self.sql("UPDATE telegram_account SET frozen_since = CASE WHEN kind = 'bot' THEN {now} END")
        self.assertSays("account_frozen", "act", "the bot (École)", "@BotSupport")
        self.sql("UPDATE telegram_account SET state = 'lost' WHERE kind = 'bot'")
        self.assertFalse(self.lines("account_frozen"))  # of two, the one that comes first

    def test_account__fresh(self):
        self.sql(
            "UPDATE telegram_account SET fresh_until = {now} + interval '1 day'"
            " WHERE kind = 'user';"
            " UPDATE telegram_chat_state SET state = 'creating', waits_until = {now} + interval"
            " '1 day', error_code = 'FRESH_CHANGE_ADMINS_FORBIDDEN'"
        )
        self.assertSays("account_fresh", "note", "for anybody: 1.")
        self.assertEqual(self.urgent(), [])
        self.chat.invalidate_cache()
        text = self.chat.with_context(lang="en_US").state_text
        self.assertIn("waits until", text)
        self.assertIn("too young to appoint administrators", text)
        self.sql("UPDATE telegram_account SET fresh_until = {now} - interval '1 minute'")
        self.assertFalse(self.lines("account_fresh"))

    def test_commands__what_a_frozen_account_would_do_is_not_stuck(self):
        self.command("send", due_at="2026-01-01")
        self.command("open_call", due_at="2026-01-02")
        self.sql("UPDATE telegram_account SET frozen_since = {now}")
        self.assertSays("commands_waiting", "note", "has frozen the account that does it")
        self.sql("UPDATE telegram_account SET frozen_since = NULL WHERE kind = 'bot'")
        self.assertEqual(len(self.lines("commands_stuck")), 1)

    def test_account__missing(self):
        self.sql("DELETE FROM telegram_account WHERE kind = 'bot'")
        self.assertSays("account_missing", "down", "The bot", "telegram-gateway login bot")

    def test_account__disconnected(self):
        self.sql("UPDATE telegram_account SET state = 'disconnected' WHERE kind = 'bot'")
        self.assertSays("account_disconnected", "act", "The bot (École)", "network")

    def test_account__the_one_that_was_replaced_does_not_count(self):
        self.sql(
            "INSERT INTO telegram_account (kind, tg_user_id, state, error_code)"
            " VALUES ('user', 9999, 'disconnected', 'replaced')"
        )
        self.assertEqual(self.urgent(), [])

    def test_groups__full_until_premium(self):
        chats = (
            "INSERT INTO telegram_chat (name, mark, pool, active, title_policy, promotion_policy,"
        )
        self.sql(
            chats + " join_policy, leave_policy) SELECT 'g' || n, 'm' || n, 'main', true, 'accept',"
            " 'restore', 'ask', 'unenrol' FROM generate_series(2, 500) n;"
            " INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state)"
            " SELECT id, id + 5000, 'ready' FROM telegram_chat WHERE mark LIKE 'm%'"
            " AND id NOT IN (SELECT chat_id FROM telegram_chat_state)"
        )
        self.assertSays("groups_full", "act", "no more fit", "Premium")
        self.sql("UPDATE telegram_account SET is_premium = true WHERE kind = 'user'")
        self.assertSays("groups_room", "ok", "500 of the 1000")
        self.sql("UPDATE telegram_account SET is_premium = false WHERE kind = 'user'")
        self.sql("DELETE FROM telegram_chat WHERE mark = 'm500'")
        self.assertSays("groups_nearly_full", "note", "499")

    def test_groups__as_many_today_as_is_wise(self):
        self.sql("UPDATE telegram_account SET groups_a_day = 1 WHERE kind = 'user'")
        self.sql(
            "INSERT INTO telegram_intent (key, kind, chat_id) VALUES ('c', 'create_group', %s)",
            self.chat.id,
        )
        self.assertSays("groups_today_spent", "note", "the next one")

    def test_limits__look_ups_left(self):
        self.assertFalse(self.lines("lookups"))  # before a gateway has reported its limits
        self.sql("UPDATE telegram_account SET lookups_a_day = 1 WHERE kind = 'user'")
        self.assertSays("lookups", "ok", "1 of 1")
        spend = (
            "INSERT INTO telegram_spend (account_id, kind, at)"
            " SELECT id, 'phone_lookup', {now} - interval '%d hours' FROM telegram_account"
            " WHERE kind = 'user'"
        )
        self.sql(spend % 25)
        self.assertSays("lookups", "ok", "1 of 1")
        self.sql(spend % 2)
        self.assertFalse(self.lines("lookups"))
        self.assertSays("lookups_spent", "note", "1, as many as is wise; the next one on")
        self.sql("UPDATE telegram_account SET lookups_a_day = 0 WHERE kind = 'user'")
        self.assertFalse(self.lines("lookups") or self.lines("lookups_spent"))

    def test_limits__until_when_and_direct_adds_left(self):
        self.sql("UPDATE telegram_account SET direct_adds_a_day = 2 WHERE kind = 'user'")
        self.assertSays("direct_adds", "ok", "2 of 2")
        spend = (
            "INSERT INTO telegram_spend (account_id, kind, at)"
            " SELECT id, 'direct_add', {now} - interval '%d hours' FROM telegram_account"
            " WHERE kind = 'user'"
        )
        self.sql(spend % 30)
        self.sql(spend % 1)
        self.assertSays("direct_adds", "ok", "1 of 2")
        self.sql(spend % 2)
        self.assertSays("direct_adds_spent", "note", "2, as many as is wise")
        self.sql(
            "INSERT INTO telegram_limit (account_id, kind, code, since, until)"
            " SELECT id, 'cold', 'PEER_FLOOD', {now}, {now} + interval '1 day'"
            " FROM telegram_account WHERE kind = 'user'"
        )
        self.assertSays("account_limited", "note", "too many invitations", "add nobody by hand")
        self.sql("UPDATE telegram_limit SET until = {now}")
        self.assertFalse(self.lines("account_limited"))

    def test_groups_limited__names_the_right_one_and_is_no_limit_of_adding(self):
        limit = (
            "INSERT INTO telegram_limit (account_id, kind, code, since, until)"
            " SELECT id, 'groups', 'USER_RESTRICTED', {now}, {now} + interval '1 day'"
            " FROM telegram_account WHERE kind = '%s'"
        )
        self.sql(limit % "user")
        self.assertSays("groups_limited", "note", "The school's account", "SpamBot")
        self.assertTrue(self.lines("groups_limited")[0]["is_alarm"])
        self.assertFalse(self.lines("account_limited"))
        self.sql("DELETE FROM telegram_limit")
        self.sql(limit % "bot")
        self.assertSays("groups_limited", "note", "The bot", "SpamBot")

    def test_process_unreachable__is_down_unless_another_one_serves(self):
        process = (
            "INSERT INTO telegram_process (process, state, state_at, started_at, seen_at)"
            " VALUES (%s, 'unreachable', {now} - interval '%s minutes', {now}, {now})"
        )
        self.sql(process, "gateway-2", 1)
        self.assertSays("process_unreachable", "note", "goes on by itself", "firewall")
        self.assertFalse(self.lines("process_standby") + self.lines("process_starting"))
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        self.assertSays("process_unreachable", "down", "cannot reach Telegram", "firewall")
        self.assertFalse(self.lines("process_unreachable")[0]["is_alarm"])
        self.sql("UPDATE telegram_process SET state_at = {now} - interval '6 minutes'")
        self.assertTrue(self.lines("process_unreachable")[0]["is_alarm"])

    def test_process_twice__while_the_second_one_is_there(self):
        self.sql(
            "INSERT INTO telegram_process (process, state, started_at, seen_at, second_seen_at)"
            " VALUES ('gateway-1', 'serving', {now}, {now}, {now})"
        )
        self.assertSays("process_twice", "act", "gateway-1", "PROCESS_NAME")
        self.sql("UPDATE telegram_process SET second_seen_at = {now} - interval '1 minute'")
        self.assertFalse(self.lines("process_twice"))

    def test_method_paused__until_when_and_alarm_for_calls_alone(self):
        pause = (
            "INSERT INTO telegram_limit (account_id, kind, method, code, since, until)"
            " SELECT id, 'method', '%s', 'FLOOD_WAIT', {now}, {now} + interval '%s minutes'"
            " FROM telegram_account WHERE kind = 'user'"
        )
        for method, minutes in (
            ("phone.createGroupCall", 2),
            ("phone.createGroupCall", 9),
            ("phone.joinGroupCall", 9),
        ):
            self.sql(pause % (method, minutes))
        self.assertFalse(self.lines("account_limited"))
        calls, other = self.lines("method_paused")
        self.assertEqual((calls["level"], calls["is_alarm"], other["is_alarm"]), ("note", 1, 0))
        words = HealthWords(self.env)
        sentence, advice = words.line("method_paused", calls["facts"])
        self.assertIn("opening calls", sentence)
        self.assertIn("a teacher can start the call", advice)
        sentence, advice = words.line("method_paused", other["facts"])
        self.assertIn("phone.joinGroupCall", sentence)
        self.assertFalse(advice)

    # -- commands

    def test_commands__failed_by_kind_and_reason(self):
        self.failed()
        self.failed()
        self.failed("PEER_FLOOD")
        counts = {
            one["facts"]["error_code"]: one["facts"]["count"]
            for one in self.lines("commands_failed")
        }
        self.assertEqual(counts, {"USER_PRIVACY_RESTRICTED": 2, "PEER_FLOOD": 1})
        self.sql("DELETE FROM telegram_outbox WHERE error_code = 'PEER_FLOOD'")
        self.assertSays(
            "commands_failed", "act", "2 × “Send a message”: the person's privacy", "Try again"
        )

    def test_commands__a_failed_look_is_over_once_a_later_one_was_done(self):
        self.command("reconcile", state="failed", error_code="internal")
        self.assertEqual(self.urgent(), ["commands_failed"])
        self.command("reconcile", state="done")
        self.assertEqual(self.urgent(), [])

    def test_commands__why_the_oldest_waits(self):
        command = self.command()
        due = "UPDATE telegram_outbox SET due_at = {now} - interval '%s'"
        self.assertSays("commands_waiting", "ok", "its turn comes now")
        self.sql(due % "2 minutes" + " WHERE id = %s", command.id)
        self.assertSays("commands_waiting", "note", "its turn comes now")
        self.sql(
            "UPDATE telegram_outbox SET error_code = 'FLOOD_WAIT_X',"
            " again_at = {now} + interval '1 hour' WHERE id = %s",
            command.id,
        )
        self.assertSays("commands_waiting", "note", "(Telegram asks for a pause")
        later = self.command(due_at="2020-01-01 00:00:00")
        self.assertSays("commands_waiting", "note", "(Telegram asks for a pause")
        (later | command).action_drop()
        self.command(due_at="2020-01-01 00:00:00")
        self.assertSays("commands_stuck", "act", "no reason known here", "log")
        self.sql("UPDATE telegram_chat_state SET state = 'creating'")
        self.assertSays("commands_waiting", "note", "its group is being made")
        self.chat.action_pause()
        self.assertSays("commands_waiting", "note", "it is paused")
        self.chat.action_resume()
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        self.assertSays("commands_waiting", "note", "no gateway is at work")

    def test_commands__due_later_is_no_trouble(self):
        self.command(due_at="2999-01-01 00:00:00")
        self.assertSays("commands_well", "ok", "Planned for later: 1")

    def test_commands__too_late(self):
        command = self.command("open_call", state="expired")
        self.sql("UPDATE telegram_outbox SET state_at = {now} WHERE id = %s", command.id)
        self.assertSays("commands_late", "note", "Open the call")

    # -- facts

    def test_facts__set_aside(self):
        self._fact("no_such_kind")
        self._ring()
        self.assertSays("facts_set_aside", "act", "no_such_kind”", "Try again")

    def test_facts__not_handled(self):
        fact = self._fact("chat_broken", self.chat)
        self.assertEqual(self.urgent(), [])
        self.sql(
            "UPDATE telegram_inbox SET created_at = {now} - interval '6 minutes' WHERE id = %s",
            fact.id,
        )
        self.assertSays("facts_waiting", "act", "Odoo: 1.", "scheduled actions")

    # -- groups

    def test_chat__broken(self):
        self.sql("UPDATE telegram_chat_state SET state = 'broken', error_code = 'CHANNEL_PRIVATE'")
        self.assertSays("chat_broken", "act", "no longer in the group", "Check this group")

    def test_chat__removals_held(self):
        self.sql(
            "INSERT INTO telegram_member (chat_id, tg_user_id, state) VALUES (%s, 7, 'held')",
            self.chat.id,
        )
        self.assertSays("chat_held", "act", "wait for your word: 1", "Members")

    def test_chat__to_review(self):
        self.sql("UPDATE telegram_chat SET is_reviewed = false")
        self.assertSays("chat_to_review", "act", "nobody has decided", "Look at who is in it")

    def test_chat__never_made(self):
        self.sql("DELETE FROM telegram_chat_state")
        self.assertSays("chats_being_made", "note", "still to be made: 1 (Math")
        self.sql("UPDATE telegram_chat SET create_date = {now} - interval '4 days'")
        self.assertSays("chats_never_made", "act", "could not be made", "gateway")

    def test_chat__not_everybody_could_be_seen(self):
        self.sql("UPDATE telegram_chat_state SET is_list_whole = false")
        self.assertSays("chats_untrusted", "note", "could not see everybody")

    def test_chat__what_could_not_be_read_is_named(self):
        parts = ("full", "members", "banned", "requests", "people", "log")
        self.sql(
            "UPDATE telegram_chat_state SET missing = (SELECT json_agg(json_build_object("
            "'part', part, 'since', to_char({now} - interval '2 minutes',"
            " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'error_code', 'FLOOD_WAIT_30'))"
            " FROM unnest(%s) AS part)",
            list(parts),
        )
        self.assertEqual(self.urgent(), [])
        lines = {one["subject"]: one for one in self.lines("chats_unseen")}
        self.assertEqual(set(lines), set(parts))
        words = HealthWords(self.env)
        sentences = {
            part: words.line("chats_unseen", line["facts"])[0] for part, line in lines.items()
        }
        self.assertIn("Math", sentences["requests"])
        self.assertIn("who waits to be let in is not known since", sentences["requests"])
        self.assertEqual(len(set(sentences.values())), len(parts))
        self.assertNotRegex(" ".join(sentences.values()), r"%\(|None|FLOOD")

    def test_chat__what_could_not_be_read_for_long_needs_somebody(self):
        self.sql(
            'UPDATE telegram_chat_state SET missing = \'[{"part": "requests", "since":'
            ' "2020-01-01T00:00:00Z", "error_code": "CHAT_ADMIN_REQUIRED"}]\''
        )
        self.assertSays("chats_unseen", "act", "waits to be let in", "administrators of the group")
        self.sql("UPDATE telegram_chat_state SET missing = NULL")
        self.assertEqual(self.lines("chats_unseen"), [])

    def test_chat__what_an_account_has_not_heard_of(self):
        missing = '{"part": "%s", "since": "2020-01-01T00:00:00Z", "error_code": "CHANNEL_UNKNOWN"}'
        self.sql("UPDATE telegram_chat_state SET missing = %s", "[%s]" % missing % "requests")
        self.assertSays("chats_unknown", "act", "Math", "by hand")
        self.sql(
            "UPDATE telegram_chat_state SET missing = %s",
            "[%s, %s]" % (missing % "full", missing % "members"),
        )
        [line] = self.lines("chats_unknown")
        self.assertEqual((line["facts"]["kind"], line["facts"]["count"]), ("bot", 1))
        self.assertSays("chats_unknown", "act", "The bot", "administrator")
        self.assertEqual(self.lines("chats_unseen"), [])
        self.sql(
            "UPDATE telegram_chat_state SET missing = (SELECT json_agg(json_build_object("
            "'part', 'log', 'since', to_char({now}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
            " 'error_code', 'CHANNEL_UNKNOWN')))"
        )
        self.assertSays("chats_unknown", "note", "Math")

    def test_chat__archived_is_no_trouble(self):
        self.sql("UPDATE telegram_chat_state SET state = 'broken'")
        self.sql("UPDATE telegram_chat SET active = false")
        self.assertEqual(self.urgent(), [])

    def test_chat__of_another_company_is_not_seen(self):
        manager = new_test_user(self.env, "health_manager", groups="telegram_base.group_manager")
        self.sql("UPDATE telegram_chat_state SET state = 'broken'")
        seen = self.health.with_user(manager)
        self.assertIn("chat_broken", [one["code"] for one in seen._lines()])
        company = self.env["res.company"].create({"name": "Other school"})
        self.chat.company_id = company
        self.assertNotIn("chat_broken", [one["code"] for one in seen._lines()])
        self.assertNotIn(self.chat.name, seen.page())

    # -- Odoo

    def test_odoo__cron_off_late_gone(self):
        cron = self.env.ref("telegram_base.cron_ring")
        self.sql("UPDATE ir_cron SET active = false WHERE id = %s", cron.id)
        self.assertSays("inbox_cron_off", "act", "switched off", "Scheduled actions")
        self.sql(
            "UPDATE ir_cron SET active = true, nextcall = {now} - interval '1 hour' WHERE id = %s",
            cron.id,
        )
        self.assertSays("inbox_cron_late", "act", "should have run", "max_cron_threads")
        self.sql("DELETE FROM ir_cron WHERE id = %s", cron.id)
        self.assertSays("inbox_cron_off", "act", "deleted", "upgrade")

    def test_odoo__doorbell_user_archived(self):
        self.env.ref("telegram_base.user_doorbell").active = False
        self.assertSays("doorbell_missing", "act", "archived", "may ring the doorbell")

    def test_odoo__guarded_against_typed_templates(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("telegram_mail_guard.is_needed", "True")
        self.assertSays("mail_guarded", "ok", "telegram_mail_guard")
        parameters.set_param("telegram_mail_guard.is_needed", "False")
        self.assertNotIn("mail_guarded", [one["code"] for one in self.lines()])

    # -- pools

    def test_pools__each_has_its_own_lines(self):
        self.sql(
            "INSERT INTO telegram_account (pool, kind, tg_user_id, name) VALUES ('b', 'bot', 7, 'B')"
        )
        found = [(one["pool"], one["level"]) for one in self.lines("gateway_never")]
        self.assertEqual(found, [("b", "down")])
        self.assertIn(">b<", self.health.page())


class TestHealthPage(HealthCase):
    """The page, its buttons, and its number of queries."""

    def test_page__says_the_worst_first(self):
        self.assertIn("All is well.", self.health.page())
        self.failed()
        self.assertIn("one thing needs you", self.health.page())
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        page = self.health.page()
        self.assertIn("Telegram is not being served", page)
        self.assertLess(page.index("No gateway runs"), page.index("Failed:"))

    def test_page__escapes_what_people_wrote(self):
        self.sql("UPDATE telegram_chat SET name = '<b>3e A</b>'")
        self.assertIn("&lt;b&gt;3e A", self.health.page())
        self.assertNotIn("<b>3e A", self.health.page())

    def test_page__in_french(self):
        self.env.user.lang = "fr_FR"
        self.sql("UPDATE telegram_lease SET expires_at = {now}")
        page = self.health.page()
        for words in ("Aucune passerelle ne tourne", "Vérifier tous les groupes", "Groupes"):
            self.assertIn(words, page)

    def test_page__administrators_only(self):
        for group in ("telegram_base.group_user", "base.group_system", "base.group_user"):
            user = new_test_user(self.env, "health_" + group, groups=group)
            for call in (
                lambda health: health.page(),
                lambda health: health.check_all("main"),
                lambda health: health.pause("main"),
                lambda health: health.resume("main"),
                lambda health: health.retry_commands("main", "send", ""),
                lambda health: health.drop_facts("main", "chat_broken"),
            ):
                with self.assertRaises(AccessError):
                    call(self.health.with_user(user))
            with self.assertRaises(AccessError):
                self.chat.with_user(user).action_pause()

    def _queries(self):
        self.env["base"].flush()
        self.env.cache.invalidate()
        before = self.env.cr.sql_log_count
        self.health.page()
        return self.env.cr.sql_log_count - before

    def _grow(self, name, chats, commands):
        """Add so many chats, half of them broken, each with commands and a fact set aside."""
        self.sql(
            "INSERT INTO telegram_chat (name, mark, pool, active, title_policy, promotion_policy,"
            " join_policy, leave_policy) SELECT %(name)s || n, %(name)s || n, 'main', true,"
            " 'accept', 'restore', 'ask', 'unenrol' FROM generate_series(1, %(chats)s) n;"
            " INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, checked_at)"
            " SELECT id, id + 5000, CASE WHEN id %% 2 = 0 THEN 'broken' ELSE 'ready' END, {now}"
            " FROM telegram_chat WHERE name LIKE %(name)s || '%%';"
            " INSERT INTO telegram_outbox (kind, chat_id, state, error_code)"
            " SELECT 'send', c.id, (ARRAY['done', 'failed', 'pending', 'expired'])[1 + n %% 4], 'x'"
            " FROM generate_series(1, %(commands)s) n, telegram_chat c"
            " WHERE c.name LIKE %(name)s || '%%';"
            " INSERT INTO telegram_inbox (fact, kind, chat_id, state)"
            " SELECT 'f' || c.id, 'member_left', c.id, 'set_aside' FROM telegram_chat c"
            " WHERE c.name LIKE %(name)s || '%%'",
            name=name,
            chats=chats,
            commands=commands,
        )

    def test_page__a_constant_number_of_queries(self):
        self._fact("no_such_kind", self.chat)  # of a group that no failed command is for
        self._ring()
        self._grow("few", 3, 4)
        self._queries()  # later cache entries
        few = self._queries()
        self._grow("many", 40, 50)
        self.assertGreater(self.env["telegram.outbox"].search_count([]), 2000)
        self.assertEqual(self._queries(), few)

    # -- try again, drop

    def test_commands__one_by_one(self):
        first, second = self.failed(), self.failed()
        self.assertEqual(
            {one["id"] for one in HealthPage(self.env).failed_commands()}, {first.id, second.id}
        )
        first.action_retry()
        self.assertEqual((first.state, first.error_code, first.again_at), ("pending", False, False))
        second.action_drop()
        self.assertEqual(second.state, "cancelled")
        self.assertEqual(self.urgent(), [])

    def test_commands__a_whole_kind_and_no_other(self):
        same, other = [self.failed(), self.failed()], self.failed("PEER_FLOOD")
        self.health.retry_commands("main", "send", "USER_PRIVACY_RESTRICTED")
        self.assertEqual([one.state for one in same], ["pending", "pending"])
        self.health.drop_commands("main", "send", "PEER_FLOOD")
        self.assertEqual(other.state, "cancelled")

    def test_commands__what_the_gateway_took_on_meanwhile_stays(self):
        done = self.failed()
        self.sql("UPDATE telegram_outbox SET state = 'working' WHERE id = %s", done.id)
        self.health.retry_commands("main", "send", "USER_PRIVACY_RESTRICTED")
        self.assertEqual(done.state, "working")
        self.assertEqual(done._move(("failed",), "cancelled"), 0)

    def test_facts__a_whole_kind(self):
        facts = [self._fact("no_such_kind") for _number in range(2)]
        self._ring()
        self.health.retry_facts("main", "no_such_kind")
        self.assertEqual([one.state for one in facts], ["set_aside", "set_aside"])
        self.health.drop_facts("main", "no_such_kind")
        self.assertEqual([one.state for one in facts], ["done", "done"])
        self.assertIn("Dropped by", facts[0].error)

    # -- check

    def test_check__this_group(self):
        self.chat.action_reconcile()
        command = self.env["telegram.outbox"].search([("chat_id", "=", self.chat.id)], limit=1)
        self.assertEqual(
            (command.kind, command._payload()), ("reconcile", {"check": True, "retry": True})
        )

    def test_check__all_one_after_the_other_with_progress(self):
        other = self.env["telegram.chat"]._for_record(self.omar)
        self.health.check_all("main")
        rows = self.env["telegram.outbox"].search([("key", "like", "check:%")], order="due_at")
        self.assertEqual(rows.mapped("chat_id"), self.chat | other)
        self.assertEqual((rows[1].due_at - rows[0].due_at).total_seconds(), 2)
        self.assertIn("0 of 2", self.health.page())
        self.health.check_all("main")
        self.assertEqual(
            self.env["telegram.outbox"].search_count([("key", "like", "check:%")]), 2, "it runs"
        )
        self.sql("UPDATE telegram_outbox SET state = 'done' WHERE id = %s", rows[0].id)
        self.sql("UPDATE telegram_outbox SET state = 'failed' WHERE id = %s", rows[1].id)
        check = FullChecks(self.env).by_pool()["main"]
        self.assertEqual((check["done"], check["failed"], check["is_running"]), (1, 1, False))
        self.health.check_all("main")
        self.assertEqual(FullChecks(self.env).by_pool()["main"]["done"], 0, "a new one")

    # -- pause

    def test_pause__once_and_resumed_with_a_look(self):
        self.health.pause("main")
        self.health.pause("main")
        self.assertEqual(self.env["telegram.pause"].search_count([]), 1)
        self.assertSays("gateway_paused", "act", self.env.user.name, "Resume")
        before = self._reconciles()
        self.health.resume("main")
        self.assertFalse(self.env["telegram.pause"].search([]))
        self.assertEqual(self._reconciles(), before + 1)
        self.health.resume("main")
        self.assertEqual(self._reconciles(), before + 1, "it was not paused")

    def test_pause__one_group(self):
        self.chat.action_pause()
        self.assertTrue(self.chat.is_paused)
        self.assertSays("chat_paused", "act", self.chat.name, "Resume")
        before = self._reconciles()
        self.chat.action_resume()
        self.chat.invalidate_cache()
        self.assertFalse(self.chat.is_paused)
        self.assertEqual(self._reconciles(), before + 1)

    def test_facts__are_json_objects(self):
        self.sql("SELECT facts FROM telegram_health")
        for (facts,) in self.env.cr.fetchall():
            self.assertIsInstance(json.loads(facts), dict)

    def test_lines__are_read_without_being_compiled(self):
        self.env["telegram.health"]._lines()
        self.env.cr.execute("SELECT coalesce(current_setting('jit', true), 'off')")
        self.assertEqual(self.env.cr.fetchone()[0], "off")
