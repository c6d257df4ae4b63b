import html
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import HttpCase, tagged

from odoo.addons.telegram_school.services.identity.persons import Persons

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    """Lessons to come and attendance on the portal, of a school whose models it has never seen."""

    def setUp(self):
        super().setUp()
        languages = self.env["res.lang"].with_context(active_test=False)
        languages.search([("code", "in", ("en_US", "fr_FR"))]).write({"active": True})
        self.people = {
            name: self.env["fs.personne"].create({"nom": "Portail %s" % name})
            for name in ("pupil", "other", "former", "guardian", "teacher", "nobody")
        }
        self.course = self.make_course("Physique", "pupil", "former")
        self.elsewhere = self.make_course("Latin", "other")
        self.give_logins()
        now = fields.Datetime.now().replace(microsecond=0)
        self.ahead = self.plan(self.course, "Vecteurs", now + 26 * HOUR)
        self.plan(self.elsewhere, "Ovide", now + 26 * HOUR)
        self.held = self.plan(self.course, "Optique", now - 26 * HOUR)
        self.sheet(self.held, pupil="late", former="absent", teacher="present")
        live = self.plan(self.course, "En cours", now - HOUR, heures=2)
        self.sheet(live, "live", pupil="absent")
        old = self.plan(self.course, "Ancienne", now - timedelta(days=100))
        self.sheet(old, pupil="excused")
        self.sheet(self.plan(self.elsewhere, "Catulle", now - 50 * HOUR), other="present")
        former = self.people["former"]
        self.course.inscription_ids.filtered(lambda one: one.personne_id == former).write(
            {"etat": "annulee"}
        )

    def partner(self, name):
        return self.partners[name]

    def give_logins(self):
        """Give the people logins of the portal, on the contacts that the product has made."""
        persons = Persons(self.env)
        self.partners = {
            name: persons.partners(person, make=True) for name, person in self.people.items()
        }
        self.env["res.users"].with_context(no_reset_password=True).create(
            [
                {
                    "partner_id": partner.id,
                    "login": "fs-%s" % name,
                    "password": "fs-%s" % name,
                    "lang": "en_US",
                    "groups_id": [(6, 0, self.env.ref("base.group_portal").ids)],
                }
                for name, partner in self.partners.items()
            ]
        )

    def make_course(self, title, *pupils):
        course = self.env["fs.course"].create(
            {
                "intitule": title,
                "professeur_id": self.people["teacher"].id if title == "Physique" else False,
                "inscription_ids": [
                    (0, 0, {"personne_id": self.people[pupil].id}) for pupil in pupils
                ],
                "telegram_enabled": True,
            }
        )
        self.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
            " VALUES (%s, %s, 'ready', %s)",
            [course.telegram_chat_id.id, 900 + course.id, "https://t.me/+%s" % title],
        )
        course.telegram_chat_id.invalidate_cache()
        return course

    def plan(self, course, sujet, debut, heures=1.0):
        values = {"course_id": course.id, "sujet": sujet, "debut": debut, "heures": heures}
        return self.env["fs.seance"].create(values)

    def sheet(self, lesson, state="final", **statuses):
        row = self.env["telegram.lesson"]._of(lesson)
        row.sheet_state = state
        for name, status in statuses.items():
            values = {"lesson_id": row.id, "partner_id": self.partner(name).id, "minutes": 40}
            role = "teacher" if name == "teacher" else "student"
            self.env["telegram.attendance"].create(dict(values, role=role, status=status))

    def guard(self):
        """Let the guardian be that of the pupil, as an adapter says it."""
        partners = type(self.env["res.partner"])
        wards, guardian, child = (
            partners._telegram_wards,
            self.partner("guardian"),
            self.partner("pupil").id,
        )

        def of(people):
            mine = wards(people)
            return mine | people.browse(child) if guardian.id in people.ids else mine

        patcher = patch.object(partners, "_telegram_wards", of)
        patcher.start()
        self.addCleanup(patcher.stop)

    def log_in(self, name):
        self.authenticate("fs-%s" % name, "fs-%s" % name)

    def page(self, path):
        answer = self.url_open("/my/telegram/" + path, timeout=60)
        self.assertEqual(answer.status_code, 200)
        return html.unescape(answer.text)

    # -- lessons to come ------------------------------------------------------------------------

    def test_lessons__of_ones_own_classes(self):
        words = {"pupil": {"Vecteurs", "En cours"}, "teacher": {"Vecteurs", "En cours"}}
        words["other"] = {"Ovide"}
        for name in self.people:
            self.log_in(name)
            page = self.page("lessons")
            for subject in ("Vecteurs", "En cours", "Ovide"):
                self.assertEqual(subject in page, subject in words.get(name, ()), (name, subject))
            self.assertNotIn("Optique", page)
            self.assertEqual("No lesson is planned" in page, name not in words)

    def test_lessons__when_and_where(self):
        self.log_in("pupil")
        page = self.page("lessons")
        local = self.ahead.debut + HOUR  # Algiers
        self.assertIn("%s–" % local.strftime("%H:%M"), page)
        self.assertIn("Physique", page)
        self.ahead.annulee = True
        self.assertIn("cancelled", self.page("lessons"))

    def test_lessons__link_of_the_group_for_who_has_linked(self):
        self.log_in("pupil")
        self.assertNotIn("t.me/+", self.page("lessons"))
        self.env["telegram.contact"]._confirm(self.partner("pupil"), 7000000009)
        self.assertIn("https://t.me/+Physique", self.page("lessons"))
        self.env.cr.execute(
            "INSERT INTO telegram_call (chat_id, tg_call_id, opened_at)"
            " VALUES (%s, 5, now() at time zone 'UTC' - interval '30 minutes')",
            [self.course.telegram_chat_id.id],
        )
        page = self.page("lessons")
        (join,) = re.findall(r'<a class="btn[^"]*o_join"[^>]*href="([^"]*)"', page)
        self.assertEqual(join, "https://t.me/+Physique")

    def test_lessons__by_pages(self):
        now = fields.Datetime.now()
        for number in range(40):
            self.plan(self.course, "N%02d." % number, now + timedelta(days=2, hours=2 * number))
        self.log_in("pupil")
        first, second = self.page("lessons"), self.page("lessons/page/2")
        self.assertEqual(len(re.findall("o_telegram_lesson", first)), 30)
        self.assertIn("N27.", first)
        self.assertIn("N39.", second)
        for odd in ("lessons/page/99999999999999999999", "lessons?who=x", "lessons?who=-1"):
            self.assertIn("Portail", self.page(odd))

    # -- attendance -----------------------------------------------------------------------------

    def test_attendance__of_final_sheets_only(self):
        wanted = {
            "pupil": {"Optique"},
            "former": {"Optique"},
            "teacher": {"Optique"},
            "other": {"Catulle"},
        }
        for name in self.people:
            self.log_in(name)
            page = self.page("attendance")
            for subject in ("Optique", "En cours", "Ancienne", "Catulle", "Vecteurs"):
                self.assertEqual(subject in page, subject in wanted.get(name, ()), (name, subject))
        self.log_in("pupil")
        self.assertIn("Late: 1", self.page("attendance"))
        self.assertNotIn("Absent", self.page("attendance"))
        page = self.page("attendance?days=0")
        self.assertIn("Ancienne", page)
        self.assertIn("Excused: 1", page)
        for odd in ("days=x", "days=-1", "days=99999999999999", "who=x"):
            self.assertIn("Optique", self.page("attendance?" + odd))

    def test_attendance__by_pages(self):
        now = fields.Datetime.now()
        for number in range(35):
            held = self.plan(self.course, "N%02d." % number, now - timedelta(days=20, hours=number))
            self.sheet(held, pupil="present")
        self.log_in("pupil")
        first, second = self.page("attendance"), self.page("attendance/page/2?days=90")
        self.assertIn("Optique", first)
        self.assertIn("Present: 35", first)
        self.assertNotIn("N34.", first)
        self.assertIn("N34.", second)

    # -- whose ------------------------------------------------------------------------------------

    def test_ward__by_the_guardian_and_nobody_else(self):
        pupil, other = self.partner("pupil").id, self.partner("other").id
        self.log_in("guardian")
        for path in ("lessons?who=%s" % pupil, "attendance?who=%s" % pupil):
            page = self.page(path)
            for subject in ("Vecteurs", "Optique"):
                self.assertNotIn(subject, page, path)
        self.guard()
        self.assertIn("Vecteurs", self.page("lessons"), "in no class: the first child")
        self.assertIn("Vecteurs", self.page("lessons?who=%s" % pupil))
        page = self.page("attendance?who=%s" % pupil)
        self.assertIn("Optique", page)
        self.assertIn("Late: 1", page)
        self.assertNotIn("En cours", page)
        for path in ("lessons?who=%s" % other, "attendance?who=%s" % other):
            page = self.page(path)
            for subject in ("Ovide", "Catulle"):
                self.assertNotIn(subject, page, path)
        # the group is for an account that stands for the child
        self.assertNotIn("t.me/+", self.page("lessons?who=%s" % pupil))

    def test_rpc__the_rules_give_no_more_than_the_pages(self):
        self.guard()
        for name, lines in (("pupil", 2), ("former", 1), ("guardian", 2), ("nobody", 0)):
            user = self.env["res.users"].search([("login", "=", "fs-%s" % name)])
            mine = self.env["telegram.attendance"].with_user(user)
            self.assertEqual(len(mine.search([])), lines, name)
            self.assertFalse(self.env["telegram.lesson"].with_user(user).search([]), name)
            row = self.env["telegram.lesson"]._of(self.held)
            with self.assertRaises(AccessError):
                row.with_user(user).read(["name"])
        teacher = self.env["res.users"].search([("login", "=", "fs-teacher")])
        self.assertTrue(self.env["telegram.lesson"].with_user(teacher).search([]))

    def test_home__leads_there(self):
        self.log_in("pupil")
        self.assertIn("/my/telegram/lessons", self.url_open("/my", timeout=60).text)

    def test_stranger__is_asked_to_log_in(self):
        for path in ("lessons", "attendance"):
            self.assertIn("/web/login", self.url_open("/my/telegram/" + path, timeout=60).url)

    def test_page__in_french(self):
        # pages of the portal are in the language of the browser
        self.partner("pupil").lang = "fr_FR"
        self.log_in("pupil")
        self.opener.cookies["frontend_lang"] = "fr_FR"
        for path, word in (("lessons", "Séances à venir"), ("attendance", "Mes présences")):
            page = self.page(path)
            self.assertIn(word, page)
            for english in ("Lessons", "Attendance", "planned", "Myself", "Late", "days", "Open"):
                self.assertIsNone(re.search(r">[^<]*\b%s\b" % english, page), (path, english))
