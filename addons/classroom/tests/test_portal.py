from odoo.tests.common import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    def test_my_attendance__shows_ones_own_lines_only(self):
        group = self.env.ref("base.group_portal")
        users = self.env["res.users"].with_context(no_reset_password=True)
        mine, others = (
            users.create(
                {
                    "name": name,
                    "login": login,
                    "password": login,
                    "groups_id": [(6, 0, [group.id])],
                }
            ).partner_id
            for name, login in (("Amina Portail", "amina"), ("Bilal Portail", "bilal"))
        )
        classroom = self.env["classroom.classroom"].create(
            {
                "name": "Portail",
                "enrolment_ids": [(0, 0, {"partner_id": one.id}) for one in (mine, others)],
            }
        )
        for subject, partner in (("Pour Amina", mine), ("Pour Bilal", others)):
            lesson = self.env["classroom.lesson"].create(
                {
                    "classroom_id": classroom.id,
                    "name": subject,
                    "start": "2026-03-02 09:00:00",
                    "stop": "2026-03-02 10:00:00",
                }
            )
            self.env["classroom.attendance"].create(
                {"lesson_id": lesson.id, "partner_id": partner.id, "status": "present"}
            )
        self.authenticate("amina", "amina")
        page = self.url_open("/my/attendance").text
        self.assertIn("Pour Amina", page)
        self.assertNotIn("Pour Bilal", page)

    def test_my_attendance__asks_strangers_to_log_in(self):
        self.assertIn("/web/login", self.url_open("/my/attendance").url)
