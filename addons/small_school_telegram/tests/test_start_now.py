import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.small_school.models.attendance.sheet_page import SheetPage
from odoo.addons.telegram_school.services.calls.by_hand import OpenByHand
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.lesson_texts import LessonTexts

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)
HOUR = re.compile(r"\b\d\d:\d\d\b")


@tagged("post_install", "-at_install")
class TestStartNow(ClassroomCase):
    """“Start now” moves the start: all texts and commands follow from the true time."""

    def setUp(self):
        super().setUp()
        self.classroom.telegram_notice_opened = "on"
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()

    def plan(self, begins, minutes=60):
        start = fields.Datetime.now() + begins * MINUTE
        values = {"classroom_id": self.classroom.id, "name": "Fractions", "start": start}
        return self.env["small_school.lesson"].create(dict(values, stop=start + minutes * MINUTE))

    def hour(self, lesson, at):
        return LessonTexts(lesson).hour(at)

    def test_start__is_now_and_the_end_stays(self):
        lesson = self.plan(60)
        was, stop = lesson.start, lesson.stop
        lesson.action_start_now()
        self.assertLess(lesson.start, was)
        self.assertLessEqual(lesson.start, fields.Datetime.now())
        self.assertEqual((lesson.stop, lesson.state), (stop, "open"))
        self.assertTrue(lesson.may_end)
        self.assertTrue(lesson.may_fill_in)
        lesson.action_end_now()
        self.assertEqual(lesson.state, "held")

    def test_reminder__is_dropped_and_the_call_opened_at_once(self):
        lesson = self.plan(60)
        before = self.clock(lesson)
        lesson.action_start_now()
        clock = self.clock(lesson)
        self.assertEqual(set(clock), {"open", "close"})
        self.assertEqual(before["remind"].state, "cancelled")
        self.assertLessEqual(clock["open"].due_at, fields.Datetime.now())
        self.assertEqual(clock["close"].due_at, lesson.stop)
        self.assertFalse(self.texts(self.chat), "nobody was reminded: nothing to correct")

    def test_reminded_already__are_told_that_it_begins(self):
        lesson = self.plan(10)
        was = lesson.start
        self.mark(self.clock(lesson)["remind"], "done")
        sent = self.texts(self.chat)
        lesson.action_start_now()
        (text,) = [one for one in self.texts(self.chat) if one not in sent]
        self.assertIn("commencé", text)
        self.assertIn(self.hour(lesson, lesson.stop), text)
        self.assertIn(self.hour(lesson, was), text)
        self.assertNotIn("Déplac", text)

    def test_opened__says_the_true_times(self):
        lesson = self.plan(60)
        was = lesson.start
        lesson.action_start_now()
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, lesson.start, open_key=key, tg_call_id=5)
        self.ring()
        text = self.texts(self.chat)[-1]
        self.assertNotIn(self.hour(lesson, was), text)
        self.assertIn(self.hour(lesson, lesson.stop), text)

    def test_sheet__is_there_at_once(self):
        account = self.link(self.amina)
        lesson = self.plan(60)
        lesson.action_start_now()
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, lesson.start, open_key=key, tg_call_id=5)
        self.tell(
            "participant_joined",
            self.chat,
            lesson.start,
            tg_user_id=account,
            precision_s=0,
            source="update",
            peer_kind="user",
            tg_call_id=5,
        )
        self.ring()
        self.page(lesson).action_live()
        self.assertTrue(lesson.line_ids)

    def test_call_that_is_being_opened__keeps_its_start(self):
        lesson = self.plan(4)
        was = lesson.start
        self.mark(self.clock(lesson)["open"], "working")
        lesson.action_start_now()
        self.assertEqual((lesson.start, lesson.state), (was, "open"))
        self.assertEqual(self.clock(lesson)["close"].due_at, lesson.stop)

    def test_announced_call__is_the_one_that_begins(self):
        self.classroom.write({"telegram_announce": True, "telegram_reminder_minutes": 120})
        lesson = self.plan(60)
        (announced,) = [
            row for key, row in LessonClock(lesson).rows().items() if key.endswith("announce")
        ]
        self.mark(announced, "done")
        lesson.action_start_now()
        self.assertFalse(self.commands(self.chat, kind="withdraw_call"))
        lesson.action_cancel()
        self.assertEqual(len(self.commands(self.chat, kind="withdraw_call")), 1)

    # -- no notice names an hour that is past -----------------------------------------------------

    def test_moved_into_the_past__is_said_to_run(self):
        lesson = self.plan(10)
        self.mark(self.clock(lesson)["remind"], "done")
        was = lesson.start
        lesson.start = fields.Datetime.now() - 20 * MINUTE
        text = self.texts(self.chat)[-1]
        self.assertNotIn(self.hour(lesson, lesson.start), text)
        hours = {self.hour(lesson, at) for at in (was, lesson.stop)}
        self.assertEqual(set(HOUR.findall(text)), hours)

    def test_start_of_a_lesson_that_runs_put_right__is_nobody_s_news(self):
        lesson = self.plan(-30)
        self.mark(self.clock(lesson)["open"], "done")
        told = self.texts(self.chat)
        lesson.start += 5 * MINUTE
        self.assertEqual(self.texts(self.chat), told)

    def test_reminder__says_no_opening_that_is_past(self):
        lesson = self.plan(3)
        text = self.clock(lesson)["remind"]._payload()["text"]
        self.assertNotIn(self.hour(lesson, lesson.start - 5 * MINUTE), text)
        self.assertIn(self.hour(lesson, lesson.start), text)

    def test_reminder__that_names_the_opening_is_not_sent_after_it(self):
        lesson = self.plan(60)
        row = self.clock(lesson)["remind"]
        self.assertIn(self.hour(lesson, lesson.start - 5 * MINUTE), row._payload()["text"])
        self.assertEqual(row.expires_at, lesson.start - 5 * MINUTE)

    def test_opened_after_the_start__says_until_when(self):
        lesson = self.plan(-12)
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, fields.Datetime.now(), open_key=key, tg_call_id=5)
        self.ring()
        text = self.texts(self.chat)[-1]
        self.assertNotIn(self.hour(lesson, lesson.start), text)
        self.assertIn(self.hour(lesson, lesson.stop), text)

    def test_to_be_opened_by_hand__says_until_when_once_it_has_begun(self):
        lesson = self.plan(10)
        self.assertIn(self.hour(lesson, lesson.start), OpenByHand(lesson).text())
        begun = self.plan(-12)
        text = OpenByHand(begun).text()
        self.assertNotIn(self.hour(begun, begun.start), text)
        self.assertIn(self.hour(begun, begun.stop), text)

    def test_too_early_or_over__is_refused(self):
        with self.assertRaises(UserError):
            self.plan(300).action_start_now()
        with self.assertRaises(UserError):
            self.plan(-90).action_start_now()

    # -- joining ----------------------------------------------------------------------------------

    def test_join__from_the_opening_until_the_end_for_who_belongs(self):
        self.anchor(self.chat)
        users = self.env["res.users"].with_context(no_reset_password=True)
        groups = {"teacher": "group_teacher", "supervisor": "group_supervisor"}
        lesson = self.plan(3)
        lesson.substitute_id = self.chloe
        people = {
            self.teacher: "small_school.group_teacher",
            self.supervisor: "small_school.group_supervisor",
            self.chloe: "small_school.group_teacher",
            self.amina: "base.group_portal",
        }
        made = {
            person: users.create(
                {
                    "login": "join%s" % person.id,
                    "partner_id": person.id,
                    "groups_id": [(6, 0, self.env.ref(group).ids)],
                }
            )
            for person, group in people.items()
        }
        self.assertEqual(len(groups), 2)
        mother = self.env["res.partner"].create({"name": "Mère"})
        self.amina.guardian_ids = mother

        def links():
            lesson.invalidate_cache(["join_url"])
            return {lesson.with_user(user).join_url or "" for user in made.values()}

        today = self.env["telegram.bot"]._telegram_today
        self.assertEqual(links(), {""})
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, lesson.start - 5 * MINUTE, open_key=key, tg_call_id=5)
        self.ring()
        link = "https://t.me/c/%s/17" % self.chat._row().tg_chat_id
        self.assertEqual(links(), {link})
        self.assertEqual(lesson.with_user(made[self.amina]).action_join()["url"], link)
        self.assertEqual(lesson._join_url_for(mother), "")
        self.assertIn(link, "".join(today(self.amina)))
        self.assertEqual(SheetPage(lesson.with_user(made[self.teacher])).content()["join"], link)
        self.env["small_school.enrolment"].search(
            [("partner_id", "=", self.amina.id)]
        ).action_unenrol()
        self.assertEqual(lesson._join_url_for(self.amina), "")
        lesson.write({"start": lesson.start - 60 * MINUTE})
        self.assertEqual(links(), {link, ""})
        lesson.stop = fields.Datetime.now()
        self.assertEqual(links(), {""})
        with self.assertRaises(UserError):
            lesson.with_user(made[self.teacher]).action_join()

    def test_join__where_no_message_is_known_by_the_group_s_link(self):
        lesson = self.plan(-3)
        self.tell("call_opened", self.chat, lesson.start, open_key=None, tg_call_id=5)
        self.ring()
        self.assertEqual(lesson._join_url_for(self.amina), "https://t.me/+test")
