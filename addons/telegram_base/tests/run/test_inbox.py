from contextlib import closing

import psycopg2

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tools import mute_logger

from ...models.run.telegram_inbox import _LOCK
from ..common import TelegramCase

_INBOX_LOGGER = "odoo.addons.telegram_base.models.run.telegram_inbox"


class TestInbox(TelegramCase):
    def _failing(self, chat, fact):
        raise UserError("The school says no.")

    def test_ring__nothing_to_do(self):
        self.assertEqual(self._ring(), {"handled": 0, "left": 0, "busy": False})

    def test_ring__busy(self):
        fact = self._fact("chat_broken", self.chat)
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            self.assertEqual(self._ring(), {"handled": 0, "left": 0, "busy": True})
        self.assertEqual(fact.state, "new")

    def test_ring__bounded(self):
        for _n in range(205):
            self._fact("chat_broken", self.chat)
        self.assertEqual(self._ring(), {"handled": 200, "left": 5, "busy": False})
        self.assertEqual(self._ring(), {"handled": 5, "left": 0, "busy": False})

    def test_ring__hooks_run_in_the_language_of_the_chat(self):
        seen = []
        self._hook(
            "_telegram_on_chat_ready",
            lambda owner, chat, fact: seen.append(
                (owner, chat, fact.env.su, fact.env.uid, fact.env.context["lang"])
            ),
        )
        self._make_ready()
        self._ring()
        self.assertEqual(seen, [(self.owner, self.chat, True, 1, "en_US")])

    @mute_logger(_INBOX_LOGGER)
    def test_ring__a_failing_fact_holds_back_its_chat_only(self):
        self._hook("_telegram_on_chat_ready", self._failing_hook())
        other_owner = self.env["res.partner"].create({"name": "Other"})
        other = self.env["telegram.chat"]._for_record(other_owner)
        bad = self._make_ready()
        behind = self._fact("title_changed", self.chat, title="New title")
        elsewhere = self._fact("title_changed", other, title="Changed there")
        self.assertEqual(self._ring(), {"handled": 2, "left": 0, "busy": False})
        self.assertEqual((bad.state, bad.error), ("set_aside", "The school says no."))
        self.assertEqual((behind.state, elsewhere.state), ("new", "done"))
        self.assertEqual(other.name, "Changed there")
        self.assertEqual(self._ring(), {"handled": 0, "left": 0, "busy": False})
        return bad, behind

    def _failing_hook(self):
        def hook(owner, chat, fact):
            owner.name = "must be rolled back"
            raise UserError("The school says no.")

        return hook

    def test_retry__goes_on_in_order(self):
        bad, behind = self.test_ring__a_failing_fact_holds_back_its_chat_only()
        self.assertEqual(self.owner.name, "Mathématiques 3e A")
        self._hook_done = []
        type(self.owner)._telegram_on_chat_ready = lambda owner, chat, fact: None
        bad.action_retry()
        self.assertEqual((bad.state, bad.error, behind.state), ("done", False, "done"))
        self.assertEqual(self.chat.name, "New title")

    def test_drop__lets_the_others_go_on(self):
        bad, behind = self.test_ring__a_failing_fact_holds_back_its_chat_only()
        bad.action_drop()
        self.assertEqual((bad.state, behind.state), ("done", "done"))
        self.assertIn("The school says no.", bad.error)

    @mute_logger(_INBOX_LOGGER)
    def test_ring__unknown_kind_is_set_aside(self):
        fact = self._fact("nonsense")
        self._ring()
        self.assertEqual(fact.state, "set_aside")
        self.assertIn("nonsense", fact.error)

    @mute_logger(_INBOX_LOGGER)
    def test_ring__bad_payload_is_set_aside(self):
        fact = self._fact("call_opened", self.chat, tg_call_id=5, at="yesterday")
        self._ring()
        self.assertEqual(fact.state, "set_aside")

    def test_ring__what_only_a_repetition_mends_is_raised(self):
        def hook(owner, chat, fact):
            raise psycopg2.extensions.TransactionRollbackError("could not serialize access")

        self._hook("_telegram_on_chat_ready", hook)
        self._make_ready()
        with self.assertRaises(psycopg2.OperationalError):
            self._ring()

    def test_title_changed__accepted(self):
        seen = []
        self._hook(
            "_telegram_on_title_changed",
            lambda owner, chat, title, fact: seen.append((chat.name, title)),
        )
        self._fact("title_changed", self.chat, title=" By the teacher ", by=5)
        self._ring()
        self.assertEqual(seen, [("By the teacher", "By the teacher")])

    def test_title_changed__restored(self):
        self.chat.title_policy = "restore"
        before = self._reconciles()
        self._fact("title_changed", self.chat, title="By the teacher", by=5)
        self._ring()
        self.assertEqual(self.chat.name, "Mathématiques 3e A")
        self.assertEqual(self._reconciles(), before + 1)

    def test_members__hooks_get_archived_partners_too(self):
        self.env["telegram.contact"]._confirm(self.amina, 7000000001)
        self.amina.active = False
        seen = []
        for kind in ("joined", "left", "removed"):
            self._hook(
                "_telegram_on_member_%s" % kind,
                lambda owner, chat, partners, fact: seen.append((fact.kind, partners)),
            )
        self._hook(
            "_telegram_on_role_changed",
            lambda owner, chat, partners, role, fact: seen.append((role, partners)),
        )
        before = self._reconciles()
        for kind in ("joined", "left", "removed", "promoted"):
            self._fact("member_%s" % kind, self.chat, tg_user_id=7000000001)
        self._fact("member_joined", self.chat, tg_user_id=8, by_us=False)
        self._fact("member_removed", self.chat, tg_user_id=7000000001, by_us=True)
        self._ring()
        nobody = self.env["res.partner"]
        self.assertEqual(
            seen,
            [
                ("member_joined", self.amina),
                ("member_left", self.amina),
                ("member_removed", self.amina),
                ("admin", self.amina),
                ("member_joined", nobody),
            ],
        )
        self.assertEqual(self._reconciles(), before + 1)

    def test_facts__renew_names(self):
        contact = self.env["telegram.contact"]._confirm(
            self.amina, 7000000001, {"name": "Old", "username": "old"}
        )
        self._fact("member_left", self.chat, tg_user_id=7000000001, name="New", username=None)
        self._ring()
        self.assertEqual((contact.name, contact.username), ("New", False))
