from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestFrozen(ClassroomCase):
    """Lessons while the school's account cannot open calls: the bot asks the teachers to open
    them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            "INSERT INTO telegram_account (pool, kind, tg_user_id, name, state)"
            " VALUES ('main', 'user', 501, 'École', 'connected')"
        )

    def setUp(self):
        super().setUp()
        self.hers = self.link(self.teacher)
        self.anchor(self.classroom.telegram_chat_id)

    def stand(self, kind="account_frozen", since="now() AT TIME ZONE 'UTC'", state="connected"):
        """Report this standing of the account, as the gateway does."""
        self.env["base"].flush()
        self.env.cr.execute(
            "UPDATE telegram_account SET frozen_since = %s, state = %%s WHERE kind = 'user'"
            % since,
            [state],
        )
        self.env["telegram.account"].invalidate_cache()
        if kind:
            self.tell(kind, self.env["telegram.chat"], account="user")
            self.ring()

    def thaw(self):
        self.stand("account_thawed", "NULL")

    def plan(self, begins, minutes=60, **values):
        start = fields.Datetime.now().replace(microsecond=0) + begins * MINUTE
        values = dict(values, classroom_id=self.classroom.id, name="Fractions & co")
        values.update(start=start, stop=start + minutes * MINUTE)
        return self.env["small_school.lesson"].create(values)

    def asked(self, *states):
        """Return the messages in these states (all by default), oldest first."""
        rows = self.outbox.search([("key", "=like", "by\\_hand:%")], order="id")
        return rows.filtered(lambda row: not states or row.state in states)

    def test_asked__when_the_call_would_have_been_opened(self):
        lesson = self.plan(60)
        self.assertFalse(self.asked())
        self.stand()
        [row] = self.asked()
        self.assertEqual(
            (row.tg_user_id, row.due_at, row.expires_at, row.state, row.kind),
            (self.hers, lesson.start - 5 * MINUTE, lesson.stop, "pending", "send"),
        )
        text = row._payload()["text"]
        for words in ("<b>Fractions &amp; co</b>", "Mathématiques 3e A", "ordinateur", "téléphone"):
            self.assertIn(words, text)
        [[button]] = row._payload()["buttons"]
        self.assertEqual(button["text"], "Mathématiques 3e A")

    def test_asked__in_the_person_s_language(self):
        languages = self.env["res.lang"].with_context(active_test=False)
        languages.search([("code", "=", "en_US")]).active = True
        self.teacher.lang = "en_US"
        self.plan(60)
        self.stand()
        self.assertIn("On a phone", self.asked()._payload()["text"])

    def test_asked__at_once_where_the_freeze_comes_later_than_that(self):
        lesson = self.plan(2)
        self.stand()
        [row] = self.asked()
        self.assertLess(row.due_at, fields.Datetime.now())
        self.assertEqual(row.expires_at, lesson.stop)

    def test_asked__not_where_a_call_runs_or_the_lesson_is_over(self):
        lesson = self.plan(-10)
        over = self.plan(-120)
        self.assertTrue(lesson and over)
        self.env.cr.execute(
            "UPDATE telegram_chat_state SET tg_call_id = 5 WHERE chat_id = %s", [self.chat.id]
        )
        self.stand()
        self.assertFalse(self.asked())
        self.env.cr.execute("UPDATE telegram_chat_state SET tg_call_id = NULL")
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(len(self.asked()), 1)

    def test_asked__once_per_lesson_and_person(self):
        lesson = self.plan(60)
        self.stand()
        self.mark(self.asked(), "done")
        self.thaw()
        self.stand()
        lesson.name = "Fractions 2"
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(self.asked().mapped("state"), ["done"])

    def test_thawed__nobody_is_asked_and_frozen_again_they_are(self):
        self.plan(60)
        self.stand()
        self.thaw()
        self.assertEqual(self.asked().mapped("state"), ["cancelled"])
        self.stand()
        self.assertEqual(self.asked().mapped("state"), ["pending"])

    def test_moved_and_cancelled__the_message_goes_with_the_lesson(self):
        self.stand()
        lesson = self.plan(60)
        lesson.write({"start": lesson.start + 30 * MINUTE, "stop": lesson.stop + 30 * MINUTE})
        [row] = self.asked("pending")
        self.assertEqual(row.due_at, lesson.start - 5 * MINUTE)
        lesson.action_cancel()
        self.assertFalse(self.asked("pending"))

    def test_deleted__nobody_is_asked(self):
        self.stand()
        self.plan(60).unlink()
        self.assertEqual(self.asked().mapped("state"), ["cancelled"])

    def test_supervisors__where_no_teacher_has_telegram(self):
        self.env["telegram.contact"].search([("tg_user_id", "=", self.hers)]).state = "revoked"
        theirs = self.link(self.supervisor)
        self.plan(60)
        self.stand()
        self.assertEqual(self.asked().mapped("tg_user_id"), [theirs])

    def test_lost__is_no_better(self):
        self.plan(60)
        self.stand(kind=None, since="NULL", state="lost")
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(len(self.asked("pending")), 1)

    def test_replaced__an_account_that_is_used_no_more_says_nothing(self):
        self.stand()
        self.env.cr.execute(
            "UPDATE telegram_account SET error_code = 'replaced' WHERE kind = 'user';"
            "INSERT INTO telegram_account (pool, kind, tg_user_id, name, state)"
            " VALUES ('main', 'user', 502, 'École', 'connected')"
        )
        self.env["telegram.account"].invalidate_cache()
        self.plan(60)
        self.assertFalse(self.asked())

    def test_far__lessons_of_later_days_are_for_the_cron(self):
        self.stand()
        self.plan(60 * 30)
        self.assertFalse(self.asked())

    def test_by_hand__where_the_classroom_opens_nothing_nobody_is_asked(self):
        self.classroom.telegram_open_minutes = 0
        self.stand()
        self.plan(60)
        self.assertFalse(self.asked())

    def test_end__a_call_that_cannot_be_closed_brings_the_sheet_all_the_same(self):
        lesson = self.plan(-70)
        self.stand()
        key = LessonClock(lesson).key("close")
        own = {"tg_call_id": 5}
        self.tell("call_opened", self.chat, lesson.start, open_key=None, adopted=True, **own)
        self.tell(
            "call_kept", self.chat, lesson.stop, open_key=None, close_key=key, until=None, **own
        )
        self.ring()
        self.assertEqual(lesson.telegram_sheet_state, "final")
        closing = {"chat_id": self.chat.id, "kind": "close_call", "key": key}
        self.outbox._enqueue([dict(closing, due_at=lesson.stop)])
        row = self.outbox.search([("key", "=", key)])
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'done', state_at = due_at, result = %s"
            " WHERE id = %s",
            ['{"tg_call_id": 5, "left_open": "FROZEN_METHOD_INVALID"}', row.id],
        )
        row.invalidate_cache()
        lesson.invalidate_cache()
        self.assertIn("left to those in it", self.page(lesson.with_context(lang="en_US")).log)
