from ...models.messages.reminders import Reminders
from ..common import TelegramCase

AMINA = 7000000001


class TestInvite(TelegramCase):
    """Everybody who belongs is invited, and nobody is reminded for ever."""

    def setUp(self):
        super().setUp()
        self._make_ready()
        # as two transactions do it that do not see each other: no hook runs
        self.env.cr.execute(
            "INSERT INTO telegram_roster (chat_id, partner_id, role, status)"
            " VALUES (%s, %s, 'student', 'in')",
            [self.chat.id, self.amina.id],
        )
        self.env.cr.execute(
            "INSERT INTO telegram_contact (partner_id, tg_user_id, state)"
            " VALUES (%s, %s, 'confirmed')",
            [self.amina.id, AMINA],
        )
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
            " VALUES (%s, %s, %s, 'welcome')",
            [self.chat.id, self.amina.id, AMINA],
        )

    def _days_pass(self, days):
        self.env.cr.execute(
            "UPDATE telegram_outbox SET create_date = create_date - %s * interval '1 day 1 minute'",
            [days],
        )
        self.env["telegram.outbox"].invalidate_cache()

    def test_forgotten__is_invited_once(self):
        self.env["telegram.bot"]._cron_invite()
        self.assertEqual(len(self._sent(AMINA)), 1)
        self.env["telegram.bot"]._cron_invite()
        self.assertEqual(len(self._sent(AMINA)), 1)

    def test_reminded__twice_and_no_more(self):
        bot = self.env["telegram.bot"]
        bot._invite_roster(self.chat, self.chat.invite_link)
        counts = []
        for days in (1, 1, 0, 4, 1, 30):  # 1, 2, 2, 6, 7 and 37 days old
            self._days_pass(days)
            Reminders(bot, self.chat).send()
            counts.append(len(self._sent(AMINA)))
        self.assertEqual(counts, [1, 2, 2, 2, 3, 3])
        self.assertIn("expected", self._sent(AMINA)[-1]._payload()["text"])

    def test_reminded__not_who_has_come(self):
        bot = self.env["telegram.bot"]
        bot._invite_roster(self.chat, self.chat.invite_link)
        self._days_pass(3)
        self.env.cr.execute("UPDATE telegram_member SET state = 'in', seen_status = 'in'")
        self.env["telegram.member"].invalidate_cache()
        Reminders(bot, self.chat).send()
        self.assertEqual(len(self._sent(AMINA)), 1)
