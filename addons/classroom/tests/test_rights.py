from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import SchoolCase

OPERATIONS = ("read", "write", "create", "unlink")
#: What each role may do: r(ead), w(rite), c(reate), d(elete); "-": nothing at all.
TABLE = """
              classroom enrolment assignment lesson attendance
portal        r         r         -          r      r
internal      -         -         -          -      -
teacher       r         r         r          rwc    rwc
supervisor    rw        rwc       r          rwcd   rwcd
manager       rwcd      rwcd      rwcd       rwcd   rwcd
"""
GROUPS = {
    "portal": ["base.group_portal"],
    "internal": ["base.group_user"],
    "teacher": ["classroom.group_teacher"],
    "supervisor": ["classroom.group_supervisor"],
    "manager": ["classroom.group_manager"],
}


@tagged("post_install", "-at_install")
class TestRights(SchoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = {"portal": cls.amina, "teacher": cls.teacher, "supervisor": cls.supervisor}
        cls.users = {
            role: cls.user("role-" + role, groups, people.get(role))
            for role, groups in GROUPS.items()
        }
        cls.lesson.action_all_present()
        cls.stranger = cls.env["res.partner"].create({"name": "D'ailleurs"})
        cls.other = cls.env["classroom.classroom"].create(
            {"name": "Autre", "enrolment_ids": [(0, 0, {"partner_id": cls.stranger.id})]}
        )

    def test_table(self):
        rows = [line.split() for line in TABLE.strip().splitlines()]
        names = rows[0]
        for row in rows[1:]:
            role, user = row[0], self.users[row[0]]
            for name, allowed in zip(names, row[1:]):
                model = self.env["classroom." + name].with_user(user)
                found = "".join(
                    letter
                    for letter, operation in zip("rwcd", OPERATIONS)
                    if model.check_access_rights(operation, raise_exception=False)
                )
                self.assertEqual(found or "-", allowed, "%s on %s" % (role, name))

    def test_import__is_for_managers(self):
        for role, user in self.users.items():
            wizard = self.env["classroom.import"].with_user(user)
            if role == "manager":
                self.assertTrue(wizard.create({"file": b"eA=="}))
            else:
                with self.assertRaises(AccessError, msg=role):
                    wizard.create({"file": b"eA=="})

    def test_classrooms__seen_by(self):
        both = self.classroom | self.other
        for role, seen in (
            ("portal", self.classroom),
            ("teacher", self.classroom),
            ("supervisor", self.classroom),
            ("manager", both),
        ):
            model = self.env["classroom.classroom"].with_user(self.users[role])
            found = model.search([("id", "in", both.ids)])
            self.assertEqual(found.sudo(), seen, role)

    def test_student__sees_no_line_but_their_own(self):
        lines = self.env["classroom.attendance"].with_user(self.users["portal"]).search([])
        self.assertEqual(lines.sudo().mapped("partner_id"), self.amina)
        with self.assertRaises(AccessError):
            self.line(self.bilal).with_user(self.users["portal"]).read(["status"])

    def test_teacher__cannot_change_another_classroom(self):
        with self.assertRaises(AccessError):
            self.env["classroom.lesson"].with_user(self.users["teacher"]).create(
                {
                    "classroom_id": self.other.id,
                    "name": "Intrusion",
                    "start": self.lesson.start,
                    "stop": self.lesson.stop,
                }
            )
