import json

from odoo.exceptions import UserError

from ..common import TelegramCase


class TestChat(TelegramCase):
    """A group of a class that was closed, and removals that somebody must confirm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state) VALUES (%s, 900, 'ready')",
            [cls.chat.id],
        )
        cls.chat._set_roster([{"partner_id": cls.amina.id}, {"partner_id": cls.omar.id}])

    def _texts(self):
        rows = self.env["telegram.outbox"].search(
            [("kind", "=", "send"), ("chat_id", "=", self.chat.id)], order="id"
        )
        return [row._payload()["text"] for row in rows]

    def _last_reconcile(self):
        row = self.env["telegram.outbox"].search(
            [("kind", "=", "reconcile"), ("chat_id", "=", self.chat.id)], order="id desc", limit=1
        )
        return row._payload()

    def _statuses(self):
        self.chat.invalidate_cache()
        return set(self.chat.roster_ids.mapped("status"))

    def _hold(self, partner, tg_user_id):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, seen_status, state)"
            " VALUES (%s, %s, %s, 'in', 'held')",
            [self.chat.id, partner.id, tg_user_id],
        )

    def test_archived__farewell_and_nobody_out(self):
        before = self._reconciles()
        self.chat.active = False
        self.assertIn("Its group stays, to read.", self._texts()[-1])
        self.assertEqual(self._statuses(), {"in"})
        self.assertGreater(self._reconciles(), before)
        self.chat.active = True
        self.assertIn("open again", self._texts()[-1])

    def test_archived__archiving_again_says_nothing(self):
        self.chat.active = False
        said = self._texts()
        self.chat.active = False
        self.assertEqual(self._texts(), said)

    def test_archived__left_in_peace(self):
        self.chat.archive_policy = "leave"
        self.chat.active = False
        self.assertEqual((self._texts(), self._statuses()), ([], {"in"}))

    def test_archived__emptied_by_the_word_of_who_archived(self):
        self.chat.archive_policy = "empty"
        self.chat.active = False
        self.assertEqual(self._statuses(), {"out"})
        allowed = self.env["telegram.outbox"].search(
            [("kind", "=", "reconcile"), ("payload", "like", "allow_removals")]
        )
        self.assertEqual(json.loads(allowed.payload), {"allow_removals": "all"})

    def test_archived__nothing_is_said_where_there_is_no_group_yet(self):
        chat = self.env["telegram.chat"]._for_record(self.omar)
        chat.active = False
        self.assertFalse(
            self.env["telegram.outbox"].search_count(
                [("kind", "=", "send"), ("chat_id", "=", chat.id)]
            )
        )

    def test_removals_held__only_the_people_shown_may_go(self):
        self._hold(self.amina, 71)
        self._hold(self.omar, 72)
        self.chat.invalidate_cache()
        self.assertEqual(self.chat.held_count, 2)
        self.chat.action_allow_removals()
        self.assertEqual(sorted(self._last_reconcile()["allow_removals"]), [71, 72])

    def test_removals_held__the_button_does_nothing_when_nobody_waits(self):
        before = self._reconciles()
        self.chat.action_allow_removals()
        self.assertEqual(self._reconciles(), before)

    def test_removals_held__fact_is_handled_also_when_settled(self):
        fact = self._fact("removals_held", self.chat, tg_user_ids=[71])
        self._ring()
        self.assertEqual(fact.state, "done", fact.error)

    def test_title_restored__said_in_the_group(self):
        self.chat.title_policy = "restore"
        name = self.chat.name
        self._fact("title_changed", self.chat, title="Autre", by=71, restored=True)
        self._ring()
        self.assertIn("was changed back", self._texts()[-1])
        self.assertEqual(self.chat.name, name)

    # -- compared, and broken -------------------------------------------------------------------

    def test_compared_at_night__each_group_one_after_the_other(self):
        other = self.env["telegram.chat"]._for_record(self.amina)
        self.env["telegram.chat"]._cron_check()
        rows = self.env["telegram.outbox"].search(
            [("kind", "=", "reconcile"), ("chat_id", "in", [self.chat.id, other.id])],
            order="due_at desc",
        )
        # including those from the creation of the chats
        rows = rows.filtered(lambda row: row._payload() == {"check": True})
        self.assertEqual(rows.mapped("chat_id"), self.chat | other)
        self.assertGreater(rows[0].due_at, rows[1].due_at)

    def test_compare_now__tries_again_what_was_refused(self):
        self.chat.action_reconcile()
        self.assertEqual(self._last_reconcile(), {"check": True, "retry": True})

    def _break(self, code):
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET state = 'broken', error_code = %s WHERE chat_id = %s",
            [code, self.chat.id],
        )
        self.chat.invalidate_cache()

    def test_broken__says_what_to_do(self):
        for code, words in (
            ("bot_removed", "brings it back"),
            ("account_demoted", "make it one again"),
            ("CHANNEL_PRIVATE", "new group made"),
        ):
            self._break(code)
            self.assertIn(words, self.chat.state_text)
            planned = self.env["telegram.words"]._planned("broken", "", code)
            self.assertIn(words, planned)

    def test_new_group__only_in_place_of_a_lost_one(self):
        self._break("bot_removed")
        with self.assertRaisesRegex(UserError, "not lost"):
            self.chat.action_new_group()
        self._break("CHANNEL_PRIVATE")
        self.chat.write({"bind": "@old", "is_reviewed": False})
        self.chat.action_new_group()
        self.assertEqual(self._last_reconcile(), {"new_group": True})
        self.assertEqual((self.chat.bind, self.chat.is_reviewed), (False, True))
