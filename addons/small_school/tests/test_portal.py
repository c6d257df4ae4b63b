from datetime import timedelta

from odoo import fields
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
        classroom = self.env["small_school.classroom"].create(
            {
                "name": "Portail",
                "enrolment_ids": [(0, 0, {"partner_id": one.id}) for one in (mine, others)],
            }
        )
        for subject, partner in (("Pour Amina", mine), ("Pour Bilal", others)):
            lesson = self.env["small_school.lesson"].create(
                {
                    "classroom_id": classroom.id,
                    "name": subject,
                    "start": "2026-03-02 09:00:00",
                    "stop": "2026-03-02 10:00:00",
                }
            )
            self.env["small_school.attendance"].create(
                {"lesson_id": lesson.id, "partner_id": partner.id, "status": "present"}
            )
            lesson.write({"state": "held", "sheet_state": "final"})
        self.authenticate("amina", "amina")
        page = self.url_open("/my/attendance").text
        self.assertNotIn("Pour Amina", page)  # too long ago
        page = self.url_open("/my/attendance?days=0").text
        self.assertIn("Pour Amina", page)
        self.assertIn("100 %", page)
        self.assertNotIn("Pour Bilal", page)
        # nobody sees a stranger's record by asking for it
        page = self.url_open("/my/attendance?days=0&who=%s" % others.id).text
        self.assertNotIn("Pour Bilal", page)
        # a guardian sees the child's
        others.guardian_ids = mine
        page = self.url_open("/my/attendance?days=0&who=%s" % others.id).text
        self.assertIn("Pour Bilal", page)
        self.assertIn("Bilal Portail", page)
        for odd in ("days=x", "days=-1", "who=x"):
            self.assertEqual(self.url_open("/my/attendance?" + odd).status_code, 200)

        classroom.enrolment_ids.action_unenrol()
        page = self.url_open("/my/attendance?days=0")  # former students keep their attendance
        self.assertEqual(page.status_code, 200)
        self.assertIn("Portail", page.text)
        self.assertIn("Pour Amina", page.text)

    def test_my_attendance__of_a_lesson_that_runs_says_so_and_no_more(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        group = self.env.ref("base.group_portal")
        child, mother = (
            users.create(
                {
                    "name": login,
                    "login": login,
                    "password": login,
                    "groups_id": [(6, 0, [group.id])],
                }
            ).partner_id
            for login in ("child", "mother")
        )
        child.guardian_ids = mother
        classroom = self.env["small_school.classroom"].create(
            {"name": "Portail", "enrolment_ids": [(0, 0, {"partner_id": child.id})]}
        )
        start = fields.Datetime.now() - timedelta(minutes=20)
        lessons = self.env["small_school.lesson"].create(
            [
                {
                    "classroom_id": classroom.id,
                    "name": name,
                    "start": start + hours * timedelta(hours=1),
                    "stop": start + (hours + 1) * timedelta(hours=1),
                    "state": state,
                }
                for name, hours, state in (("Running", 0, "open"), ("To come", 24, "planned"))
            ]
        )
        lines = self.env["small_school.attendance"].create(
            [{"lesson_id": one.id, "partner_id": child.id} for one in lessons]
        )
        lines._as_computed().write({"status": "absent", "computed_status": "absent", "minutes": 1})
        for login in ("child", "mother"):
            self.authenticate(login, login)
            page = self.url_open("/my/attendance").text
            self.assertIn("Running", page)
            self.assertIn("o_in_progress", page)
            self.assertNotIn("To come", page)
            for word in ("Absent", "text-danger", "1 min<", "0 %"):
                self.assertNotIn(word, page)
        lessons[0].write({"state": "held", "sheet_state": "final"})
        for login in ("child", "mother"):
            self.authenticate(login, login)
            page = self.url_open("/my/attendance").text
            self.assertNotIn("o_in_progress", page)
            self.assertIn("text-danger", page)

    def test_my_attendance__asks_strangers_to_log_in(self):
        self.assertIn("/web/login", self.url_open("/my/attendance").url)
