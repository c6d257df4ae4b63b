from datetime import timedelta

from odoo import fields

from odoo.addons.telegram_school.tests.common import TelegramSchoolCase


class ClassroomCase(TelegramSchoolCase):
    """A classroom of two students, a teacher and a supervisor; French, in Paris."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.amina, cls.bilal, cls.chloe, cls.teacher, cls.supervisor = partners.create(
            [{"name": name} for name in ("Amina", "Bilal", "Chloé", "Mme Roux", "M. Petit")]
        )
        cls.classroom = cls.env["small_school.classroom"].create(
            {"name": "Mathématiques 3e A", "code": "TG-M3A", "tz": "Europe/Paris", "lang": "fr_FR"}
        )
        cls.chat = cls.classroom.telegram_chat_id
        cls.env["small_school.enrolment"].create(
            [
                {
                    "classroom_id": cls.classroom.id,
                    "partner_id": partner.id,
                    # not on the day of the lessons that are looked at
                    "date_from": fields.Date.today() - timedelta(days=1000),
                }
                for partner in (cls.amina, cls.bilal)
            ]
        )
        cls.env["small_school.assignment"].create(
            [
                {
                    "classroom_id": cls.classroom.id,
                    "partner_id": partner.id,
                    "role": role,
                    # by the classroom's clock a lesson of an hour ago may have been yesterday
                    "date_from": fields.Date.today() - timedelta(days=7),
                }
                for partner, role in ((cls.teacher, "teacher"), (cls.supervisor, "supervisor"))
            ]
        )
        cls.open_group(cls.chat)

    def enrol(self, partner, **values):
        return self.env["small_school.enrolment"].create(
            dict(values, classroom_id=self.classroom.id, partner_id=partner.id)
        )

    def enrolments(self, partner):
        return self.env["small_school.enrolment"].search(
            [("classroom_id", "=", self.classroom.id), ("partner_id", "=", partner.id)]
        )
