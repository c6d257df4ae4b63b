from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ...models.attendance.sheet_page import SheetPage
from ...models.timetable.lesson_times import local_start
from ..common import SchoolCase

#: On Odoo 13 an AccessError is no UserError.
REFUSED = (UserError, AccessError)


@tagged("post_install", "-at_install")
class TestAllPresent(SchoolCase):
    """“All present”: from the start on, undone by one click; a lesson marked by mistake is planned
    again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "telegram_enabled" in cls.classroom._fields:  # nothing is observed here
            cls.classroom.telegram_enabled = False
        cls.prof = cls.user("prof", ["small_school.group_teacher"], cls.teacher)
        cls.boss = cls.user("boss", ["small_school.group_supervisor"], cls.supervisor)
        cls.stand_in = cls.user("stand-in", ["small_school.group_teacher"])
        cls.tomorrow = cls.plan(24 * 60)

    @classmethod
    def plan(cls, begins, minutes=60, **values):
        """Make a lesson that begins so many minutes from now."""
        start = fields.Datetime.now() + timedelta(minutes=begins)
        own = {"classroom_id": cls.classroom.id, "name": "Fractions", "start": start}
        own["stop"] = start + timedelta(minutes=minutes)
        return cls.env["small_school.lesson"].create(dict(own, **values))

    def statuses(self, lesson=None):
        return {one.partner_id: one.status for one in (lesson or self.lesson).line_ids}

    def refused(self, attempt, words="not begun"):
        with self.assertRaisesRegex(REFUSED, words), self.env.cr.savepoint():
            attempt()

    # -- from the start on ------------------------------------------------------------------------

    def test_lesson_to_come__by_no_way(self):
        self.tomorrow.action_prepare_sheet()
        self.tomorrow.substitute_id = self.stand_in.partner_id
        lines = self.tomorrow.line_ids
        page = [{"id": self.amina.id, "status": "present", "late": 0, "was": "unknown"}]
        for user in (self.prof, self.boss, self.stand_in):
            lesson, line = self.tomorrow.with_user(user), lines[0].with_user(user)
            self.assertFalse(lesson.may_fill_in)
            self.refused(lesson.action_all_present)
            self.refused(lambda lesson=lesson: SheetPage(lesson).save(page, ""))
            for status in ("present", "absent", "late"):
                self.refused(lambda line=line, status=status: line.write({"status": status}))
            self.refused(lambda line=line: line.write({"late_minutes": 5}))
            for values in ({"state": "held"}, {"sheet_state": "final"}):
                self.refused(lambda lesson=lesson, values=values: lesson.write(values))
            self.refused(
                lambda user=user: (
                    self.env["small_school.attendance"]
                    .with_user(user)
                    .create(
                        {
                            "lesson_id": self.tomorrow.id,
                            "partner_id": self.stand_in.partner_id.id,
                            "status": "present",
                        }
                    )
                )
            )
        self.refused(self.tomorrow.action_all_present)
        self.assertEqual((self.tomorrow.state, self.tomorrow.sheet_state), ("planned", "draft"))
        self.assertEqual(set(lines.mapped("status")), {"unknown"})

    def test_in_ten_minutes__not_either(self):
        soon = self.plan(10)
        self.assertTrue(SheetPage(soon.with_user(self.prof)).sheet()["refusal"])
        self.refused(soon.with_user(self.prof).action_all_present)

    def test_held__is_not_moved_to_a_time_to_come(self):
        self.lesson.action_all_present()
        later = {"start": self.tomorrow.start, "stop": self.tomorrow.stop}
        self.refused(lambda: self.lesson.with_user(self.prof).write(later), "not begun")

    def test_excused_ahead__may_be(self):
        self.tomorrow.action_prepare_sheet()
        line = self.tomorrow.line_ids[0].with_user(self.boss)
        line.write({"is_excused": True, "excuse_reason": "at the dentist's"})
        self.assertEqual((line.status, self.tomorrow.state), ("excused", "planned"))

    def test_cancelled__has_no_sheet(self):
        self.lesson.action_cancel()
        self.refused(self.lesson.with_user(self.prof).action_all_present, "cancelled")

    def test_others__may_not(self):
        portal = self.user("amina", ["base.group_portal"], self.amina)
        for user in (self.user("other", ["small_school.group_teacher"]), portal):
            for name in ("action_all_present", "action_undo_all_present", "action_plan_again"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    getattr(self.lesson.with_user(user), name)()

    # -- its effect, and its undo ----------------------------------------------------------------

    def observe(self, partner, status):
        self.lesson.action_prepare_sheet()
        self.line(partner)._as_computed().write({"status": status, "computed_status": status})

    def test_over__the_sheet_is_final(self):
        self.lesson.with_user(self.prof).action_all_present()
        self.assertEqual((self.lesson.state, self.lesson.sheet_state), ("held", "final"))
        running = self.plan(-10)
        running.with_user(self.prof).action_all_present()
        self.assertEqual((running.state, running.sheet_state), ("held", "draft"))
        self.assertTrue(running.may_end)
        running.with_user(self.prof).action_end_now()
        self.assertEqual((running.state, running.sheet_state), ("held", "final"))

    def test_observed__is_not_overwritten(self):
        self.observe(self.bilal, "absent")
        self.lesson.with_user(self.prof).action_all_present()
        self.assertEqual(self.statuses()[self.bilal], "absent")
        self.assertEqual(self.statuses()[self.amina], "present")

    def test_undo__back_to_an_empty_sheet(self):
        for user in (self.prof, self.boss):
            self.lesson.with_user(user).action_all_present()
            self.assertTrue(self.lesson.may_undo_all_present)
            self.lesson.with_user(user).action_undo_all_present()
            self.assertFalse(self.lesson.may_undo_all_present)
            self.assertFalse(self.lesson.line_ids)
            self.assertEqual((self.lesson.state, self.lesson.sheet_state), ("planned", "draft"))

    def test_undo__keeps_what_people_said_and_what_was_observed(self):
        self.observe(self.teacher, "present")
        self.lesson.with_user(self.prof).action_all_present()
        self.line(self.amina).with_user(self.boss).status = "late"
        self.lesson.with_user(self.prof).action_undo_all_present()
        statuses = self.statuses()
        self.assertEqual((statuses[self.amina], statuses[self.teacher]), ("late", "present"))
        self.assertNotIn(self.bilal, statuses)
        self.assertEqual(self.line(self.amina).corrected_by, self.boss)
        self.assertEqual(self.lesson.state, "held")

    def test_undo__confirmed_stays(self):
        self.lesson.action_all_present()
        self.lesson.action_confirm_sheet()
        self.assertFalse(self.lesson.may_undo_all_present)
        self.refused(self.lesson.with_user(self.prof).action_undo_all_present, "confirmed")

    def test_undo__an_excuse_counts_again(self):
        self.env["small_school.excuse"].create(
            {
                "partner_id": self.amina.id,
                "asked_by_id": self.amina.id,
                "date_from": local_start(self.lesson).date(),
                "date_to": local_start(self.lesson).date(),
                "reason": "ill",
            }
        ).action_accept()
        self.lesson.action_all_present()
        self.assertEqual(self.statuses()[self.amina], "excused")
        self.lesson.action_undo_all_present()
        self.assertEqual(self.statuses(), {self.amina: "excused"})
        self.assertEqual(self.lesson.state, "planned")

    def test_page__all_present_is_undone_there_too(self):
        changes = [
            {"id": one.id, "status": "present", "late": 0, "was": "unknown", "all": True}
            for one in (self.amina, self.bilal)
        ]
        own = self.lesson.with_user(self.prof)
        self.assertFalse(SheetPage(own).content()["may_undo"])
        SheetPage(own).save(changes, "")
        self.assertTrue(SheetPage(own).content()["may_undo"])
        own.action_undo_all_present()
        self.assertFalse(self.lesson.line_ids)
        SheetPage(own).save([dict(changes[0], all=False)], "")
        self.assertFalse(SheetPage(own).content()["may_undo"], "said of one by name")

    def test_buttons__follow_the_lines_at_once(self):
        own = self.lesson.with_user(self.prof)
        own.action_prepare_sheet()
        self.assertFalse(own.may_undo_all_present)
        own.line_ids[0]._as_computed().write({"is_all_present": True})
        self.assertTrue(own.may_undo_all_present)

    # -- planned again ----------------------------------------------------------------------------

    def mistaken(self):
        """Make a lesson that was marked as held too early, before this was refused."""
        lesson = self.plan(24 * 60)
        lesson.action_prepare_sheet()
        lines = lesson.line_ids
        lines._as_computed().write({"status": "present"})
        lines._as_computed().write(lines.with_user(self.prof)._correction())
        lesson.write({"state": "held", "sheet_state": "draft"})
        return lesson

    def test_marked_by_mistake__is_planned_again(self):
        for user in (self.prof, self.boss):
            lesson = self.mistaken()
            self.assertTrue(lesson.with_user(user).may_plan_again)
            lesson.with_user(user).action_plan_again()
            self.assertEqual((lesson.state, lesson.sheet_state), ("planned", "draft"))
            self.assertFalse(lesson.line_ids)
            self.assertFalse(lesson.may_plan_again)
            self.assertIn("planned again", " ".join(lesson.message_ids.mapped("body")))
            lesson.unlink()  # it is no part of the record any more

    def test_planned_again__not_what_was_observed_imported_or_confirmed(self):
        self.observe(self.bilal, "present")
        self.lesson.action_all_present()
        self.refused(self.lesson.with_user(self.boss).action_plan_again, "was held")
        imported = self.plan(-300, state="held", is_imported=True)
        self.refused(imported.with_user(self.boss).action_plan_again, "was held")
        locked = self.mistaken()
        locked.sheet_state = "confirmed"
        self.refused(locked.with_user(self.prof).action_plan_again, "confirmed")
        self.refused(self.plan(10).with_user(self.prof).action_plan_again, "planned")

    def test_planned_again__somebody_else_s_corrections_are_the_supervisors(self):
        lesson = self.mistaken()
        lesson.line_ids[0]._as_computed().write({"corrected_by": self.boss.id})
        self.assertFalse(lesson.with_user(self.prof).may_plan_again)
        self.refused(lesson.with_user(self.prof).action_plan_again, "supervisor")
        lesson.with_user(self.boss).action_plan_again()
        self.assertEqual(lesson.state, "planned")

    # -- final at the end -------------------------------------------------------------------------

    def test_filled_in_while_it_ran__is_final_after_it(self):
        lesson = self.plan(-10)
        lesson.with_user(self.prof).action_all_present()
        self.env["small_school.lesson"]._cron_finish()
        self.assertEqual(lesson.sheet_state, "draft")
        lesson.write({"start": self.lesson.start, "stop": self.lesson.stop})
        self.env["small_school.lesson"]._cron_finish()
        self.assertEqual(lesson.sheet_state, "final")
        self.assertEqual(self.lesson.sheet_state, "draft", "nobody has said anything of it")

    def test_one_line_in_the_form__marks_it_as_the_page_does(self):
        self.lesson.action_prepare_sheet()
        self.line(self.amina).with_user(self.prof).status = "absent"
        self.assertEqual((self.lesson.state, self.lesson.sheet_state), ("held", "final"))
