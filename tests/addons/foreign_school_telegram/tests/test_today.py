from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ForeignSchoolCase

NEXT_YEAR = date.today().year + 1


def at(hour, minute=0, day=None):
    """An instant in UTC; Algiers is an hour ahead, all year."""
    return datetime.combine(day or date(NEXT_YEAR, 4, 2), time(hour, minute))


@tagged("post_install", "-at_install")
class TestToday(ForeignSchoolCase):
    """`/today` of the bot: the lessons of a day, of a school whose models it has never seen."""

    def plan(self, debut, sujet="Vecteurs <b>", heures=1.5, course=None):
        course = course or self.course
        values = {"course_id": course.id, "sujet": sujet, "debut": debut, "heures": heures}
        return self.env["fs.seance"].create(values)

    def today(self, partner, now=None, lang="en_US", **options):
        bot = self.env["telegram.bot"].with_context(lang=lang)
        moment = now or fields.Datetime.now()
        with patch.object(fields.Datetime, "now", lambda *_args: moment):
            return bot._telegram_today(partner, **options)

    def answer(self, account, text="/today"):
        before = self.outbox.search([("tg_user_id", "=", account)])
        self.tell("bot_message", self.env["telegram.chat"], tg_user_id=account, text=text)
        self.ring()
        rows = self.outbox.search([("tg_user_id", "=", account)]) - before
        return rows._payload()["text"]

    def test_today__pupil_and_teacher_by_the_clock_of_the_class(self):
        self.plan(at(8))
        self.plan(at(23, 30), "Demain")
        for person in (self.amina, self.driss):
            self.assertEqual(
                self.today(person, at(6)), ["• 09:00–10:30 <b>Vecteurs &lt;b&gt;</b> (Physique)"]
            )
        self.assertEqual(self.today(self.bilal, at(6)), [])
        # half past midnight in Algiers
        (line,) = self.today(self.amina, at(23, 15))
        self.assertIn("00:30–02:00 <b>Demain</b>", line)

    def test_today__what_runs_since_yesterday(self):
        self.plan(at(22, 30))
        self.assertIn("23:30–01:00", self.today(self.amina, at(23, 50))[0])
        after = at(0, 1, date(NEXT_YEAR, 4, 3))
        self.assertEqual(self.today(self.amina, after), [])

    def test_today__cancelled_moved_deleted(self):
        lesson = self.plan(at(8))
        lesson.annulee = True
        self.assertIn(" – cancelled", self.today(self.amina, at(6))[0])
        self.assertIn(" – annulée", self.today(self.amina, at(6), lang="fr_FR")[0])
        lesson.write({"annulee": False, "debut": at(10)})
        self.assertIn("11:00–12:30", self.today(self.amina, at(6))[0])
        self.env.cr.execute("DELETE FROM fs_seance WHERE id = %s", [lesson.id])
        self.env.cache.invalidate()
        self.assertEqual(self.today(self.amina, at(6)), [])

    def test_today__of_whom_the_school_has_let_go(self):
        self.plan(at(8))
        inscription = self.course.inscription_ids
        for state in ("annulee", "exclu"):
            inscription.etat = state
            self.assertEqual(self.today(self.amina, at(6)), [], state)
        inscription.etat = "valide"
        self.assertTrue(self.today(self.amina, at(6)))
        roster = self.env["telegram.roster"].search([("partner_id", "=", self.amina.id)])
        roster.valid_until = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(self.today(self.amina, at(6)), [], "no cron has run yet")

    def test_today__class_without_a_group(self):
        self.plan(at(8))
        self.course.telegram_enabled = False
        self.assertEqual(self.today(self.amina, at(6)), [])

    def test_today__link_while_the_call_is_open(self):
        self.anchor(self.chat)
        now = fields.Datetime.now()
        lesson = self.plan(now - timedelta(minutes=5))
        self.assertNotIn("href", self.today(self.amina)[0])
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, now, open_key=key, tg_call_id=5)
        self.ring()
        link = "https://t.me/c/%s/17" % self.chat._row().tg_chat_id
        self.assertIn('<a href="%s">Join</a>' % link, self.today(self.amina)[0])
        self.assertIn(">Rejoindre</a>", self.today(self.amina, lang="fr_FR")[0])
        self.assertNotIn("href", self.today(self.amina, may_join=False)[0])

    def test_answer__in_the_persons_language(self):
        self.amina.lang = "fr_FR"
        account = self.link(self.amina)
        self.assertIn("pas de séance", self.answer(account))
        self.plan(fields.Datetime.now())
        self.assertIn("Vecteurs &lt;b&gt;", self.answer(account))

    def test_answer__guardian_is_told_of_the_child_without_a_link(self):
        self.anchor(self.chat)
        now = fields.Datetime.now()
        lesson = self.plan(now - timedelta(minutes=5))
        key = LessonClock(lesson).key("open")
        self.tell("call_opened", self.chat, now, open_key=key, tg_call_id=5)
        self.ring()
        mother = self.env["res.partner"].create({"name": "Mère", "lang": "en_US"})
        account = self.link(mother)
        self.assertIn("no lesson", self.answer(account))
        wards = type(mother)._telegram_wards
        child = self.amina

        def with_child(partners):
            return wards(partners) | (child if mother in partners else partners.browse())

        with patch.object(type(mother), "_telegram_wards", with_child):
            said = self.answer(account)
        self.assertIn("<b>Amina</b>\n• ", said)
        self.assertNotIn("Mère", said)
        self.assertNotIn("t.me", said)
