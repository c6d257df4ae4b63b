from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import Form, new_test_user, tagged

from odoo.addons.telegram_school.services.attendance.report import LessonReport
from odoo.addons.telegram_school.services.attendance.school_sheet import SchoolSheet
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.membership.roster import ClassRoster

from .common import ForeignSchoolCase

HOUR = timedelta(hours=1)


class PagesCase(ForeignSchoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        cls.env["telegram.roster"].invalidate_cache()
        cls.start = fields.Datetime.now().replace(second=0) - 2 * HOUR
        values = {"course_id": cls.course.id, "debut": cls.start, "sujet": "Optique"}
        cls.seance = cls.env["fs.seance"].create(values)
        cls.prof = cls.user("fs-prof", cls.driss)
        cls.salesman = cls.user("fs-salesman")
        cls.supervisor = cls.user("fs-supervisor", cls.chloe)

    @classmethod
    def user(cls, login, partner=None, groups="base.group_user"):
        user = new_test_user(cls.env, login, groups=groups, lang="en_US")
        if partner:
            user.partner_id = partner
        return user

    def supervise(self, personne):
        """Let somebody supervise the class, too."""
        people = type(self.course)._telegram_people
        patched = patch.object(
            type(self.course),
            "_telegram_people",
            lambda course, partners=None: (
                people(course, partners) + [{"person": personne, "role": "supervisor"}]
            ),
        )
        patched.start()
        self.addCleanup(patched.stop)
        ClassRoster(self.course).sync()

    def hold(self):
        """Hold the lesson; Amina is in its call, from its start on."""
        amina = self.link(self.amina)
        clock = LessonClock(self.seance)
        self.tell_call(
            self.chat,
            self.start,
            self.start + HOUR,
            [(amina, "joined", self.start)],
            open_key=clock.key("open"),
            close_key=clock.key("close"),
        )
        self.ring()

    def line(self, partner, user=None):
        own = [("lesson_id.res_id", "=", self.seance.id), ("partner_id", "=", partner.id)]
        line = self.env["telegram.attendance"].search(own)
        line.invalidate_cache()
        return line.with_user(user or self.env.user).with_context(lang="en_US")

    def as_(self, user, record):
        record.invalidate_cache()
        return record.with_user(user).with_context(lang="en_US")


@tagged("post_install", "-at_install", "telegram_rights")
class TestPages(PagesCase):
    """Class page and lesson page of a school whose adapter brings two buttons."""

    def test_lesson__its_teacher_reads_it_all(self):
        self.hold()
        action = self.as_(self.prof, self.seance).action_telegram_lesson()
        page = self.as_(self.prof, self.env["telegram.lesson"].browse(action["res_id"]))
        view = page.fields_view_get(view_type="form")
        [values] = page.read(list(view["fields"]))
        self.assertEqual(values["class_name"], "Physique")
        self.assertIn("Africa/Algiers", values["time_zone"])
        self.assertEqual(values["call_state"], "over")
        self.assertIn("The call is over", values["call_text"])
        self.assertIn("<svg", values["timeline"])
        self.assertTrue(values["has_own_sheet"])
        self.assertEqual(len(values["attendance_ids"]), 2)
        line = self.line(self.amina, self.prof)
        self.assertRegex(line.arrived_text, r"\d\d:\d\d")
        self.assertFalse(line.may_correct, "the school corrects in its own sheet")
        record = page.action_open_record()
        self.assertEqual((record["res_model"], record["res_id"]), ("fs.seance", self.seance.id))
        self.assertEqual(page.action_class()["res_id"], self.chat.id)
        page.action_refresh()

    def test_lesson__who_has_no_part_in_it_sees_nothing(self):
        page = self.page(self.seance)
        for user in (self.salesman, self.supervisor):
            with self.assertRaises(AccessError):
                self.as_(user, self.seance).action_telegram_lesson()
            for method in ("action_live", "action_refresh", "action_open_record", "action_join"):
                with self.assertRaises(AccessError, msg=method):
                    getattr(self.as_(user, page), method)()
            with self.assertRaises(AccessError):
                self.as_(user, page).read(["log", "timeline"])
        self.course.professeur_id = False
        with self.assertRaises(AccessError):
            self.as_(self.prof, page).read(["name"])

    def test_lesson__how_the_call_stands(self):
        page = self.page(self.seance.with_context(lang="en_US"))
        self.assertEqual((page.call_state, page.call_text), ("none", "There was no call."))
        self.seance.debut = fields.Datetime.now() + 3 * HOUR
        page = self.page(self.seance.with_context(lang="en_US"))
        self.assertEqual(page.call_state, "to_come")
        self.assertIn("The call opens at", page.call_text)
        self.seance.annulee = True
        page = self.page(self.seance.with_context(lang="en_US"))
        self.assertEqual(page.call_text, "The lesson is cancelled.")

    def test_class__from_before_the_addon_has_a_page(self):
        self.env.cr.execute(
            "INSERT INTO fs_course (intitule, professeur_id) VALUES ('Latin', %s) RETURNING id",
            [self.teacher.id],
        )
        course = self.env["fs.course"].browse(self.env.cr.fetchone()[0])
        action = self.as_(self.prof, course).action_telegram_class()
        chat = self.env["telegram.chat"].browse(action["res_id"])
        self.assertEqual((chat.name, chat.is_wanted), ("Latin", False))

    def test_class__its_lessons_also_further_ahead_than_the_clock_looks(self):
        later = self.env["fs.seance"].create(
            {"course_id": self.course.id, "debut": fields.Datetime.now() + timedelta(weeks=3)}
        )
        self.env["telegram.lesson"].search([]).unlink()
        action = self.as_(self.prof, self.chat).action_lessons()
        found = self.env["telegram.lesson"].with_user(self.prof).search(action["domain"])
        self.assertEqual(sorted(found.mapped("res_id")), sorted((self.seance | later).ids))

    def test_settings__by_who_may_manage(self):
        for user in (self.salesman, self.prof, self.supervisor):
            self.assertFalse(self.as_(user, self.chat).may_manage)
            with self.assertRaises(AccessError):
                self.as_(user, self.chat).write({"late_minutes": 3})
            with self.assertRaises(AccessError):
                self.as_(user, self.chat).action_settings()
        self.supervise(self.personnes[2])
        mine = self.as_(self.supervisor, self.chat)
        self.assertTrue(mine.may_manage and mine.may_see)
        view = self.env["ir.ui.view"].browse(mine.action_settings()["views"][0][0])
        with Form(mine, view) as form:
            form.late_minutes = 3
            form.join_policy = "enrol"
        self.assertEqual((self.chat.late_minutes, self.chat.join_policy), (3, "enrol"))
        for values in (
            {"mark": "x"},
            {"name": "x"},
            {"res_id": 1},
            {"late_minutes": 1, "bind": "x"},
        ):
            with self.assertRaises(AccessError, msg=values):
                mine.write(values)
        for method in ("action_pause", "action_close_for_good", "action_new_group"):
            with self.assertRaises(AccessError, msg=method):
                getattr(mine, method)()
        admin = self.user("fs-admin", groups="telegram_base.group_manager")
        self.as_(admin, self.chat).write({"late_minutes": 4})
        self.assertEqual(self.chat.late_minutes, 4)

    def test_settings__the_class_follows(self):
        self.supervise(self.personnes[2])
        mine = self.as_(self.supervisor, self.chat)
        later = fields.Datetime.now().replace(microsecond=0) + 5 * HOUR
        lesson = self.env["fs.seance"].create({"course_id": self.course.id, "debut": later})
        mine.write({"open_minutes": 20})
        self.assertEqual(self.clock(lesson)["open"].due_at, later - timedelta(minutes=20))
        mine.write({"is_wanted": False})
        self.assertFalse(self.chat.active)
        self.assertNotIn("open", self.clock(lesson))

    def test_manager__by_the_adapters_word_alone(self):
        """The school's managers need no group of Telegram."""
        managers = self.salesman
        with patch.object(type(self.course), "_telegram_managers", lambda course: managers):
            mine = self.as_(self.salesman, self.chat)
            self.assertTrue(mine.search([("id", "=", self.chat.id)]))
            self.assertTrue(mine.may_manage)
            self.as_(self.salesman, self.page(self.seance)).read(["name", "log"])
        self.assertFalse(self.as_(self.salesman, self.chat).may_manage)

    def test_menu__for_who_has_something_to_see_there(self):
        root = self.env.ref("telegram_base.menu_root").id

        def shown(user):
            tree = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            children = [one for one in tree["children"] if one["id"] == root]
            return [child["name"] for one in children for child in one["children"]]

        self.assertEqual(shown(self.salesman), [])
        self.assertEqual(len(shown(self.prof)), 2)
        self.course.professeur_id = False
        self.assertEqual(shown(self.prof), [])


@tagged("post_install", "-at_install", "telegram_rights")
class TestCorrections(PagesCase):
    """A school without a sheet of its own: ours is the sheet, and is corrected on the page."""

    def setUp(self):
        super().setUp()
        adapter = patch.object(type(self.seance), "_telegram_sheet_field", False)
        adapter.start()
        self.addCleanup(adapter.stop)
        self.hold()

    def correct(self, user, partner, status="excused", reason="a doctor's note"):
        line = self.line(partner, user)
        self.env["ir.rule"].clear_caches()
        line.write({"status": status, "correction_reason": reason})
        return self.line(partner)

    def test_corrected__stays_when_it_is_computed_anew(self):
        line = self.correct(self.prof, self.amina)
        self.assertEqual((line.status, line.computed_status), ("excused", "present"))
        self.assertEqual((line.corrected_by_id, line.is_corrected), (self.prof, True))
        self.assertIn("Excused instead of Present: a doctor's note (", line.correction_text)
        LessonSheet(self.seance).refresh()
        self.assertEqual(self.line(self.amina).status, "excused")
        svg = self.page(self.seance.with_context(lang="en_US")).timeline
        self.assertIn("Excused", svg)
        lines = LessonSheet(self.seance).compute(True)
        lines = SchoolSheet(self.seance).as_corrected(lines)
        students = [one for one in lines if one["role"] == "student"]
        text = LessonReport(self.seance.with_context(lang="en_US")).text(students)
        self.assertIn("Excused", text)
        self.course.inscription_ids.unlink()
        LessonSheet(self.seance).refresh()
        self.assertTrue(self.line(self.amina).exists(), "a person has written it")

    def test_taken_back(self):
        self.correct(self.prof, self.amina)
        self.line(self.amina, self.prof).action_take_back()
        line = self.line(self.amina)
        self.assertEqual((line.status, line.is_corrected), ("present", False))
        self.assertFalse(line.correction_reason or line.corrected_by_id or line.corrected_at)
        self.correct(self.prof, self.amina)
        line = self.correct(self.prof, self.amina, "present", "")
        self.assertFalse(line.is_corrected)

    def test_reason__is_asked_for(self):
        action = self.line(self.amina, self.prof).action_correct()
        view = self.env["ir.ui.view"].browse(action["views"][0][0])
        form = Form(self.line(self.amina, self.prof), view)
        form.status = "late"
        with self.assertRaises(UserError):
            form.save()
        form.correction_reason = "by bus"
        form.save()
        self.assertEqual(self.line(self.amina).status, "late")

    def test_who_may(self):
        self.assertTrue(self.line(self.amina, self.prof).may_correct)
        pupil = self.user("fs-pupil", self.amina, "base.group_portal")
        for user in (self.salesman, self.supervisor, pupil):
            for values in ({"status": "late", "correction_reason": "x"}, {"status": "late"}):
                with self.assertRaises(AccessError):
                    self.line(self.amina, user).write(values)
            for method in ("action_correct", "action_take_back"):
                with self.assertRaises(AccessError):
                    getattr(self.line(self.amina, user), method)()
        with self.assertRaises(AccessError, msg="who corrected, and why, is not for families"):
            self.line(self.amina, pupil).read(["correction_reason"])
        self.assertEqual(self.line(self.amina, pupil).read(["status"])[0]["status"], "present")
        self.supervise(self.personnes[2])
        self.correct(self.supervisor, self.amina)
        self.course.professeur_id = False  # a former teacher
        with self.assertRaises(AccessError):
            self.correct(self.prof, self.amina)

    def test_substitute__of_this_lesson_alone(self):
        self.page(self.seance).sudo().teacher_id = self.salesman.partner_id
        self.correct(self.salesman, self.amina)
        self.page(self.seance).sudo().teacher_id = False
        with self.assertRaises(AccessError):
            self.correct(self.salesman, self.amina, "late")

    def test_nothing_else__and_nobody_where_the_school_has_its_own_sheet(self):
        line = self.line(self.amina, self.prof)
        for values in (
            {"minutes": 3},
            {"written": "{}"},
            {"status": "late", "is_corrected": False},
        ):
            with self.assertRaises(AccessError):
                line.write(values)
        with self.assertRaises(AccessError):
            line.unlink()
        with self.assertRaises(AccessError):
            self.page(self.seance).with_user(self.prof).write({"attendance_ids": [(5,)]})
        with patch.object(type(self.seance), "_telegram_sheet_field", "pointage_ids"):
            with self.assertRaises(AccessError):
                self.line(self.amina, self.prof).write({"status": "late"})

    def test_locked(self):
        with patch.object(type(self.seance), "_telegram_sheet_is_locked", lambda lesson: True):
            with self.assertRaises(UserError):
                self.correct(self.prof, self.amina)
