import json
from datetime import timedelta

from odoo import fields
from odoo.tests.common import Form, tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestClock(ClassroomCase):
    """The options of a call, and the sentences of a lesson's log."""

    def plan(self, begins, minutes=60, **values):
        """Make a lesson that begins so many minutes from now."""
        start = fields.Datetime.now() + begins * MINUTE
        values = dict(values, classroom_id=self.classroom.id, name="Fractions")
        values.update(start=start, stop=start + minutes * MINUTE)
        return self.env["small_school.lesson"].create(values)

    def done(self, row, late_s=0, **result):
        """Set the command as done by the gateway so many seconds after its time."""
        self.outbox.flush()
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'done', result = %s, write_date = due_at,"
            " state_at = due_at + make_interval(secs => %s) WHERE id = %s",
            [json.dumps(result), late_s, row.id],
        )
        row.invalidate_cache()

    def log(self, lesson, lang="fr_FR"):
        lesson.invalidate_cache()
        return self.page(lesson.with_context(lang=lang)).log

    # -- options ----------------------------------------------------------------------------------

    def test_options__are_the_school_s_for_new_classrooms_and_the_classroom_s(self):
        settings = self.env["res.config.settings"].create({})
        settings.write(
            {
                "telegram_mute_newcomers": True,
                "telegram_announce": True,
                "telegram_record": "video",
                "telegram_grace_minutes": 0,
            }
        )
        settings.set_values()
        other = self.env["small_school.classroom"].create({"name": "Autre", "code": "TG-Z"})
        self.assertEqual(
            (
                other.telegram_mute_newcomers,
                other.telegram_announce,
                other.telegram_record,
                other.telegram_grace_minutes,
            ),
            (True, True, "video", 0),
        )
        self.assertFalse(self.classroom.telegram_mute_newcomers)
        self.assertEqual(self.classroom.telegram_record, "none")
        lesson = self.plan(100)
        self.assertEqual(self.clock(lesson)["open"]._payload(), {"title": "Fractions", "reopen": 3})
        self.classroom.write({"telegram_mute_newcomers": True, "telegram_record": "audio"})
        self.assertEqual(
            self.clock(lesson)["open"]._payload(),
            {"title": "Fractions", "reopen": 3, "join_muted": True, "record": "audio"},
        )
        settings = self.env["res.config.settings"].create({})
        settings.write({"telegram_mute_newcomers": False, "telegram_record": "none"})
        settings.set_values()
        third = self.env["small_school.classroom"].create({"name": "Encore", "code": "TG-W"})
        self.assertEqual((third.telegram_mute_newcomers, third.telegram_record), (False, "none"))

    def test_announce__is_withdrawn_when_the_lesson_is_moved_cancelled_or_deleted(self):
        self.classroom.telegram_announce = True
        for number, change in enumerate(
            (
                lambda one: one.write(
                    {"start": one.start + 60 * MINUTE, "stop": one.stop + 60 * MINUTE}
                ),
                lambda one: one.action_cancel(),
                lambda one: one.unlink(),
                lambda one: one.classroom_id.write({"telegram_announce": False}),
            )
        ):
            lesson = self.plan(100 + number)
            announced = self.clock(lesson)["announce"]
            payload = announced._payload()
            self.assertEqual(payload["at"], lesson.start.isoformat() + "Z")
            self.assertEqual(announced.kind, "announce_call")
            self.done(announced, tg_call_id=5)
            change(lesson)
            withdrawn = self.commands(self.chat, kind="withdraw_call", state="pending")
            self.assertEqual(withdrawn._payload(), {"announce_key": announced.key}, number)
            self.mark(withdrawn, "done")
            if lesson.exists():
                LessonClock(lesson).write_commands()
            self.assertFalse(self.commands(self.chat, kind="withdraw_call", state="pending"))

    def test_announce__not_begun_is_only_cancelled(self):
        self.classroom.telegram_announce = True
        lesson = self.plan(100)
        announced = self.clock(lesson)["announce"]
        lesson.action_cancel()
        self.assertEqual(announced.state, "cancelled")
        self.assertFalse(self.commands(self.chat, kind="withdraw_call"))

    # -- the log ----------------------------------------------------------------------------------

    def test_log__says_what_is_planned_in_the_reader_s_language(self):
        lesson = self.plan(100)
        self.assertIn("Ouverture de l'appel : à venir", self.log(lesson))
        self.assertIn("Opening of the call: planned", self.log(lesson, "en_US"))
        opening = GroupTexts(self.classroom).local(lesson.start - 5 * MINUTE)
        self.assertIn(opening.strftime("%H:%M:%S"), self.log(lesson))
        self.assertIn("Europe/Paris", self.log(lesson))
        self.assertIn("Fractions", Form(lesson).name)

    def test_log__tells_what_was_late_and_what_was_dropped(self):
        lesson = self.plan(100)
        clock = self.clock(lesson)
        self.mark(clock["remind"], "expired")
        self.done(clock["open"], 400, tg_call_id=5, adopted=False, gateway_was_away=True)
        self.done(clock["close"], 42, tg_call_id=5)
        log = self.log(lesson, "en_US")
        self.assertIn("The reminder was dropped: it would have come after the start", log)
        self.assertIn("The call was opened (6 min late, because the gateway was down)", log)
        self.assertIn("The call was closed (42 s late)", log)
        self.assertLess(log.index("was opened"), log.index("was closed"))

    def test_log__tells_what_happened_to_the_call(self):
        lesson = self.plan(-30)
        clock = self.clock(lesson)
        key, at = clock["open"].key, fields.Datetime.now()
        self.done(clock["open"], 2, tg_call_id=5, adopted=True, recorded="video")
        own = {"open_key": key, "tg_call_id": 5}
        self.tell("call_closed", self.chat, at, close_key=None, by_us=False, **own)
        self.tell("call_opened", self.chat, at, **dict(own, tg_call_id=6, reopened=1))
        self.tell("call_given_up", self.chat, at, open_key=key, reopened=3)
        until = (lesson.stop + 5 * MINUTE).isoformat() + "Z"
        self.tell(
            "call_kept",
            self.chat,
            at,
            **dict(own, open_key=None, close_key=clock["close"].key),
            until=until,
        )
        self.tell("call_opened", self.chat, at, open_key="lesson:x:1:y:open", reopened=2)
        self.ring()
        log = self.log(lesson, "en_US")
        for sentence in (
            "The call that ran already was taken for the lesson",
            "It is recorded: Saved Messages of",
            "The call was ended in Telegram",
            "The call was opened again (1)",
            "The call is not opened again: the teachers were told",
            "People still talk: the call is closed once they stop, at",
        ):
            self.assertIn(sentence, log)
        self.assertNotIn("(2)", log)
        self.assertIn("Saved Messages of", self.page(lesson.with_context(lang="en_US")).recording)

    def test_log__tells_of_moves_and_of_what_the_group_was_told(self):
        lesson = self.plan(100)
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.write({"start": lesson.start + 60 * MINUTE, "stop": lesson.stop + 60 * MINUTE})
        self.send(self.chat)
        lesson.action_cancel()
        log = self.log(lesson, "en_US")
        self.assertIn("The lesson was moved: it was to begin on", log)
        self.assertIn("The group was told of the change", log)
        self.assertIn("The lesson was cancelled: what was planned is not done", log)

    def test_log__names_are_text(self):
        lesson = self.plan(100)
        row = self.clock(lesson)["open"]
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'failed', error = '<b>x</b>' WHERE id = %s",
            [row.id],
        )
        row.invalidate_cache()
        self.assertIn("&lt;b&gt;x", self.log(lesson))

    def test_log__is_read_by_who_reads_the_lesson(self):
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": "tg-reads-log",
                    "partner_id": self.teacher.id,
                    "groups_id": [(6, 0, [self.env.ref("small_school.group_teacher").id])],
                }
            )
        )
        lesson = self.plan(100)
        self.assertTrue(self.page(lesson.with_user(user)).log)
