from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.lesson_register.services.pdf import render
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.small_school.models.attendance.report_source import SchoolSource
from odoo.addons.small_school.models.attendance.sheet_page import SheetPage
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts

from .common import ClassroomCase

STRANGER = 424242
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestSheet(ClassroomCase):
    """The people on the sheet, later changes, and the differences of a locked one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.env.ref("base.lang_en").active = True
        # in minutes of an hour ago: on a day of its own by the classroom's clock
        cls.start = fields.Datetime.now().replace(second=0) - timedelta(minutes=70)

    def held(self, visits):
        """Hold a lesson of an hour that is over. visits: (Telegram id, "joined" | "left",
        minute)."""
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": self.start,
                "stop": self.start + 60 * MINUTE,
            }
        )
        self.tell_call(
            self.chat,
            self.start - 5 * MINUTE,
            lesson.stop,
            [(who, what, self.start + at * MINUTE) for who, what, at in visits],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        return lesson

    def cron(self):
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertFalse(self.env["telegram.sheet.due"].search([]))

    def line(self, lesson, partner):
        return lesson.line_ids.filtered(lambda one: one.partner_id == partner)

    def enrolled(self, partner, first, last=None):
        """Enrol the partner from a minute of the lesson until another one."""
        day = self.start.date()
        enrolment = self.enrol(partner, date_from=day - timedelta(days=7))
        if first is not None:
            enrolment.write({"begun_at": self.start + first * MINUTE, "date_from": day})
            enrolment.begun_at = self.start + first * MINUTE
        if last is not None:
            values = {"state": "ended", "date_to": day + timedelta(days=1)}
            enrolment.write(dict(values, ended_at=self.start + last * MINUTE))
        return enrolment

    # -- who is on it -----------------------------------------------------------------------------

    def test_enrolled_and_unenrolled_during_it__are_measured_by_their_part(self):
        late, left, early, short = self.env["res.partner"].create(
            [{"name": name} for name in ("Dina", "Éric", "Farid", "Gina")]
        )
        came, gone = self.link(late), self.link(left)
        self.enrolled(late, 20)
        self.enrolled(left, None, 40)
        self.enrolled(early, None, -1)
        self.enrolled(short, 50)
        lesson = self.held(
            [(came, "joined", 21), (came, "left", 60), (gone, "joined", 0), (gone, "left", 40)]
        )
        self.assertEqual(self.line(lesson, late).status, "present")
        self.assertEqual(self.line(lesson, late).percentage, 97.5)
        self.assertEqual(self.line(lesson, left).status, "present")
        self.assertEqual(self.line(lesson, left).minutes, 40)
        self.assertFalse(self.line(lesson, early))
        self.assertFalse(self.line(lesson, short), "ten minutes are too short to be missed")

    def test_unenrolled_and_enrolled_again__was_there_all_the_same(self):
        amina = self.link(self.amina)
        lesson = self.held([(amina, "joined", 0)])
        enrolment = self.enrolments(self.amina)
        enrolment.action_unenrol()
        enrolment.action_enrol_again()
        self.cron()
        self.assertEqual(self.line(lesson, self.amina).status, "present")

    def test_entered_afterwards_for_before__gets_a_line_by_itself(self):
        lesson = self.held([])
        self.assertFalse(self.line(lesson, self.chloe))
        enrolment = self.enrol(self.chloe, date_from=self.start.date() - timedelta(days=2))
        self.cron()
        self.assertTrue(self.line(lesson, self.chloe))
        enrolment.date_from = self.start.date() + timedelta(days=2)
        self.cron()
        self.assertFalse(self.line(lesson, self.chloe))

    def test_teachers__have_lines_of_their_own(self):
        lesson = self.held([(self.link(self.teacher), "joined", 0)])
        line = self.line(lesson, self.teacher)
        self.assertEqual((line.role, line.status), ("teacher", "present"))
        self.assertEqual(self.line(lesson, self.supervisor).role, "supervisor")

    def test_blocked_everywhere__is_not_missed_afterwards(self):
        self.bilal.student_blocked = True
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        lesson = self.held([])
        self.assertFalse(self.line(lesson, self.bilal))
        self.assertTrue(self.line(lesson, self.amina))

    # -- guests -----------------------------------------------------------------------------------

    def member(self, account, **values):
        names = dict({"name": "Un inconnu", "state": "guest", "seen_status": "in"}, **values)
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, name, state, seen_status)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            [self.chat.id, account, names["name"], names["state"], names["seen_status"]],
        )
        return self.env["telegram.member"].browse(self.env.cr.fetchone()[0])

    def test_guests__are_listed_apart_with_their_minutes(self):
        known = self.link(self.chloe)
        lesson = self.held(
            [
                *((STRANGER, "joined", 10), (STRANGER, "left", 25)),
                *((known, "joined", 0), (known, "left", 60)),
                (self.link(self.amina), "joined", 0),
            ]
        )
        stranger, chloe = self.member(STRANGER), self.member(known)
        teacher = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": "roux",
                    "partner_id": self.teacher.id,
                    "groups_id": [(6, 0, [self.env.ref("small_school.group_teacher").id])],
                }
            )
        )
        own = lesson.with_user(teacher)
        self.assertEqual(self.page(own).guest_ids, stranger | chloe)
        localized = self.page(own).guest_ids.with_context(telegram_lesson_id=self.page(lesson).id)
        self.assertEqual(sorted(localized.mapped("call_minutes")), [15, 60])
        hour = GroupTexts(self.classroom).local(self.start + 10 * MINUTE).strftime("%H:%M")
        times = {one.tg_user_id: one.call_times for one in localized}
        self.assertTrue(times[STRANGER].startswith(hour + "–"))
        # and in the files, but for the one that goes into the group
        guests = [guest["name"] for guest in own._sheet_extras()["guests"]]
        self.assertEqual(len(guests), 2)
        source = SchoolSource(own.env)
        table = SheetPaper(source, own).table()
        self.assertEqual([row[0] for row in table.rows if row[2] == "Guest"], guests)
        self.assertEqual({len(row) for row in table.rows}, {len(table.header)})
        for inside in (True, False):
            page = render(SheetPaper(source, own, has_remarks=inside))[0].decode()
            self.assertEqual([name in page for name in guests], [inside, inside])

    def test_guest__linked_later_is_on_the_sheet_by_itself(self):
        lesson = self.held([(STRANGER, "joined", 0), (STRANGER, "left", 60)])
        self.env["telegram.contact"]._confirm(self.bilal, STRANGER)
        self.cron()
        self.assertEqual(self.line(lesson, self.bilal).status, "present")
        self.assertEqual(self.line(lesson, self.amina).status, "absent")
        self.env["telegram.contact"].search([("tg_user_id", "=", STRANGER)])._revoke()
        self.cron()
        self.assertEqual(self.line(lesson, self.bilal).status, "unknown")

    def move(self, days):
        """Let all that was seen, and the lessons, have been so many days earlier."""
        self.env["base"].flush()
        self.env.cr.execute(
            """
            UPDATE telegram_presence SET at = at - %(by)s;
            UPDATE telegram_call SET opened_at = opened_at - %(by)s, closed_at = closed_at - %(by)s;
            UPDATE small_school_lesson SET start = start - %(by)s, stop = stop - %(by)s
            """,
            {"by": timedelta(days=days)},
        )
        self.env.cache.invalidate()

    def test_guest__linked_later_changes_no_confirmed_sheet_and_none_of_months_ago(self):
        due = self.env["telegram.sheet.due"]
        lesson = self.held([(STRANGER, "joined", 0), (STRANGER, "left", 60)])
        for days, state, count in ((0, "confirmed", 0), (29, "final", 1), (2, "final", 0)):
            lesson.sheet_state = state
            self.move(days)
            due.search([]).unlink()
            due._mark_seen([STRANGER])
            self.assertEqual(len(due.search([])), count, days)

    # -- corrected, locked, unlocked --------------------------------------------------------------

    def test_correction__then_again__then_locked__then_unlocked(self):
        lesson = self.held([(STRANGER, "joined", 0), (self.link(self.amina), "joined", 30)])
        line = self.line(lesson, self.amina)
        self.assertEqual(line.status, "late")
        line.write({"status": "present", "correction_reason": "power cut"})
        self.classroom.telegram_late_minutes = 40
        self.cron()
        self.assertEqual((line.status, line.computed_status), ("present", "present"))
        self.classroom.telegram_late_minutes = 10
        self.cron()
        self.assertEqual((line.status, line.computed_status), ("present", "late"))
        self.assertEqual(self.page(lesson).differences, "")

        lesson.action_confirm_sheet()
        bilal = self.line(lesson, self.bilal)
        self.env["telegram.contact"]._confirm(self.bilal, STRANGER)
        self.cron()
        self.assertEqual(bilal.status, "unknown")
        lesson.invalidate_cache()
        self.assertIn("Bilal: Present instead of Unknown", self.page(lesson).differences)
        self.assertNotIn("Amina", self.page(lesson).differences)
        notes = [body for body in lesson.message_ids.mapped("body") if "Bilal" in body]
        self.assertEqual(notes, [], "a confirmed sheet is not written into")

        lesson.action_unlock_sheet()
        self.cron()
        self.assertEqual(bilal.status, "present")
        self.assertEqual(line.status, "present")
        lesson.invalidate_cache()
        self.assertEqual(self.page(lesson).differences, "")

    def test_locked_by_hand__a_lesson_without_calls_says_nothing(self):
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Sans Telegram",
                "start": self.start,
                "stop": self.start + 60 * MINUTE,
            }
        )
        SheetPage(lesson).save(
            [{"id": self.amina.id, "status": "late", "late": 5, "was": "unknown"}], ""
        )
        LessonSheet(lesson).finish()
        line = self.line(lesson, self.amina)
        self.assertEqual((line.status, line.late_minutes), ("late", 5))
        self.assertEqual(self.line(lesson, self.bilal).status, "unknown")
        lesson.action_confirm_sheet()
        self.assertEqual(self.page(lesson).differences, "")

    # -- excuses ----------------------------------------------------------------------------------

    def test_excuse__accepted_before_and_after(self):
        excuse = self.env["small_school.excuse"].create(
            {
                "partner_id": self.amina.id,
                "asked_by_id": self.amina.id,
                "date_from": self.start.date() - timedelta(days=1),
                "date_to": self.start.date() + timedelta(days=1),
                "reason": "travel",
            }
        )
        excuse.action_accept()
        lesson = self.held([])
        line = self.line(lesson, self.amina)
        self.assertEqual((line.status, line.is_excused, line.excuse_id), ("excused", True, excuse))
        excuse.action_reopen()
        self.cron()
        self.assertEqual((line.status, line.is_excused), ("absent", False))
        excuse.action_accept()
        self.cron()
        self.assertEqual((line.status, line.computed_status), ("excused", "excused"))
