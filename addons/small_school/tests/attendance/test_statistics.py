from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ...models.timetable.lesson_times import local_start
from ..common import SchoolCase


class HeldCase(SchoolCase):
    def held(self, days_ago, **statuses):
        """Make a lesson that was held so many days ago. statuses: by the names of the students'
        fields."""
        start = self.lesson.start - timedelta(days=days_ago)
        lesson = self.lesson.copy({"start": start, "stop": start + timedelta(hours=1)})
        for name, status in statuses.items():
            values = {"lesson_id": lesson.id, "partner_id": getattr(self, name).id}
            self.env["small_school.attendance"].create(dict(values, status=status))
        lesson.state = "held"
        return lesson


@tagged("post_install", "-at_install")
class TestStatistics(HeldCase):
    """Rates, grouped in any way."""

    def rates(self, by):
        groups = self.env["small_school.attendance.report"].read_group(
            [("classroom_id", "=", self.classroom.id)], ["rate", "absences"], [by], lazy=False
        )
        return {
            (one[by][0] if isinstance(one[by], tuple) else one[by]): (
                None if one["rate"] is False or one["rate"] is None else round(one["rate"], 1),
                one["absences"],
            )
            for one in groups
        }

    def test_rate__by_student_classroom_and_weekday(self):
        self.enrolment(self.amina).date_from = fields.Date.today() - timedelta(days=30)
        first = self.held(1, amina="present", bilal="partial")
        self.held(2, amina="absent", bilal="excused")
        self.assertEqual(self.rates("partner_id"), {self.amina.id: (50, 1), self.bilal.id: (50, 0)})
        self.assertEqual(self.rates("classroom_id"), {self.classroom.id: (50, 1)})
        weekday = str(local_start(first).weekday())
        self.assertEqual(self.rates("weekday")[weekday], (75, 0))

    def test_rate__by_teacher_the_substitute_counts(self):
        lesson = self.held(1, amina="present")
        lesson.teacher_id = self.teacher
        self.assertEqual(self.rates("teacher_id"), {self.teacher.id: (100, 0)})
        lesson.substitute_id = self.supervisor
        self.assertEqual(self.rates("teacher_id"), {self.supervisor.id: (100, 0)})

    def test_rate__of_a_change_that_is_not_written_yet(self):
        lesson = self.held(1, amina="absent")
        self.assertEqual(self.rates("partner_id"), {self.amina.id: (0, 1)})
        lesson.line_ids.status = "present"
        self.assertEqual(self.rates("partner_id"), {self.amina.id: (100, 0)})

    def test_rate__lessons_that_were_not_held_do_not_count(self):
        self.held(1, amina="absent").write({"state": "open"})
        self.assertEqual(self.rates("partner_id"), {})

    def test_rights__a_teacher_counts_their_own_classes(self):
        self.held(1, amina="present")
        other = self.env["res.partner"].create({"name": "Mme Autre"})
        for partner, count in ((self.teacher, 1), (other, 0)):
            user = self.user("u%s" % partner.id, ["small_school.group_teacher"], partner)
            report = self.env["small_school.attendance.report"].with_user(user)
            seen = report.search_count([("classroom_id", "=", self.classroom.id)])
            self.assertEqual(seen, count)


@tagged("post_install", "-at_install")
class TestRisk(HeldCase):
    """A student who is absent too much is a case: one case, until it is over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.user("surveillant", ["small_school.group_supervisor"], cls.supervisor)
        cls.env.ref("base.lang_en").active = True
        cls.boss.write({"lang": "en_US", "email": "surveillant@example.com"})

    def update(self):
        self.env["small_school.risk"]._cron_risks()
        return self.env["small_school.risk"].search([("classroom_id", "=", self.classroom.id)])

    def test_row__opens_one_case_with_one_activity(self):
        for days in (5, 4, 3):
            self.held(days, amina="absent", bilal="present")
        risk = self.update()
        self.assertEqual((risk.partner_id, risk.reason, risk.in_a_row), (self.amina, "row", 3))
        self.assertEqual(risk.activity_ids.user_id, self.boss)
        self.assertIn("3 times in a row", risk.activity_ids.note)
        self.held(2, amina="absent")
        self.assertEqual(self.update(), risk)
        self.assertEqual((risk.in_a_row, len(risk.activity_ids)), (4, 1))

    def test_activity__done_is_not_asked_again(self):
        for days in (5, 4, 3):
            self.held(days, amina="absent")
        risk = self.update()
        risk.activity_ids.with_user(self.boss).action_feedback("J'ai appelé.")
        self.held(2, amina="absent")
        self.update()
        self.assertFalse(risk.activity_ids)
        self.assertEqual(risk.state, "open")

    def test_over__is_closed_and_may_come_again(self):
        for days in (20, 19, 18):
            self.held(days, amina="absent")
        risk = self.update()
        for days in range(17, 7, -1):
            self.held(days, amina="present")
        self.update()
        self.assertEqual((risk.state, bool(risk.closed_at)), ("closed", True))
        self.assertFalse(risk.activity_ids)
        for days in (3, 2, 1):
            self.held(days, amina="absent")
        self.assertEqual(len(self.update()), 2)

    def test_limits__are_the_school_s(self):
        for days in (5, 4, 3):
            self.held(days, amina="absent")
        school = self.classroom.company_id
        school.write({"small_school_risk_row": 0, "small_school_risk_percent": 0})
        self.assertFalse(self.update())
        school.small_school_risk_row = 2
        self.assertEqual(self.update().in_a_row, 3)
        school.small_school_risk_days = 1
        self.assertEqual(self.update().state, "closed")

    def test_unenrolled__is_no_case(self):
        for days in (5, 4, 3):
            self.held(days, amina="absent")
        risk = self.update()
        self.enrolment(self.amina).write(
            {"state": "ended", "date_to": self.classroom._today() - timedelta(days=1)}
        )
        self.update()
        self.assertEqual(risk.state, "closed")
