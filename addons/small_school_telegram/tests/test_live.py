from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.small_school.models.attendance.sheet_page import SheetPage
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.attendance.timeline import Timeline
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestLive(ClassroomCase):
    """A lesson that runs: all screens show the presence so far."""

    def setUp(self):
        super().setUp()
        self.account = self.link(self.amina)
        users = self.env["res.users"].with_context(no_reset_password=True)
        self.prof = users.create(
            {
                "login": "prof",
                "partner_id": self.teacher.id,
                "groups_id": [(6, 0, self.env.ref("small_school.group_teacher").ids)],
            }
        )
        self.portal = users.create(
            {
                "login": "amina-portal",
                "partner_id": self.amina.id,
                "groups_id": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        start = fields.Datetime.now() - 20 * MINUTE
        values = {"classroom_id": self.classroom.id, "name": "Fractions", "start": start}
        self.lesson = self.env["small_school.lesson"].create(dict(values, stop=start + 60 * MINUTE))
        self.key = LessonClock(self.lesson).key("open")
        self.tell("call_opened", self.chat, start - 5 * MINUTE, open_key=self.key, tg_call_id=77)
        self.ring()

    def see(self, what, minutes):
        """Report that Amina comes or goes, so many minutes after the start."""
        self.tell(
            "participant_" + what,
            self.chat,
            self.lesson.start + minutes * MINUTE,
            tg_user_id=self.account,
            precision_s=0,
            source="update",
            peer_kind="user",
            tg_call_id=77,
        )
        self.ring()

    def shown(self):
        """Return status and departure of Amina's line on the page for phones, which shows the
        table."""
        sheet = SheetPage(self.lesson.with_user(self.prof)).content()
        [one] = [one for one in sheet["lines"] if one["id"] == self.amina.id]
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        self.assertEqual(one["status"], line.status)
        return line.status, line.departed_at

    def test_page__is_what_was_seen_after_each_join_and_leave(self):
        self.assertEqual(self.shown(), ("absent", False))
        self.see("joined", 2)
        self.assertEqual(self.shown(), ("present", False), "still there")
        self.see("left", 6)
        self.assertEqual(self.shown(), ("partial", self.lesson.start + 6 * MINUTE))
        self.see("joined", 8)
        self.assertEqual(self.shown(), ("present", False))
        self.assertIn("Présent", self.lesson.with_context(lang="fr_FR").sheet_counts)

    def test_form__what_it_asks_for_is_as_new_as_the_picture(self):
        own = self.lesson.with_user(self.prof)
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        for what, minutes, status in (("joined", 2, "present"), ("left", 6, "partial")):
            self.see(what, minutes)
            self.page(own).action_live()
            line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
            self.assertEqual(line.status, status)
        self.assertEqual(line.departed_at, self.lesson.start + 6 * MINUTE)

    def test_picture__says_who_is_still_there(self):
        self.see("joined", 2)
        svg = self.page(self.lesson.with_context(lang="en_US").with_user(self.prof)).action_live()
        self.assertIn("still there", svg)
        self.see("left", 6)
        svg = self.page(self.lesson.with_context(lang="en_US").with_user(self.prof)).action_live()
        self.assertNotIn("still there", svg)

    def test_nothing_new__is_not_computed_again(self):
        self.see("joined", 2)
        self.shown()
        self.lesson.flush()
        row = self.env["telegram.lesson"]._of(self.lesson)
        self.assertTrue(row.computed_at and row.seen_mark)
        self.assertTrue(Timeline(self.lesson).is_fresh())
        self.see("left", 6)
        self.assertFalse(Timeline(self.lesson).is_fresh())

    def test_over__has_a_departure(self):
        self.see("joined", 2)
        self.lesson.with_user(self.prof).action_end_now()
        LessonSheet(self.lesson).finish()
        _status, departed_at = self.shown()
        self.assertEqual(departed_at, self.lesson.stop)

    # -- all present, in a lesson that is observed ------------------------------------------------

    def test_all_present__before_anything_was_seen_gives_way_to_what_is(self):
        quiet = self.classroom.copy({"name": "Sans appel", "telegram_enabled": True})
        self.lesson.classroom_id = quiet  # as if its call were still to come
        self.lesson.with_user(self.prof).sudo().action_all_present()
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        self.lesson.classroom_id = self.classroom
        self.lesson.action_prepare_sheet()
        self.lesson.with_user(self.prof).action_all_present()
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        self.assertEqual(line.status, "absent", "a call is open, and he is not in it")
        self.see("joined", 2)
        self.assertEqual(self.shown()[0], "present")

    def test_all_present__of_who_never_comes_does_not_stay(self):
        self.env.cr.execute("UPDATE telegram_call SET opened_at = opened_at + interval '10 days'")
        self.env["telegram.call"].invalidate_cache()
        self.lesson.with_user(self.prof).action_all_present()
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.bilal)
        self.assertEqual((line.status, line.is_all_present), ("present", True))
        self.env.cr.execute("UPDATE telegram_call SET opened_at = opened_at - interval '10 days'")
        self.env["telegram.call"].invalidate_cache()
        LessonSheet(self.lesson).refresh()
        self.assertEqual((line.status, line.is_all_present), ("absent", False))

    # -- families ---------------------------------------------------------------------------------

    def test_family__reads_nothing_before_it_is_final(self):
        lines = self.env["small_school.attendance"].with_user(self.portal)
        LessonSheet(self.lesson).refresh()
        self.assertFalse(lines.search([]))
        own = self.lesson.with_user(self.portal)
        own.invalidate_cache()
        self.assertFalse(own.line_ids)
        self.assertFalse(own.sheet_counts)
        own.invalidate_cache()  # another user's read must not count for this one
        self.see("joined", 2)
        self.shown()
        self.assertFalse(lines.search([]))
        self.lesson.action_end_now()
        LessonSheet(self.lesson).finish()
        self.assertEqual(lines.search([]).mapped("status"), ["present"])
        self.lesson.sheet_state = "confirmed"
        self.assertEqual(len(lines.search([])), 1)
