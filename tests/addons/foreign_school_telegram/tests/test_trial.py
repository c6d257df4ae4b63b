from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.calls.trial import Trial

from .common import ForeignSchoolCase


@tagged("post_install", "-at_install")
class TestTrial(ForeignSchoolCase):
    """The last of the first steps: a test lesson for oneself, whatever the school's models are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.me = new_test_user(cls.env, "trial", groups="telegram_base.group_manager")
        cls.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, name, username, state) VALUES"
            " ('bot', 501, 'Bot', 'test_bot', 'connected'),"
            " ('user', 502, 'School', 'school', 'connected')"
        )
        cls.steps = cls.env["telegram.onboarding"].with_user(cls.me).with_context(lang="en_US")
        cls.trial = Trial(cls.steps.env)

    def setUp(self):
        super().setUp()
        self.account = self.link(self.me.partner_id)

    def step(self):
        return self.steps._steps()[-1]

    def actions(self):
        return [name for _label, name in self.step()["actions"]]

    def parts(self):
        return [is_done for _text, is_done in self.step()["parts"]]

    def begin(self):
        """Make the class, and its group with the administrator in it."""
        self.steps._do("test_begin")
        chat = self.trial.classroom().telegram_chat_id
        self.open_group(chat)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, state)"
            " VALUES (%s, %s, %s, 'in')",
            [chat.id, self.me.partner_id.id, self.account],
        )
        chat.invalidate_cache()
        return chat

    def open_lesson(self):
        """Open a lesson, as if ten minutes ago."""
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.steps._do("test_lesson")
        lesson = self.trial.lessons()
        lesson.start -= timedelta(minutes=10)
        return lesson

    def finish(self, lesson):
        lesson.stop = fields.Datetime.now() - timedelta(seconds=1)
        LessonSheet(lesson).finish()

    def open_call(self, chat):
        lesson = self.open_lesson()
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", chat, lesson.start, open_key=key, tg_call_id=5)
        self.tell(
            "participant_joined",
            chat,
            lesson.start,
            tg_user_id=self.account,
            precision_s=0,
            source="update",
            peer_kind="user",
            tg_call_id=5,
        )
        self.ring()
        return lesson

    def test_step__waits_for_those_before_it(self):
        self.assertEqual(self.actions(), ["test_begin"])
        self.env["telegram.contact"].search([("partner_id", "=", self.me.partner_id.id)]).unlink()
        self.assertEqual(self.actions(), [])
        self.assertIn("First: bot", self.step()["text"])

    def test_test__from_the_class_to_the_sheet_and_away(self):
        self.env.company.telegram_new_groups = False
        self.steps._do("test_begin")
        classroom = self.trial.classroom()
        chat = classroom.telegram_chat_id
        self.assertEqual((chat.name, classroom.teacher_id), ("Test class", self.me.partner_id))
        self.assertEqual(self.roster(chat), {self.me.partner_id.id: ("teacher", "in")})
        self.assertEqual((self.actions(), self.parts()), (["test_clean"], [False] * 4))
        chat = self.begin()
        self.assertEqual(self.actions(), ["test_lesson", "test_clean"])
        lesson = self.open_call(chat)
        self.assertEqual(self.parts(), [True, True, True, False])
        self.assertEqual(self.actions(), ["test_end", "test_clean"])
        self.steps._do("test_end")
        self.assertLess(lesson.stop, lesson.start + timedelta(minutes=11))
        self.finish(lesson)
        self.assertTrue(self.step()["is_done"])
        self.assertEqual(self.parts(), [True] * 4)
        row = lesson.telegram_row_id
        links = dict(self.step()["links"])
        address = "/web#id=%s&model=telegram.lesson&view_type=form" % row.id
        self.assertEqual(links["The lesson and its sheet"], address)
        self.assertEqual(row.with_user(self.me).read(["name"])[0]["name"], "Test lesson")
        self.assertEqual(self.actions(), ["test_lesson", "test_clean"])
        self.steps._do("test_clean")
        self.assertFalse(lesson.exists() or row.exists())
        self.assertFalse(classroom.active or chat.active)
        self.assertEqual(chat.archive_policy, "empty")
        # and once more, with the same class
        self.assertEqual(self.actions(), ["test_begin"])
        self.steps._do("test_begin")
        self.assertEqual(self.trial.classroom(), classroom)
        self.assertTrue(classroom.active and chat.active)

    def test_absent__is_not_said_to_have_been_there(self):
        chat = self.begin()
        lesson = self.open_lesson()
        self.tell("call_opened", chat, lesson.start, open_key=None, tg_call_id=5)
        self.ring()
        self.finish(lesson)
        self.assertEqual(self.parts()[2:], [True, False])

    def test_clean__closes_a_running_call(self):
        lesson = self.open_call(self.begin())
        self.mark(self.clock(lesson)["open"], "done")
        self.steps._do("test_clean")
        self.assertTrue(lesson.is_cancelled)
        rows = LessonClock(lesson).rows().items()
        close = [row for key, row in rows if key.endswith(":close") and row.state == "pending"]
        self.assertTrue([row for row in close if row.due_at <= fields.Datetime.now()])

    def test_trial__is_no_class_of_the_schools(self):
        before = self.steps._step_classes()
        self.steps._do("test_begin")
        self.trial.classroom().telegram_enabled = False
        self.assertEqual(self.steps._step_classes()["classes"], before["classes"])
        self.assertEqual(self.steps._groups_wanted(), True)
        self.course.telegram_enabled = False
        self.trial.classroom().telegram_enabled = True
        others = self.env["fs.course"].search([]) - self.course
        others.write({"telegram_enabled": False})
        self.assertFalse(self.steps._groups_wanted())

    def test_trial__is_ones_own(self):
        lesson = self.open_call(self.begin())
        other = new_test_user(self.env, "trial-other", groups="telegram_base.group_manager")
        steps = self.steps.with_user(other)
        self.assertFalse(Trial(steps.env).classroom())
        self.link(other.partner_id)
        self.assertEqual([name for _l, name in steps._steps()[-1]["actions"]], ["test_begin"])
        for record in (lesson, lesson.class_id):
            record.with_user(self.me).read(["name"])
            with self.assertRaises(AccessError):
                record.with_user(other).read(["name"])
            with self.assertRaises(AccessError):
                record.with_user(new_test_user(self.env, "e%s" % record._table)).read(["name"])
        today = self.env["telegram.bot"]._telegram_today
        self.assertEqual(len(today(self.me.partner_id)), 1)
        self.assertEqual(today(other.partner_id), [])
        self.assertEqual(today(self.driss), [])
