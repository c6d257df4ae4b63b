import csv
import io
from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import HttpCase, tagged

from odoo.addons.lesson_register.services.record import RecordPaper
from odoo.addons.lesson_register.services.register import RegisterPaper
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.lesson_register.tests.common import cells

from ...models.attendance.report_source import SchoolSource
from ...models.timetable.lesson_times import local_start
from ..common import SchoolCase

EVIL = "=cmd|' /C calc'!A0"


class ReportsCase(SchoolCase):
    """Two lessons that were held, on two days, with marks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amina.name = "أمينة الزروقي"
        cls.second = cls.lesson.copy(
            {
                "name": "Décimaux",
                "start": cls.lesson.start - timedelta(days=1),
                "stop": cls.lesson.stop - timedelta(days=1),
            }
        )
        for lesson, statuses in ((cls.lesson, "present absent"), (cls.second, "late excused")):
            lesson.action_prepare_sheet()
            for partner, status in zip((cls.amina, cls.bilal), statuses.split()):
                line = lesson.line_ids.filtered(lambda one, who=partner: one.partner_id == who)
                line.write({"status": status, "minutes": 42})
            lesson.state = "held"
        cls.first = cls.lesson.start.date() - timedelta(days=3)
        cls.last = cls.lesson.start.date() + timedelta(days=3)


@tagged("post_install", "-at_install")
class TestReports(ReportsCase):
    """Registers and records: their content, and who may read them."""

    def register(self, user=None):
        classroom = self.classroom.with_user(user or self.env.user)
        return RegisterPaper(SchoolSource(classroom.env), classroom, self.first, self.last).read()

    def test_register__lessons_by_the_classroom_s_clock_and_marks(self):
        register = self.register()
        self.assertEqual([one.name for one in register.lessons], ["Décimaux", "Fractions"])
        self.assertEqual(register.lessons[1].start, local_start(self.lesson))
        self.assertEqual(
            [one.name for one in register.students], [self.bilal.name, "أمينة الزروقي"]
        )
        self.assertEqual(register.marks[self.amina.id, self.second.id], "late")
        self.assertEqual(register.of_student(register.students[0]), {"excused": 1, "absent": 1})

    def test_register__the_same_number_of_queries_for_any_number_of_students(self):
        def queries():
            self.env["base"].flush()
            self.env["base"].invalidate_cache()
            before = self.env.cr.sql_log_count
            self.register()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for number in range(12):
            partner = self.env["res.partner"].create({"name": "Élève %s" % number})
            self.env["small_school.enrolment"].create(
                {
                    "classroom_id": self.classroom.id,
                    "partner_id": partner.id,
                    "date_from": self.first,
                }
            )
            extra = self.lesson.copy({"start": self.lesson.start - timedelta(hours=number + 2)})
            extra.action_prepare_sheet()
            extra.state = "held"
        self.assertEqual(queries(), few)
        self.assertEqual(len(self.register().students), 14)

    def test_register__who_may_see_it(self):
        teacher = self.user("prof", ["small_school.group_teacher"], self.teacher)
        self.assertTrue(self.register(teacher).marks)
        other = self.env["res.partner"].create({"name": "Mme Autre"})
        refused = [
            self.user("autre", ["small_school.group_teacher"], other),
            self.user("eleve", ["base.group_portal"], self.amina),
        ]
        for user in refused:
            with self.assertRaises(AccessError):
                self.register(user)
        with self.assertRaises(AccessError):
            lesson = self.lesson.with_user(refused[1])
            SheetPaper(SchoolSource(lesson.env), lesson).table()

    def test_record__a_teacher_sees_their_own_classes(self):
        elsewhere = self.env["small_school.classroom"].create({"name": "Ailleurs"})
        lesson = self.lesson.copy({"classroom_id": elsewhere.id, "name": "Chimie"})
        self.env["small_school.attendance"].create(
            {"lesson_id": lesson.id, "partner_id": self.amina.id, "status": "absent"}
        )
        lesson.state = "held"
        teacher = self.user("prof", ["small_school.group_teacher"], self.teacher)
        manager = self.user("chef", ["small_school.group_manager"])
        for user, count in ((teacher, 2), (manager, 3)):
            record = RecordPaper(
                SchoolSource(self.env(user=user)),
                self.amina.with_user(user),
                self.first,
                self.last,
            )
            self.assertEqual(len(record.lines), count)
        summary = record.by_classroom()
        self.assertEqual(
            [name for name, _counts, _rate in summary], ["Ailleurs", "Algèbre 2", None]
        )
        self.assertEqual([rate for _name, _counts, rate in summary], [0, 100, 66.7])

    def test_period__backwards_is_refused(self):
        with self.assertRaises(UserError):
            RegisterPaper(SchoolSource(self.env), self.classroom, self.last, self.first)
        wizard = self.env["small_school.register.wizard"].create(
            {
                "classroom_id": self.classroom.id,
                "date_from": self.last,
                "date_to": self.first,
            }
        )
        with self.assertRaises(UserError):
            wizard.action_pdf()

    def test_wizard__a_month_of_a_classroom_a_term_of_a_student(self):
        wizards = self.env["small_school.register.wizard"]
        month = wizards.create({"classroom_id": self.classroom.id})
        self.assertEqual(month.date_from.day, 1)
        self.assertEqual((month.date_to + timedelta(days=1)).day, 1)
        url = month.action_xlsx()["url"]
        self.assertIn("/classroom/report/register?id=%s&" % self.classroom.id, url)
        term = wizards.with_context(default_partner_id=self.amina.id).create({})
        self.assertEqual(term.date_to, fields.Date.context_today(term))
        self.assertIn("/classroom/report/student?id=%s&" % self.amina.id, term.action_csv()["url"])


@tagged("post_install", "-at_install")
class TestReportFiles(HttpCase):
    """The files as a browser gets them, in French and English."""

    def setUp(self):
        super().setUp()
        partners = self.env["res.partner"]
        self.amina = partners.create({"name": "أمينة الزروقي", "student_number": "R1"})
        self.evil = partners.create({"name": EVIL, "student_number": "+R2"})
        self.classroom = self.env["small_school.classroom"].create(
            {"name": "Algèbre 2", "tz": "Europe/Paris"}
        )
        self.day = fields.Date.today() - timedelta(days=2)
        for partner in (self.amina, self.evil):
            self.env["small_school.enrolment"].create(
                {
                    "classroom_id": self.classroom.id,
                    "partner_id": partner.id,
                    "date_from": self.day,
                }
            )
        start = fields.Datetime.to_datetime(self.day) + timedelta(hours=9)
        self.lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Équations",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        self.lesson.action_all_present()
        self.lesson.line_ids[0].minutes = 42.5
        users = self.env["res.users"].with_context(no_reset_password=True)
        for login, groups in (("boss", "small_school.group_manager"), ("kid", "base.group_portal")):
            users.create(
                {
                    "name": login,
                    "login": login,
                    "password": login,
                    "lang": "fr_FR",
                    "groups_id": [(6, 0, self.env.ref(groups).ids)],
                }
            )

    def get(self, kind, record, form, login="boss", **more):
        self.authenticate(login, login)
        first, last = self.day - timedelta(days=1), self.day + timedelta(days=1)
        period = "&first=%s&last=%s" % (more.get("first", first), more.get("last", last))
        url = "/classroom/report/%s?id=%s&format=%s%s" % (kind, record.id, form, period)
        return self.url_open(url)

    def test_csv__french_with_everybody_and_no_formula(self):
        answer = self.get("register", self.classroom, "csv")
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"\xef\xbb\xbf"))
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        self.assertEqual(
            rows[0][:3], ["Étudiant", "Matricule", self.day.strftime("%d/%m/%Y") + " 10:00"]
        )
        by_name = {row[0]: row for row in rows[1:]}
        self.assertEqual(by_name["أمينة الزروقي"][2], "P")
        self.assertEqual(by_name["أمينة الزروقي"][-1], "100,0")
        self.assertEqual(by_name["'" + EVIL][1], "'+R2")
        codes = SchoolSource(self.env(context={"lang": "fr_FR"})).words.codes()
        self.assertEqual((codes["late"], codes["absent"], codes["partial"]), ("R", "A", "½"))
        self.assertIn("Alg%C3%A8bre_2", answer.headers["Content-Disposition"])

    def test_csv__english_with_commas(self):
        self.env.ref("base.lang_en").active = True
        self.env["res.users"].search([("login", "=", "boss")]).lang = "en_US"
        answer = self.get("lesson", self.lesson, "csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        self.assertEqual(rows[0][:4], ["Name", "Number", "Role", "Status"])
        self.assertIn("Present", rows[1])

    def test_xlsx__texts_stay_texts(self):
        for kind, record in (
            ("register", self.classroom),
            ("lesson", self.lesson),
            ("student", self.evil),
        ):
            answer = self.get(kind, record, "xlsx")
            self.assertEqual(answer.status_code, 200, kind)
            values = cells(answer.content)
            self.assertTrue([one for one in values.values() if EVIL in str(one)], kind)

    def test_xlsx__days_and_hours_are_numbers(self):
        """A spreadsheet can sort them and compute with them."""
        values = cells(self.get("register", self.classroom, "xlsx").content)
        heads = [one for one in values.values() if isinstance(one, float) and one > 40000]
        day = (self.day - date(1899, 12, 30)).days
        self.assertEqual([round(24 * (one - day)) for one in heads], [10])
        values = cells(self.get("student", self.amina, "xlsx").content)
        self.assertIn(float(day), values.values())
        self.assertIn(10, [round(24 * one, 6) for one in values.values() if isinstance(one, float)])

    def test_page__shows_the_register(self):
        text = self.get("register", self.classroom, "html").text
        for word in ("أمينة الزروقي", "Algèbre 2", 's-present">P<', "Étudiants", "=cmd"):
            self.assertIn(word, text)

    def test_pdf__is_made(self):
        for kind, record in (
            ("register", self.classroom),
            ("lesson", self.lesson),
            ("student", self.amina),
        ):
            answer = self.get(kind, record, "pdf")
            self.assertEqual(answer.status_code, 200, kind)

    def test_refused__in_words_and_without_a_trace_of_others(self):
        for kind, record in (("register", self.classroom), ("student", self.amina)):
            for form in ("csv", "pdf", "xlsx"):
                answer = self.get(kind, record, form, login="kid")
                self.assertEqual(answer.status_code, 403)
                self.assertNotIn("أمينة", answer.text)
        self.assertEqual(self.get("lesson", self.lesson, "csv", login="kid").status_code, 403)
        answer = self.get("register", self.classroom, "csv", first="2026-02-01", last="2026-01-01")
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.get("register", self.classroom, "exe").status_code, 404)
        self.assertEqual(self.get("register", self.classroom, "csv", first="hier").status_code, 404)
