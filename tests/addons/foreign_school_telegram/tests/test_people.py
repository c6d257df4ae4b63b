"""People of the school who are neither contacts nor users, and whose ids are those of others."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.identity.persons import Persons
from odoo.addons.telegram_school.services.membership.roster import ClassRoster

from .common import ForeignSchoolCase


@tagged("post_install", "-at_install")
class TestPeople(ForeignSchoolCase):
    def name_of(self, partner):
        self.env["res.partner"].flush()
        partner.invalidate_cache()
        return partner.name

    def lesson(self):
        """A lesson that runs."""
        start = fields.Datetime.now() - timedelta(minutes=30)
        return self.env["fs.seance"].create({"course_id": self.course.id, "debut": start})

    def test_ids__of_others_are_nobody(self):
        """The ids of the school's people are ids of other contacts: none of them is anywhere."""
        self.assertEqual(self.personnes.ids, self.others.ids)
        self.enrol(self.personnes[1])
        lesson = self.lesson()
        LessonSheet(lesson).finish()
        self.assertEqual(len(lesson.pointage_ids), 3)
        for model in ("telegram.roster", "telegram.attendance", "telegram.school.person"):
            rows = self.env[model].sudo().search([("partner_id", "in", self.others.ids)])
            self.assertFalse(rows, model)
        mine = self.amina | self.bilal | self.driss
        rows = self.env["telegram.attendance"].search([("partner_id", "in", mine.ids)])
        self.assertEqual(set(rows.mapped("person_name")), {"Amina", "Bilal <b>", "Driss"})
        self.assertEqual(lesson.pointage_ids.mapped("personne_id.nom"), mine.mapped("name"))

    def test_contact__follows_the_person(self):
        self.personnes[0].write({"nom": "Amina B.", "email": "amina@example.com"})
        self.assertEqual((self.amina.name, self.amina.email), ("Amina B.", "amina@example.com"))
        self.env.cr.execute(
            "UPDATE fs_personne SET nom = 'Amina C.' WHERE id = %s", [self.personnes[0].id]
        )
        self.personnes.invalidate_cache()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertEqual(self.name_of(self.amina), "Amina C.")

    def test_contact__says_for_whom_it_stands(self):
        self.assertIn(str(self.personnes[0].id), self.amina.telegram_stands_for)
        self.assertFalse(self.others[0].telegram_stands_for)
        marked = self.env["res.partner"].search([("telegram_stands_for", "!=", False)])
        self.assertLessEqual(self.amina | self.bilal, marked)
        self.assertFalse(marked & self.others)

    def test_contact__erased_stays_without_a_name(self):
        self.course.inscription_ids.etat = "annulee"
        self.env["telegram.personal.data"]._personal_erase(self.amina)
        self.personnes[0].nom = "Amina"
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertNotIn("Amina", self.name_of(self.amina))
        # no other contact is made for them
        self.enrol(self.personnes[0])
        partners = Persons(self.env).partners(self.personnes[0], make=True)
        self.assertEqual(partners, self.amina)
        self.assertNotIn(self.amina.id, self.roster(self.chat))

    def test_contact__united_with_one_that_was_there_before_is_left_alone(self):
        before = self.env["res.partner"].create({"name": "Mme Amina"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((before | self.amina).ids, before)
        self.assertEqual(Persons(self.env).partners(self.personnes[0]), before)
        self.assertEqual(self.roster(self.chat)[before.id], ("student", "in"))
        self.personnes[0].nom = "Amina B."
        self.assertEqual(self.name_of(before), "Mme Amina")

    def test_contacts__united_each_has_their_line(self):
        """Two records of the school that are one person: both lines say the same."""
        self.enrol(self.personnes[1])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.bilal | self.amina).ids, self.amina)
        records = Persons(self.env).records("fs.personne", self.amina)[self.amina.id]
        self.assertEqual(records, self.personnes[:2].sorted("id", reverse=True))
        lesson = self.lesson()
        lines = self.env["fs.pointage"].create(
            [{"seance_id": lesson.id, "personne_id": one.id} for one in self.personnes[:2]]
        )
        LessonSheet(lesson).finish()
        self.assertEqual(lines.exists(), lines)
        self.assertEqual(len(set(lines.mapped("resultat")) - {False}), 1)
        self.assertTrue(all(lines.mapped("resultat")))

    def test_contact__of_the_school_comes_before_one_of_our_making(self):
        """A model that leads to contacts, but not of everybody."""
        person, other = self.personnes[:2]
        person.contact_id = self.others[3]
        model = type(person)
        with patch.object(model, "_telegram_partner_field", "contact_id"):
            persons = Persons(self.env)
            partners = persons.by_id(person | other)
            self.assertEqual(partners, {person.id: self.others[3], other.id: self.bilal})
            back = persons.records("fs.personne", self.others[3] | self.bilal | self.amina)
            # the contact that was made for them before stands for nobody any more
            self.assertEqual(back, {self.others[3].id: person, self.bilal.id: other})
        with patch.object(model, "_telegram_partner_field", False):
            self.assertEqual(Persons(self.env).partners(person), self.amina)

    def test_contacts__made_once_the_class_gets_its_group(self):
        new = self.env["fs.personne"].create({"nom": "Elias", "email": "elias@example.com"})
        course = self.env["fs.course"].create(
            {
                "intitule": "Latin",
                "telegram_enabled": False,
                "inscription_ids": [(0, 0, {"personne_id": new.id})],
            }
        )
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        persons = Persons(self.env)
        self.assertFalse(persons.partners(new))
        self.assertEqual(ClassRoster(course).without_contact(), [new])
        course.telegram_enabled = True
        partner = persons.partners(new)
        self.assertEqual((partner.name, partner.email), ("Elias", "elias@example.com"))
        self.assertEqual(self.roster(course.telegram_chat_id), {partner.id: ("student", "in")})

    def test_first_page__counts_mails_to_people_without_a_contact(self):
        self.env.company.telegram_mail = True
        new = self.env["fs.personne"].create({"nom": "Elias", "email": "elias@example.com"})
        values = {"intitule": "Latin", "telegram_enabled": False}
        values["inscription_ids"] = [(0, 0, {"personne_id": new.id})]
        course = self.env["fs.course"].create(values)
        counts = self.env["telegram.onboarding"]._what_follows([course])
        self.assertEqual(counts["mails"], 1)

    def test_person__deleted_in_sql_is_out(self):
        self.enrol(self.personnes[1])
        self.course.flush()
        self.env.cr.execute(
            "DELETE FROM fs_inscription WHERE personne_id = %(id)s;"
            "DELETE FROM fs_personne WHERE id = %(id)s",
            {"id": self.personnes[1].id},
        )
        self.env.cache.invalidate()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertFalse(self.bilal.active)
        self.assertEqual(self.roster(self.chat)[self.bilal.id], ("student", "out"))
        self.assertTrue(self.amina.active)

    # -- what an adapter may give for a person ----------------------------------------------------

    def people(self, *people):
        hook = patch.object(
            type(self.course), "_telegram_people", lambda course, partners: list(people)
        )
        self.addCleanup(hook.stop)
        hook.start()
        return ClassRoster(self.course).people()

    def test_people__of_any_model_together(self):
        user = self.env.ref("base.user_admin")
        people = self.people(
            {"person": self.personnes[0], "role": "student"},
            {"partner": self.chloe, "role": "student"},
            {"partner": user, "role": "teacher"},
            {"person": self.env["fs.personne"], "role": "teacher"},
        )
        partners = [one["partner"] for one in people]
        self.assertEqual(partners, [self.amina, self.chloe, user.partner_id])

    def test_people__of_a_wrong_model_is_an_error(self):
        with self.assertRaisesRegex(UserError, "fs.course"):
            self.people({"person": self.course, "role": "student"})

    def test_people__several_in_one_entry_is_an_error(self):
        for entry in ({"person": self.personnes}, {"role": "student"}):
            with self.assertRaisesRegex(UserError, "_telegram_people .*fs.course"):
                self.people(entry)

    # -- a class that was deleted in SQL
    # ------------------------------------------------------------

    def delete_in_sql(self, course):
        course.flush()
        self.env["telegram.outbox"].flush()
        self.env.cr.execute("DELETE FROM fs_course WHERE id = %s", [course.id])
        self.env.cache.invalidate()

    def test_class__deleted_in_sql(self):
        start = fields.Datetime.now() + timedelta(hours=2)
        lesson = self.env["fs.seance"].create({"course_id": self.course.id, "debut": start})
        commands = self.clock(lesson)
        self.assertTrue(commands)
        self.delete_in_sql(self.course)
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual({row.state for row in commands.values()}, {"cancelled"})
        self.assertFalse(self.chat.active)
        self.assertTrue(self.chat.is_orphan)
        self.assertEqual(self.roster(self.chat)[self.amina.id], ("student", "in"))
        # once is enough
        before = len(self.commands(self.chat))
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(len(self.commands(self.chat)), before)

    def test_class__deleted_in_sql_before_it_had_a_group(self):
        wanted = self.env["fs.course"].create({"intitule": "Latin"})
        other = self.env["fs.course"].create({"intitule": "Grec", "telegram_enabled": False})
        rows = self.env["telegram.chat"]
        chats = {course: rows._rows_of(course)[course.id] for course in (wanted, other)}
        self.delete_in_sql(wanted)
        self.delete_in_sql(other)
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertFalse(chats[wanted].active)
        self.assertFalse(chats[other].exists())
