from contextlib import contextmanager

import psycopg2

from odoo.tools import config, mute_logger

from ... import database
from ...models.run.telegram_contract import CONTRACT_VERSION
from ..common import TelegramCase

#: table → (rights on it, columns that may be updated if not all of them)
WHOLE = {"SELECT", "INSERT", "UPDATE", "DELETE"}
EXPECTED = {
    "telegram_contract": {"SELECT"},
    "telegram_chat": {"SELECT"},
    "telegram_roster": {"SELECT"},
    "telegram_contact": {"SELECT"},
    "telegram_outbox": {"SELECT"},
    "telegram_attachment": {"SELECT", "DELETE"},
    "telegram_member": WHOLE,
    "telegram_chat_state": WHOLE,
    "telegram_account": WHOLE,
    "telegram_inbox": {"SELECT", "INSERT"},
    "telegram_session": WHOLE,
    "telegram_session_known": WHOLE,
    "telegram_lease": WHOLE,
    "telegram_process": WHOLE,
    "telegram_login": WHOLE,
    "telegram_secret": {"SELECT", "DELETE"},
    "telegram_intent": WHOLE,
    "telegram_spend": {"SELECT", "INSERT"},
    "telegram_removal": {"SELECT", "INSERT", "DELETE"},
    "telegram_limit": {"SELECT", "INSERT"},
    "telegram_mailing": set(),
    "telegram_contact_log": set(),
    "telegram_pause": {"SELECT"},
    "telegram_health_chat": {"SELECT"},
    "telegram_health": {"SELECT"},
    "telegram_call": set(),
    "telegram_presence": set(),
    "telegram_link": set(),
    "telegram_question": set(),
    "telegram_lookup": set(),
    "telegram_invite": set(),
    "res_partner": set(),
    "res_users": set(),
}
RIGHTS = WHOLE | {"TRUNCATE", "REFERENCES", "TRIGGER"}
OUTCOME = {
    "state",
    "state_at",
    "attempts",
    "worker",
    "result",
    "error_code",
    "error",
    "again_at",
}


