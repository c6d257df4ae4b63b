from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..common import SchoolCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestLessonTimes(SchoolCase):
    """Lessons started early, prolonged, ended and cancelled, by users who may."""

    def plan(self, begins, minutes=60, **values):
        """Make a lesson that begins so many minutes from now."""
        start = fields.Datetime.now() + begins * MINUTE
        values = dict(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + minutes * MINUTE,
            },
            **values,
        )
        return self.env["small_school.lesson"].create(values)

    def test_start_now__begins_now_and_ends_when_it_was_to(self):
        lesson = self.plan(40)
        start, stop = lesson.start, lesson.stop
        self.assertTrue(lesson.may_start)
        lesson.action_start_now()
        self.assertEqual((lesson.state, lesson.stop), ("open", stop))
        self.assertLess(lesson.start, start)
        self.assertLessEqual(lesson.opens_at, fields.Datetime.now())
        self.assertFalse(lesson.may_start)
        lesson.write({"start": start + MINUTE, "stop": stop + MINUTE})
        self.assertFalse(lesson.opens_at, "moved: it is opened at its time")

    def test_start_now__refused(self):
        for lesson, words in (
            (self.plan(24 * 60), "too early"),
            (self.plan(-120), "still to come"),
            (self.plan(10, state="cancelled"), "still to come"),
        ):
            self.assertFalse(lesson.may_start)
            with self.assertRaisesRegex(UserError, words):
                lesson.action_start_now()

    def test_prolong__while_it_runs_and_just_after(self):
        lesson = self.plan(-30)
        stop = lesson.stop
        lesson.with_context(classroom_minutes=10).action_prolong()
        self.assertEqual(lesson.stop, stop + 10 * MINUTE)
        over = self.plan(-70, state="held", sheet_state="final")
        over.with_context(classroom_minutes=15).action_prolong()
        self.assertEqual((over.state, over.sheet_state), ("open", "draft"))
        self.assertGreater(over.stop, fields.Datetime.now() + 14 * MINUTE)

    def test_prolong__refused(self):
        for lesson in (self.plan(10), self.plan(-300), self.plan(-10, state="cancelled")):
            self.assertFalse(lesson.may_prolong)
            with self.assertRaisesRegex(UserError, "can be prolonged"):
                lesson.action_prolong()
        with self.assertRaisesRegex(UserError, "confirmed"):
            self.plan(-70, state="held", sheet_state="confirmed").action_prolong()

    def test_end_now(self):
        lesson = self.plan(-30, state="open")
        lesson.action_end_now()
        self.assertEqual(lesson.state, "held")
        self.assertLessEqual(lesson.stop, fields.Datetime.now())
        for other in (self.plan(10), self.plan(-120), lesson):
            with self.assertRaisesRegex(UserError, "that runs can be ended"):
                other.action_end_now()

    def test_cancel__with_a_reason_and_back(self):
        lesson = self.plan(10)
        wizard = self.env["small_school.lesson.cancel"].with_context(active_ids=lesson.ids)
        wizard.create({"reason": "panne"}).action_cancel_lessons()
        self.assertEqual((lesson.state, lesson.cancel_reason), ("cancelled", "panne"))
        lesson.action_plan_again()
        self.assertEqual((lesson.state, lesson.cancel_reason), ("planned", False))

    def test_name__in_a_calendar_says_the_class_and_the_cancellation(self):
        shown = self.plan(10).with_context(classroom_in_calendar=True)
        self.assertEqual(shown.display_name, "Fractions · Algèbre 2")
        shown.action_cancel()
        self.assertEqual(shown.name_get()[0][1], "Cancelled: Fractions · Algèbre 2")
        self.assertEqual(
            shown.with_context(classroom_in_calendar=False).name_get()[0][1], "Fractions"
        )

    def test_revision__grows_with_what_people_must_be_told(self):
        lesson, other = self.plan(100), self.plan(200)
        self.assertEqual(lesson.revision, 0)
        lesson.start -= MINUTE
        self.assertEqual(lesson.revision, 1)
        lesson.write({"sheet_state": "draft", "state": "open", "start": lesson.start})
        self.assertEqual(lesson.revision, 1)
        (lesson | other).write({"state": "cancelled"})
        self.assertEqual((lesson.revision, other.revision), (2, 1))

    def test_confirmed__keeps_its_time(self):
        lesson = self.plan(-70, sheet_state="confirmed")
        with self.assertRaisesRegex(UserError, "confirmed"):
            lesson.start -= MINUTE

    # -- who may ----------------------------------------------------------------------------------

    def test_buttons__by_those_of_the_classroom(self):
        stranger = self.user("stranger", ["small_school.group_teacher"])
        substitute = self.user("substitute", ["small_school.group_teacher"])
        allowed = {
            "teacher": self.user("t", ["small_school.group_teacher"], self.teacher),
            "supervisor": self.user("s", ["small_school.group_supervisor"], self.supervisor),
            "manager": self.user("m", ["small_school.group_manager"]),
            "substitute": substitute,
        }
        for role, user in allowed.items():
            begun = self.plan(-20, substitute_id=substitute.partner_id.id)
            to_come = self.plan(20, substitute_id=substitute.partner_id.id)
            to_come.with_user(user).action_start_now()
            begun.with_user(user).action_prolong(5)
            begun.with_user(user).action_end_now()
            to_come.with_user(user).action_cancel("x")
            self.assertEqual((begun.state, to_come.state), ("held", "cancelled"), role)
        portal = self.user("p", ["base.group_portal"], self.amina)
        for user in (stranger, portal):
            for method in ("action_start_now", "action_end_now", "action_prolong", "action_cancel"):
                lesson = self.plan(20 if method == "action_start_now" else -20)
                lesson.invalidate_cache()
                with self.assertRaises(AccessError, msg=method):
                    getattr(lesson.with_user(user), method)()

    def test_substitute__may_correct_that_sheet_and_no_other(self):
        user = self.user("substitute", ["small_school.group_teacher"])
        lesson = self.plan(-90, substitute_id=user.partner_id.id)
        lessons = self.env["small_school.lesson"].with_user(user)
        self.assertEqual(lessons.search([]).sudo(), lesson)
        own = lesson.with_user(user)
        own.invalidate_cache()
        self.assertTrue(own.local_time)
        own.action_all_present()
        self.assertIn(user.partner_id, lesson.line_ids.mapped("partner_id"))
        line = lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        line.with_user(user).status = "late"
        self.assertTrue(line.corrected)
        self.lesson.action_all_present()
        with self.assertRaises(AccessError):
            self.line(self.amina).with_user(user).status = "late"
        teacher = self.user("t", ["small_school.group_teacher"], self.teacher)
        line.with_user(teacher).status = "present"  # the usual teacher keeps access

    def test_substitute__is_named_by_a_supervisor(self):
        teacher = self.user("t", ["small_school.group_teacher"], self.teacher)
        lesson = self.plan(60)
        with self.assertRaises(AccessError):
            lesson.with_user(teacher).substitute_id = self.bilal
        supervisor = self.user("s", ["small_school.group_supervisor"], self.supervisor)
        lesson.with_user(supervisor).substitute_id = self.bilal
        self.assertEqual(lesson.substitute_id, self.bilal)
