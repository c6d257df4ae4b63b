from datetime import datetime, timedelta

from odoo.tests.common import SavepointCase


class SchoolCase(SavepointCase):
    """A classroom with two students, a teacher and a supervisor; a lesson two hours ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # texts are compared in English, whatever the user's own language is
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.env.company.country_id = cls.env.ref("base.fr")
        partners = cls.env["res.partner"]
        cls.amina, cls.bilal, cls.teacher, cls.supervisor = (
            partners.create({"name": name, "student_number": number})
            for name, number in (
                ("Amina Zérouki", "T1"),
                ("Bilal O'Neil", "T2"),
                ("Mme Thalès", False),
                ("M. Wójcik", False),
            )
        )
        # not today: by the classroom's clock the lesson two hours ago may have been yesterday
        since = {"date_from": datetime.utcnow().date() - timedelta(days=7)}
        cls.classroom = cls.env["small_school.classroom"].create(
            {
                "name": "Algèbre 2",
                "tz": "Europe/Paris",
                "enrolment_ids": [
                    (0, 0, dict(since, partner_id=one.id)) for one in (cls.amina, cls.bilal)
                ],
                "assignment_ids": [
                    (0, 0, dict(since, partner_id=cls.teacher.id, role="teacher")),
                    (0, 0, dict(since, partner_id=cls.supervisor.id, role="supervisor")),
                ],
            }
        )
        start = datetime.utcnow().replace(microsecond=0) - timedelta(hours=2)
        cls.lesson = cls.env["small_school.lesson"].create(
            {
                "classroom_id": cls.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )

    @classmethod
    def user(cls, login, groups, partner=None):
        """Create a user with exactly these groups."""
        vals = {"login": login, "groups_id": [(6, 0, [cls.env.ref(one).id for one in groups])]}
        vals.update({"partner_id": partner.id} if partner else {"name": login})
        return cls.env["res.users"].with_context(no_reset_password=True).create(vals)

    def enrolment(self, partner):
        return self.classroom.enrolment_ids.filtered(
            lambda one: one.partner_id == partner and one.state != "ended"
        )

    def line(self, partner):
        return self.lesson.line_ids.filtered(lambda one: one.partner_id == partner)
