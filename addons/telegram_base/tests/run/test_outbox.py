import json
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError

from ..common import TelegramCase


class TestOutbox(TelegramCase):
    def setUp(self):
        super().setUp()
        self.outbox = self.env["telegram.outbox"]

    def _enqueue(self, key="k", text="one", **values):
        return self.outbox._enqueue(
            [dict(values, chat_id=self.chat.id, kind="send", payload={"text": text}, key=key)]
        )

    def _row(self, key="k"):
        return self.outbox.search([("key", "=", key)])

    def _state(self, state, key="k"):
        self.env.cr.execute("UPDATE telegram_outbox SET state = %s WHERE key = %s", [state, key])
        self.outbox.invalidate_cache()

    def test_enqueue__defaults(self):
        self._enqueue()
        row = self._row()
        self.assertEqual((row.state, row.priority, row.attempts), ("pending", 50, 0))
        self.assertEqual(row.pool_name, "main")
        self.assertEqual(row._payload(), {"text": "one"})
        self.assertTrue(row.due_at)
        self.env.cr.execute("SELECT tg_user_id, expires_at FROM telegram_outbox WHERE key = 'k'")
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_enqueue__pool_of_the_chat(self):
        self.chat.pool_name = "second"
        self.chat.flush()
        self._enqueue()
        self.assertEqual(self._row().pool_name, "second")

    def test_enqueue__many_and_without_key(self):
        rows = [{"chat_id": self.chat.id, "kind": "reconcile"}] * 3
        self.assertEqual(len(self.outbox._enqueue(rows)), 3)
        self.assertEqual(self.outbox._enqueue([]), [])

    def test_enqueue__same_key_twice_the_last_holds(self):
        self.outbox._enqueue(
            [
                {"tg_user_id": 7000000001, "kind": "send", "payload": {"text": t}, "key": "k"}
                for t in ("one", "two")
            ]
        )
        self.assertEqual(self._row()._payload()["text"], "two")
        self.assertEqual(self._row().tg_user_id, 7000000001)

    def test_enqueue__pending_is_rewritten(self):
        self._enqueue()
        due = datetime(2030, 1, 2, 3, 4, 5)
        self._enqueue(text="two", due_at=due, priority=10)
        row = self._row()
        self.assertEqual((row._payload()["text"], row.due_at, row.priority), ("two", due, 10))

    def test_enqueue__rewritten_it_stays_known_that_it_was_tried(self):
        for state, attempts, code in (("pending", 2, "NETWORK"), ("cancelled", 0, False)):
            self._enqueue()
            self.env.cr.execute(
                "UPDATE telegram_outbox SET state = %s, attempts = 2, error_code = 'NETWORK'",
                [state],
            )
            self._enqueue(text="two")
            row = self._row()
            self.assertEqual((row.state, row.attempts, row.error_code), ("pending", attempts, code))

    def test_enqueue__cancelled_is_revived(self):
        self._enqueue()
        self.assertEqual(self.outbox._cancel(["k"]), [])
        self.assertEqual(self._row().state, "cancelled")
        self.assertTrue(self._enqueue(text="again"))
        self.assertEqual((self._row().state, self._row()._payload()["text"]), ("pending", "again"))

    def test_enqueue__begun_and_done_stay(self):
        self._enqueue()
        for state in ("working", "done", "failed"):
            self._state(state)
            self.assertEqual(self._enqueue(text="two"), [])
            self.assertEqual((self._row().state, self._row()._payload()["text"]), (state, "one"))

    def test_enqueue__done_is_done_again_only_if_asked(self):
        for state, again in (("done", "pending"), ("working", "working")):
            self._enqueue(text="one")
            self._state(state)
            self._enqueue(text="two")
            self.assertEqual(self._row().state, state)
            self._enqueue(text="two", again=True)
            self.assertEqual(self._row().state, again)

    def test_enqueue__expired_is_revived_only_with_time_left(self):
        now = fields.Datetime.now()
        self._enqueue()
        self._state("expired")
        self.assertEqual(self._enqueue(expires_at=now - timedelta(hours=1)), [])
        self.assertTrue(self._enqueue(expires_at=now + timedelta(hours=1)))
        self.assertEqual(self._row().state, "pending")

    def test_cancel__too_late(self):
        for key in ("a", "b", "c"):
            self._enqueue(key)
        self._state("working", "a")
        self._state("done", "b")
        self.assertEqual(self.outbox._cancel(["a", "b", "c", "unknown", None]), ["a", "b"])
        self.assertEqual(self._row("c").state, "cancelled")

    def test_delay__of_what_is_done_and_of_what_waits(self):
        now = fields.Datetime.now()
        self._enqueue(due_at=now - timedelta(minutes=5))
        self.assertAlmostEqual(self._row().delay_s, 300, delta=60)
        state = "UPDATE telegram_outbox SET state = %s, state_at = due_at + interval '2.5 s'"
        for name, delay in (("done", 2.5), ("failed", 0), ("cancelled", 0)):
            self.env.cr.execute(state, [name])
            self.outbox.invalidate_cache()
            self.assertEqual(self._row().delay_s, delay)
        self._enqueue("later", due_at=now + timedelta(minutes=5))
        self.assertEqual(self._row("later").delay_s, 0)

    def test_buttons(self):
        self._enqueue()
        self._state("failed")
        self._row().action_retry()
        self.assertEqual(self._row().state, "pending")
        self._row().action_drop()
        self.assertEqual(self._row().state, "cancelled")
        self._state("done")
        with self.assertRaises(UserError):
            self._row().action_retry()

    def test_buttons__an_expired_command_gets_time(self):
        self._enqueue(expires_at=fields.Datetime.now() - timedelta(hours=1))
        self._state("expired")
        self._row().action_retry()
        self.assertFalse(self._row().expires_at)

    def test_notify__statement_triggers_are_there(self):
        self.env.cr.execute(
            "SELECT tgname, tgnewtable FROM pg_trigger"
            " WHERE tgrelid = 'telegram_outbox'::regclass AND NOT tgisinternal"
        )
        self.assertEqual(
            dict(self.env.cr.fetchall()),
            {"telegram_outbox_inserted": None, "telegram_outbox_revived": "changed"},
        )

    def test_send__to_the_group_and_privately(self):
        self.chat._send("<b>Hello</b>", buttons=[[{"text": "x", "url": "https://x"}]], key="g")
        payload = json.loads(self._row("g").payload)
        self.assertEqual(payload["text"], "<b>Hello</b>")
        self.assertEqual(payload["buttons"][0][0]["url"], "https://x")
        self.assertFalse(self.amina._telegram_send("hello"))
        self.env["telegram.contact"]._confirm(self.amina, 7000000001)
        self.env["telegram.contact"]._confirm(self.amina, 7000000002)
        self.amina._telegram_send("hello", key="p")
        sent = self.outbox.search([("key", "in", ["p", "p:7000000001"])])
        self.assertEqual(set(sent.mapped("tg_user_id")), {7000000001, 7000000002})

    def test_keys__are_found_by_their_beginning_in_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("EXPLAIN SELECT id FROM telegram_outbox WHERE key LIKE 'lesson:a:1:%'")
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("telegram_outbox_key_prefix", plan)
