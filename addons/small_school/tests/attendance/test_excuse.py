import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ...models.timetable.lesson_times import local_start
from ..common import SchoolCase

PDF = base64.b64encode(b"%PDF-1.4 certificate")


@tagged("post_install", "-at_install")
class TestExcuse(SchoolCase):
    """A family asks, a supervisor decides, the sheets follow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        english = cls.env["res.lang"].with_context(active_test=False)
        english.search([("code", "=", "en_US")]).active = True
        cls.mother = cls.env["res.partner"].create(
            {"name": "Mme Zérouki", "email": "mother@example.com", "lang": "en_US"}
        )
        cls.amina.guardian_ids = cls.mother
        # a day later is the next day here: no clock is put forward in the night
        cls.classroom.tz = "UTC"
        cls.prof = cls.user("prof", ["small_school.group_teacher"], cls.teacher)
        cls.boss = cls.user("boss", ["small_school.group_supervisor"], cls.supervisor)
        cls.boss.lang = "en_US"

    def ask(self, **values):
        """Ask for an excuse, as the portal does."""
        return self.env["small_school.excuse"].create(
            dict(
                {"partner_id": self.amina.id, "asked_by_id": self.mother.id, "reason": "fever"},
                **values,
            )
        )

    def day(self, days=0):
        return local_start(self.lesson).date() + timedelta(days=days)

    def mails(self):
        return self.env["mail.mail"].search([("recipient_ids", "=", self.mother.id)])

    def test_asked__the_supervisor_is_told_without_the_reason(self):
        excuse = self.ask(lesson_id=self.lesson.id, document=PDF, document_name="certificat.pdf")
        self.assertEqual((excuse.date_from, excuse.date_to), (self.day(), self.day()))
        self.assertEqual(excuse.classroom_ids, self.classroom)
        self.assertTrue(excuse.has_document)
        [activity] = excuse.activity_ids
        self.assertEqual(activity.user_id, self.boss)
        self.assertIn("Amina Zérouki", activity.summary)
        self.assertNotIn("fever", "%s %s" % (activity.summary, activity.note))
        self.assertFalse(excuse.message_partner_ids - self.boss.partner_id)

    def test_accepted__is_in_the_sheets_there_are_and_in_those_to_come(self):
        self.lesson.action_all_present()
        self.line(self.amina).action_take_back()
        excuse = self.ask(date_from=self.day(-1), date_to=self.day(1))
        excuse.with_user(self.boss).action_accept()
        self.assertEqual(self.line(self.amina).status, "excused")
        self.assertEqual(excuse.line_ids, self.line(self.amina))
        self.assertEqual((excuse.state, excuse.decided_by), ("accepted", self.boss))
        self.assertFalse(excuse.activity_ids)
        later = self.lesson.copy(
            {
                "start": self.lesson.start + timedelta(days=1),
                "stop": self.lesson.stop + timedelta(days=1),
            }
        )
        after = self.lesson.copy(
            {
                "start": self.lesson.start + timedelta(days=2),
                "stop": self.lesson.stop + timedelta(days=2),
            }
        )
        (later | after).action_prepare_sheet()
        statuses = {
            line.lesson_id: line.status
            for line in (later | after).mapped("line_ids")
            if line.partner_id == self.amina
        }
        self.assertEqual(statuses, {later: "excused", after: "unknown"})

    def test_answer__is_mailed_with_its_word(self):
        excuse = self.ask(date_from=self.day())
        with self.assertRaises(UserError):
            excuse.with_user(self.boss).action_refuse()
        excuse.with_user(self.boss).answer = "No certificate <b>"
        excuse.with_user(self.boss).action_refuse()
        [mail] = self.mails()
        self.assertIn("was refused", mail.body_html)
        self.assertIn("No certificate &lt;b&gt;", mail.body_html)
        self.assertNotIn("fever", mail.body_html)
        with self.assertRaises(UserError):
            excuse.with_user(self.boss).action_accept()

    def test_decision__taken_back(self):
        self.lesson.action_prepare_sheet()
        line = self.line(self.amina)
        line._as_computed().write({"status": "absent", "computed_status": "absent"})
        excuse = self.ask(lesson_id=self.lesson.id)
        excuse.with_user(self.boss).action_accept()
        self.assertEqual((line.status, line.computed_status), ("excused", "absent"))
        excuse.with_user(self.boss).action_reopen()
        self.assertEqual((line.status, line.is_excused), ("absent", False))
        self.assertEqual(excuse.state, "asked")

    def test_what_a_teacher_said__and_a_confirmed_sheet__stay(self):
        self.lesson.action_all_present()
        self.line(self.bilal).action_take_back()
        excuse = self.ask(lesson_id=self.lesson.id)
        excuse.with_user(self.boss).action_accept()
        self.assertEqual(self.line(self.amina).status, "present")
        self.lesson.action_confirm_sheet()
        other = self.ask(partner_id=self.bilal.id, lesson_id=self.lesson.id)
        other.with_user(self.boss).action_accept()
        self.assertEqual(self.line(self.bilal).status, "unknown")
        bodies = " ".join(self.lesson.message_ids.mapped("body"))
        self.assertRegex(bodies, "unlock it|déverrouillez")
        # unlocked, it is taken over unless a line was corrected
        self.lesson.with_user(self.boss).action_unlock_sheet()
        self.assertEqual(self.line(self.bilal).status, "excused")

    def test_refused_before_it_is_asked(self):
        for values in (
            {"reason": " "},
            {"date_from": self.day(), "date_to": self.day(-1)},
            {"date_from": self.day(), "date_to": self.day(200)},
            {"date_from": self.day(-100)},
            {"date_from": False},
            {"document": base64.b64encode(b"<html>")},
            {"document": base64.b64encode(b"%PDF-" + b"x" * 6 * 1024**2)},
            {"partner_id": self.teacher.id},
        ):
            values = dict({"date_from": self.day()}, **values)
            with self.assertRaises(UserError, msg=values), self.env.cr.savepoint():
                self.ask(**values)

    def test_rights(self):
        mine = self.ask(date_from=self.day(), document=PDF)
        other_class = self.classroom.copy({"name": "Chimie"})
        student = self.env["res.partner"].create({"name": "Chloé"})
        self.env["small_school.enrolment"].create(
            {"classroom_id": other_class.id, "partner_id": student.id}
        )
        # which may be another day than Greenwich's
        other = self.ask(partner_id=student.id, date_from=other_class._today())
        excuses = self.env["small_school.excuse"]
        self.assertEqual(excuses.with_user(self.boss).search([]), mine)
        parent = self.user("parent", ["base.group_portal"], self.mother)
        for user in (self.prof, parent):
            with self.assertRaises(AccessError):
                mine.with_user(user).read(["reason"])
            with self.assertRaises(AccessError):
                mine.with_user(user).action_accept()
        with self.assertRaises(AccessError):
            other.with_user(self.boss).action_accept()
        with self.assertRaises(AccessError):
            mine.with_user(self.boss).write({"state": "accepted"})
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "small_school.excuse"), ("res_field", "=", "document")]
        )
        with self.assertRaises(AccessError):
            attachment.with_user(self.prof).read(["datas"])
        # one that came on paper
        paper = excuses.with_user(self.boss).create(
            {"partner_id": self.bilal.id, "date_from": self.day(), "reason": "on paper"}
        )
        self.assertEqual(paper.asked_by_id, self.supervisor)
        paper.with_user(self.boss).asked_by_id = self.mother
        with self.assertRaises(AccessError):
            excuses.with_user(self.boss).create(
                {"partner_id": student.id, "date_from": other_class._today(), "reason": "x"}
            )

    def test_withdrawn__has_no_document_any_more(self):
        excuse = self.ask(date_from=self.day(), document=PDF, document_name="x.pdf")
        excuse._withdraw_request()
        self.assertEqual(excuse.state, "withdrawn")
        self.assertFalse(excuse.document or excuse.document_name or excuse.activity_ids)

    def test_forgotten__what_was_told_and_not_that_they_were_excused(self):
        excuse = self.ask(lesson_id=self.lesson.id, document=PDF)
        self.lesson.action_prepare_sheet()
        excuse.with_user(self.boss).action_accept()
        old = fields.Date.today() - timedelta(days=400)
        excuse.write({"date_from": old, "date_to": old})
        self.env["small_school.excuse"]._cron_prune()
        self.assertFalse(excuse.reason or excuse.document or excuse.has_document)
        self.assertEqual(self.line(self.amina).status, "excused")