class TestGrants(TelegramCase):
    """The rights of the gateway's database role. The test creates the role if the cluster lacks it
    and Odoo's role may create one; the rollback removes it."""

    def setUp(self):
        super().setUp()
        self.role = database.gateway_role()
        if not database.role_exists(self.env.cr):
            self.env.cr.execute(
                "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
            )
            if not self.env.cr.fetchone()[0]:
                self.role = None  # the installation must still work without the role: see below
                return
            self.env.cr.execute('CREATE ROLE "%s"' % self.role)
            self.env.cr.execute('GRANT "%s" TO current_user' % self.role)
            for table in EXPECTED:
                if table.startswith("telegram_"):
                    self.env[table.replace("_", ".")].init()

    @contextmanager
    def _as_gateway(self):
        with self.env.cr.savepoint():
            self.env.cr.execute('SET LOCAL ROLE "%s"' % self.role)
            yield self.env.cr
            self.env.cr.execute("RESET ROLE")

    def _refused(self, statement):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.ProgrammingError) as caught:
            with self._as_gateway() as cr:
                cr.execute(statement)
        self.assertEqual(caught.exception.pgcode, "42501", statement)

    def test_rights__exactly_these(self):
        if self.role is None:
            return self.test_missing_role__is_no_error()
        for table, expected in EXPECTED.items():
            got = set()
            for right in RIGHTS:
                self.env.cr.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", [self.role, table, right]
                )
                if self.env.cr.fetchone()[0]:
                    got.add(right)
            self.assertEqual(got, expected, table)

    def test_outbox__only_the_outcome(self):
        if self.role is None:
            return self.test_missing_role__is_no_error()
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'telegram_outbox'"
            " AND has_column_privilege(%s, 'telegram_outbox', column_name, 'UPDATE')",
            [self.role],
        )
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, OUTCOME)

    def test_work__as_the_gateway_does_it(self):
        if self.role is None:
            return self.test_missing_role__is_no_error()
        self.chat._send("hello", key="k")
        self.chat.flush()
        with self._as_gateway() as cr:
            cr.execute("SELECT version FROM telegram_contract")
            self.assertEqual(cr.fetchall(), [(CONTRACT_VERSION,)])
            cr.execute("SELECT telegram_database_uuid()")
            self.assertEqual(len(cr.fetchone()[0]), 36)
            cr.execute(
                "UPDATE telegram_outbox SET state = 'working', worker = 'w'"
                " WHERE key = 'k' AND state = 'pending'"
            )
            self.assertEqual(cr.rowcount, 1)
            cr.execute(
                "INSERT INTO telegram_inbox (fact, kind, payload, occurred_at)"
                " VALUES ('f', 'chat_broken', '{}', '2026-01-01') ON CONFLICT (fact) DO NOTHING"
                " RETURNING state, pool, created_at IS NOT NULL"
            )
            self.assertEqual(cr.fetchone(), ("new", "main", True))
            cr.execute(
                "INSERT INTO telegram_member (chat_id, tg_user_id) VALUES (%s, 7000000001)"
                " ON CONFLICT (chat_id, tg_user_id) WHERE tg_user_id IS NOT NULL DO NOTHING"
                " RETURNING is_bot, is_deleted",
                [self.chat.id],
            )
            self.assertEqual(cr.fetchone(), (False, False))
            cr.execute(
                "INSERT INTO telegram_member (chat_id, partner_id) VALUES (%s, %s)"
                " ON CONFLICT (chat_id, partner_id) WHERE tg_user_id IS NULL DO NOTHING",
                [self.chat.id, self.amina.id],
            )
            cr.execute(
                "INSERT INTO telegram_chat_state (chat_id, state) VALUES (%s, 'creating')"
                " ON CONFLICT (chat_id) DO UPDATE SET state = excluded.state",
                [self.chat.id],
            )
            cr.execute(
                "INSERT INTO telegram_account (kind, tg_user_id) VALUES ('user', 7000000002)"
                " ON CONFLICT (pool, kind, tg_user_id) DO NOTHING RETURNING id, pool"
            )
            account_id, pool = cr.fetchone()
            self.assertEqual(pool, "main")
            cr.execute(
                "INSERT INTO telegram_session (account_id, process, data) VALUES (%s, 'p', %s)"
                " ON CONFLICT (account_id, process) DO UPDATE SET data = excluded.data",
                [account_id, psycopg2.Binary(b"\x00secret")],
            )
            cr.execute(
                "INSERT INTO telegram_session_known (session_id, number, data)"
                " SELECT id, -7, %s FROM telegram_session WHERE account_id = %s"
                " ON CONFLICT (session_id, number) DO UPDATE SET data = excluded.data",
                [psycopg2.Binary(b"\x00hash"), account_id],
            )
            cr.execute("DELETE FROM telegram_session_known WHERE number = -7")
            self.assertEqual(cr.rowcount, 1)
            cr.execute("SELECT id FROM telegram_account WHERE id = %s FOR UPDATE", [account_id])
            cr.execute(
                "INSERT INTO telegram_spend (account_id, kind, at, chat_id, tg_user_id)"
                " VALUES (%s, 'direct_add', '2026-01-01', %s, 7000000001) RETURNING id",
                [account_id, self.chat.id],
            )
            cr.execute(
                "UPDATE telegram_spend SET outcome = 'done', tg_user_id = NULL WHERE id = %s",
                cr.fetchone(),
            )
            cr.execute(
                "INSERT INTO telegram_removal (chat_id, kind, name) VALUES (%s, 'remove', 'X')"
                " RETURNING id",
                [self.chat.id],
            )
            cr.execute(
                "UPDATE telegram_removal SET partner_id = NULL, tg_user_id = NULL, name = NULL,"
                " reason = NULL WHERE id = %s",
                cr.fetchone(),
            )
            cr.execute(
                "INSERT INTO telegram_limit (account_id, kind, code, since, until)"
                " VALUES (%s, 'cold', 'PEER_FLOOD', '2026-01-01', '2026-01-02')"
                " RETURNING pool, level",
                [account_id],
            )
            self.assertEqual(cr.fetchone(), ("main", 0))
            cr.execute(
                "INSERT INTO telegram_lease (process) VALUES ('p')"
                " ON CONFLICT (pool) DO NOTHING RETURNING generation"
            )
            self.assertEqual(cr.fetchone(), (0,))
            cr.execute(
                "INSERT INTO telegram_intent (key, kind) VALUES ('i', 'open_call')"
                " RETURNING state, payload, begun_at IS NOT NULL"
            )
            self.assertEqual(cr.fetchone(), ("begun", "{}", True))

    def test_refused(self):
        if self.role is None:
            return self.test_missing_role__is_no_error()
        for statement in (
            "UPDATE telegram_outbox SET payload = '{}'",
            "INSERT INTO telegram_outbox (kind) VALUES ('reconcile')",
            "DELETE FROM telegram_inbox",
            "UPDATE telegram_inbox SET state = 'done'",
            "UPDATE telegram_spend SET at = '2020-01-01'",
            "UPDATE telegram_removal SET kind = 'ban'",
            "DELETE FROM telegram_spend",
            "DELETE FROM telegram_limit",
            "UPDATE telegram_roster SET status = 'out'",
            "DELETE FROM telegram_contact",
            "SELECT * FROM telegram_link",
            "SELECT * FROM res_users",
            "SELECT value FROM ir_config_parameter",
            "INSERT INTO telegram_secret (sealed) VALUES ('x')",
        ):
            self._refused(statement)

    def test_missing_role__is_no_error(self):
        before = config.get("telegram_gateway_role")
        config["telegram_gateway_role"] = "no_such_role_anywhere"
        try:
            with self.assertLogs("odoo.addons.telegram_base.database", "WARNING"):
                database.grant(self.env.cr, "telegram_chat", "SELECT")
        finally:
            config["telegram_gateway_role"] = before
