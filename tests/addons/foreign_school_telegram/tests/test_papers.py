"""Sheet, register and record of a school that brings nothing for them."""

import csv
import io
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HttpCase, new_test_user, tagged

from odoo.addons.lesson_register.rules.lines import SheetLine
from odoo.addons.lesson_register.services.record import RecordPaper
from odoo.addons.lesson_register.services.register import RegisterPaper
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.lesson_register.tests.common import cells
from odoo.addons.telegram_school.services.attendance.papers import TelegramSource
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.identity.persons import Persons

from .common import ForeignSchoolCase

MINUTE = timedelta(minutes=1)


def tomorrow_and_week(lesson):
    """Return (first, last) day around a lesson."""
    return lesson.debut.date() - timedelta(days=7), lesson.debut.date() + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestPapers(ForeignSchoolCase):
    """The content of papers, in the teacher's hands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["fs.inscription"].create(
            {"course_id": cls.course.id, "personne_id": cls.personnes[1].id}
        )
        # 23:30 by the course's clock of yesterday: another day in UTC than in Algiers
        yesterday = fields.Date.today() - timedelta(days=1)
        cls.start = fields.Datetime.to_datetime(yesterday) + timedelta(hours=23, minutes=30)
        cls.lesson = cls.held(cls.start, "Optique")
        cls.teacher_user = new_test_user(cls.env, "fs-prof", partner_id=cls.driss.id)
        cls.source = TelegramSource(
            cls.env(user=cls.teacher_user, context={"lang": "en_US", "tz": "UTC"})
        )
        cls.row = cls.env["telegram.lesson"]._of(cls.lesson).with_user(cls.teacher_user)

    @classmethod
    def held(cls, start, name):
        """Make a lesson with a sheet: Amina was late, Bilal absent."""
        cls.env.cr.execute(
            "UPDATE telegram_roster SET since = %s, in_since = %s WHERE chat_id = %s",
            [start - timedelta(days=30)] * 2 + [cls.chat.id],
        )
        cls.env["telegram.roster"].invalidate_cache()
        lesson = cls.env["fs.seance"].create(
            {"course_id": cls.course.id, "sujet": name, "debut": start}
        )
        LessonSheet(lesson).finish()
        lines = cls.env["telegram.attendance"].sudo()
        lines = lines.search([("lesson_id", "=", lesson.telegram_row_id.id)])
        for partner, values in (
            (
                cls.amina,
                {
                    "status": "late",
                    "arrived_at": start + 12 * MINUTE,
                    "departed_at": start + 60 * MINUTE,
                    "minutes": 48,
                    "percentage": 80,
                    "evidence": "reconnected,shared",
                },
            ),
            (cls.bilal, {"status": "absent", "evidence": False}),
        ):
            lines.filtered(lambda line, who=partner: line.partner_id == who).write(values)
        return lesson

    def test_sheet__says_what_was_observed_by_the_course_s_clock(self):
        sheet = SheetPaper(self.source, self.row).sheet
        self.assertEqual((sheet.classroom, sheet.lesson), ("Physique", "Optique"))
        day = self.start.date() + timedelta(days=1)
        self.assertEqual(sheet.day, day)
        self.assertIn("00:30–01:30 (Africa/Algiers)", sheet.when)
        self.assertEqual([line.name for line in sheet.lines], ["Amina", "Bilal <b>", "Driss"])
        amina = sheet.lines[0]
        self.assertIsInstance(amina, SheetLine)
        self.assertEqual((amina.arrived, amina.departed), ("00:42", "01:30"))
        self.assertEqual((amina.role, amina.is_student), ("Student", True))
        self.assertIn("came and went several times", amina.remark)
        table = SheetPaper(self.source, self.row).table()
        self.assertIn("Students: 2 · Late: 1 · Absent: 1", table.lines)
        self.assertIn("As observed on Telegram.", table.lines)

    def test_register__the_class_s_lessons_with_a_sheet(self):
        again = self.held(self.start - timedelta(days=2), "Mécanique")
        planned = self.start - timedelta(days=3)
        self.env["fs.seance"].create(
            {"course_id": self.course.id, "sujet": "Sans fiche", "debut": planned}
        )
        cancelled = self.held(self.start - timedelta(days=4), "Annulée")
        cancelled.annulee = True
        chat = self.chat.with_user(self.teacher_user)
        paper = RegisterPaper(self.source, chat, *tomorrow_and_week(self.lesson))
        register = paper.read()
        self.assertEqual([one.name for one in register.lessons], ["Mécanique", "Optique"])
        self.assertEqual(register.lessons[1].start, self.start + 60 * MINUTE)
        self.assertEqual([one.name for one in register.students], ["Amina", "Bilal <b>"])
        row = again.telegram_row_id.id
        self.assertEqual(register.marks[self.amina.id, row], "late")
        self.assertIn("As observed on Telegram.", paper.rules())
        # by the course's clock: its day is not that of UTC
        day = self.start.date()
        self.assertFalse(RegisterPaper(self.source, chat, day, day).read().lessons)
        day += timedelta(days=1)
        self.assertEqual(len(RegisterPaper(self.source, chat, day, day).read().lessons), 1)

    def test_register__students_who_belonged_in_the_period(self):
        self.enrol(self.personnes[2]).etat = "annulee"
        chat = self.chat.with_user(self.teacher_user)
        first, last = tomorrow_and_week(self.lesson)
        self.env.cr.execute(
            "UPDATE telegram_roster SET in_since = %s, in_until = %s"
            " WHERE chat_id = %s AND partner_id = %s",
            [first, first + timedelta(days=1), self.chat.id, self.chloe.id],
        )
        names = [one.name for one in RegisterPaper(self.source, chat, first, last).read().students]
        self.assertEqual(names, ["Amina", "Bilal <b>", "Chloé"])
        later = first + timedelta(days=2)
        names = [one.name for one in RegisterPaper(self.source, chat, later, last).read().students]
        self.assertEqual(names, ["Amina", "Bilal <b>"])

    def test_register__the_same_number_of_queries_for_any_number_of_lessons(self):
        def queries():
            self.env["base"].flush()
            self.env["base"].invalidate_cache()
            before = self.env.cr.sql_log_count
            chat = self.chat.with_user(self.teacher_user)
            RegisterPaper(self.source, chat, *tomorrow_and_week(self.lesson)).read()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for days in (1, 2, 3):
            self.held(self.start - timedelta(days=days), "Mécanique")
        self.assertEqual(queries(), few)

    def test_record__a_person_s_lines(self):
        paper = RecordPaper(
            self.source, self.amina.with_user(self.teacher_user), *tomorrow_and_week(self.lesson)
        )
        [line] = paper.lines
        self.assertEqual(
            (line.classroom, line.lesson, line.status), ("Physique", "Optique", "late")
        )
        self.assertEqual(paper.by_classroom()[0], ("Physique", {"late": 1}, 100.0))
        period = tomorrow_and_week(self.lesson)
        guest = self.env["res.partner"].create({"name": "Personne"})
        with self.assertRaises(AccessError):
            RecordPaper(self.source, guest.with_user(self.teacher_user), *period)

    def test_group__gets_the_sheet_as_a_file_without_remarks(self):
        # 14 and 13 make HTML of papers while they run tests
        lesson = self.lesson.with_context(lang="fr_FR", force_report_rendering=True)
        made = lesson._telegram_sheet_file()
        self.assertEqual(made["mimetype"], "application/pdf")
        self.assertTrue(made["content"].startswith(b"%PDF-"))
        self.assertTrue(made["name"].startswith("Présence_Physique_Optique_"), made["name"])
        paper = SheetPaper(self.source, self.row, has_remarks=False)
        self.assertFalse(paper.printed()["has_remarks"])
        plain = self.env["fs.seance"].create(
            {"course_id": self.course.id, "debut": fields.Datetime.now()}
        )
        self.assertIsNone(plain._telegram_sheet_file(), "without a sheet there is none")

    def test_sheet__of_a_lesson_without_times_is_refused_in_words(self):
        self.env["telegram.lesson"]._of(self.lesson).start = False
        with self.assertRaises(UserError):
            SheetPaper(self.source, self.row)

    def test_buttons__lead_to_the_register_and_the_sheet(self):
        url = self.chat.with_user(self.teacher_user).action_register()["url"]
        first = fields.Date.today().replace(day=1)
        self.assertIn("/telegram/report/register?id=%s&first=" % self.chat.id, url)
        self.assertIn("-01&last=%s-" % first.year, url)
        url = self.row.with_context(format="xlsx").action_sheet_file()["url"]
        self.assertEqual(url, "/telegram/report/lesson?id=%s&format=xlsx" % self.row.id)


@tagged("post_install", "-at_install")
class TestPaperFiles(HttpCase):
    """The files as a browser gets them, in French."""

    def setUp(self):
        super().setUp()
        names = ("Amina", "=cmd()", "Driss")
        personnes = self.env["fs.personne"].create([{"nom": name} for name in names])
        self.course = self.env["fs.course"].create(
            {
                "intitule": "Physique",
                "professeur_id": personnes[2].id,
                "inscription_ids": [(0, 0, {"personne_id": one.id}) for one in personnes[:2]],
            }
        )
        self.chat = self.course.telegram_chat_id
        self.amina, self.evil, driss = Persons(self.env).partners(personnes, make=True)
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=4)
        lesson = self.env["fs.seance"].create(
            {"course_id": self.course.id, "sujet": "Équations", "debut": start}
        )
        self.env.cr.execute(
            "UPDATE telegram_roster SET in_since = in_since - interval '1 day',"
            " since = since - interval '1 day'"
        )
        self.env["telegram.roster"].invalidate_cache()
        LessonSheet(lesson).finish()
        self.row = lesson.telegram_row_id
        lines = self.env["telegram.attendance"].search([("lesson_id", "=", self.row.id)])
        lines.sudo().write({"status": "late"})
        self.day = start.date()
        for login, partner, group in (
            ("prof", driss, "base.group_user"),
            ("kid", self.amina, "base.group_portal"),
            ("salesman", False, "base.group_user"),
        ):
            more = {"partner_id": partner.id} if partner else {}
            new_test_user(
                self.env, login, groups=group, password=login, lang="fr_FR", email="x@y.z", **more
            )

    def get(self, kind, record, form, login="prof"):
        self.authenticate(login, login)
        first, last = self.day - timedelta(days=3), self.day + timedelta(days=3)
        url = "/telegram/report/%s?id=%s&format=%s&first=%s&last=%s"
        return self.url_open(url % (kind, record.id, form, first, last))

    def test_each_paper_in_each_form(self):
        for kind, record in (
            ("register", self.chat),
            ("lesson", self.row),
            ("student", self.amina),
        ):
            for form in ("csv", "xlsx", "pdf"):
                answer = self.get(kind, record, form)
                self.assertEqual(answer.status_code, 200, (kind, form, answer.text[:200]))
                self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_page__shows_the_register(self):
        text = self.get("register", self.chat, "html").text
        shown = ("Amina", "Physique", 's-late">R<', "Étudiants", "D’après Telegram", "=cmd()")
        for word in shown + ("/telegram/report/register?id=%s" % self.chat.id,):
            self.assertIn(word, text)

    def test_csv__french_and_no_formula(self):
        answer = self.get("register", self.chat, "csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        self.assertEqual(rows[0][:2], ["Étudiant", "Matricule"])
        self.assertEqual([row[0] for row in rows[1:3]], ["'=cmd()", "Amina"])
        self.assertEqual(rows[2][2], "R")

    def test_xlsx__texts_stay_texts(self):
        values = cells(self.get("lesson", self.row, "xlsx").content)
        for word in ("=cmd()", "En retard", "Remarque"):
            self.assertIn(word, values.values())

    def test_pupil__gets_their_own_record_alone(self):
        for form in ("csv", "xlsx", "pdf"):
            answer = self.get("student", self.amina, form, "kid")
            self.assertEqual(answer.status_code, 200, answer.text[:200])
        answer = self.get("student", self.amina, "csv", "kid")
        self.assertIn("Équations", answer.content.decode("utf-8-sig"))
        for kind, record in (
            ("register", self.chat),
            ("lesson", self.row),
            ("student", self.evil),
        ):
            for login in ("kid", "salesman"):
                answer = self.get(kind, record, "csv", login)
                self.assertEqual(answer.status_code, 403, (kind, login))
                self.assertNotIn("cmd", answer.text)
                self.assertTrue("enseignent" in answer.text or "personne" in answer.text)
        self.assertEqual(self.get("register", self.chat, "exe").status_code, 404)
