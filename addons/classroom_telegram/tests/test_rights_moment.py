from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.telegram_classroom.services.attendance.sheet import LessonSheet

from .common import ClassroomCase

#: Role → what of the class it sees of our tables: its chat, its lesson, the lines of the sheet.
#: "own": the line of the pupil alone, and of a final sheet only. See docs/dev/rights.md.
SEEN = {
    "teacher": ("chat", "lesson", "all"),
    "supervisor": ("chat", "lesson", "all"),
    "teacher, ended yesterday": (),
    "supervisor, ended an hour ago": (),
    "substitute": ("lesson", "all"),
    "substitute, of a lesson that is over": ("lesson", "all"),
    "substitute, no longer": (),
    "pupil": ("own",),
    "former pupil": ("own",),
    "guardian": ("own",),
    "another class's teacher": (),
    "another school's administrator": (),
    "employee": (),
    "reader": ("chat", "lesson", "all"),
    "manager": ("chat", "lesson", "all"),
}


@tagged("post_install", "-at_install", "telegram_rights")
class TestRightsAtThisMoment(ClassroomCase):
    """Rights on our own tables, by search and by read; no cron has run since the change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = fields.Datetime.now()
        cls.lesson = cls.env["classroom.lesson"].create(
            {
                "classroom_id": cls.classroom.id,
                "name": "Fractions",
                "start": now - timedelta(hours=2),
                "stop": now - timedelta(hours=1),
            }
        )
        LessonSheet(cls.lesson).finish()
        cls.ours = cls.env["telegram.lesson"]._of(cls.lesson)
        cls.lines = cls.env["telegram.attendance"].search([("lesson_id", "=", cls.ours.id)])
        cls.own_line = cls.lines.filtered(lambda line: line.partner_id == cls.amina)

    def user(self, role, partner=None, group="base.group_user", **values):
        partner = partner or self.env["res.partner"].create({"name": role})
        groups = [(6, 0, [self.env.ref(group).id])]
        values = dict(values, login="moment " + role, partner_id=partner.id, groups_id=groups)
        return self.env["res.users"].with_context(no_reset_password=True).create(values)

    def assign(self, role, partner):
        """Put somebody on the roster until tomorrow."""
        self.env["classroom.assignment"].create(
            {
                "classroom_id": self.classroom.id,
                "partner_id": partner.id,
                "role": role,
                "date_from": fields.Date.today() - timedelta(days=7),
                "date_to": fields.Date.today() + timedelta(days=1),
            }
        )

    def pass_end(self, partner, ended_at):
        """Let time go on: the place ended then (naive UTC), and no cron has run since."""
        self.env.cr.execute(
            "UPDATE telegram_roster SET valid_until = %s WHERE chat_id = %s AND partner_id = %s"
            " AND valid_until IS NOT NULL AND status = 'in' RETURNING id",
            [ended_at, self.chat.id, partner.id],
        )
        self.assertTrue(self.env.cr.fetchone(), "the roster knows when the place ends")

    def people(self):
        """Return {role: its user}."""
        partners = self.env["res.partner"]
        now = fields.Datetime.now()
        old, ended, stranger, guardian = partners.create(
            [{"name": name} for name in ("M. Ancien", "Mme Finie", "Mme Autre", "Mère d'Amina")]
        )
        self.assign("teacher", old)
        self.assign("supervisor", ended)
        other = self.env["classroom.classroom"].create({"name": "Autre", "code": "TG-X"})
        self.env["classroom.assignment"].create(
            {"classroom_id": other.id, "partner_id": stranger.id, "role": "teacher"}
        )
        self.amina.guardian_ids = guardian
        company = self.env["res.company"].create({"name": "Une autre école"})
        teaches, supervises = "classroom.group_teacher", "classroom.group_supervisor"
        users = {
            "teacher": self.user("teacher", self.teacher, teaches),
            "supervisor": self.user("supervisor", self.supervisor, supervises),
            "teacher, ended yesterday": self.user("old", old, teaches),
            "supervisor, ended an hour ago": self.user("ended", ended, supervises),
            "pupil": self.user("pupil", self.amina, "base.group_portal"),
            "guardian": self.user("guardian", guardian, "base.group_portal"),
            "another class's teacher": self.user("other", stranger, teaches),
            "another school's administrator": self.user(
                "abroad",
                group="telegram_base.group_manager",
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            ),
            "employee": self.user("employee"),
            "reader": self.user("reader", group="telegram_base.group_user"),
            "manager": self.user("manager", group="classroom.group_manager"),
        }
        self.pass_end(old, now - timedelta(days=1))
        self.pass_end(ended, now - timedelta(hours=1))
        return users

    def seen(self, user):
        """Return the user's view, by search and by read, as in SEEN."""
        parts = []
        for name, record in (("chat", self.chat), ("lesson", self.ours)):
            if self.sees(user, record):
                parts.append(name)
        lines = [line for line in self.lines if self.sees(user, line)]
        if lines:
            parts.append("all" if len(lines) == len(self.lines) else "own")
            if parts[-1] == "own":
                self.assertEqual(lines, [self.own_line])
        return tuple(parts)

    def sees(self, user, record):
        mine = record.with_user(user)
        mine.invalidate_cache()
        try:
            is_found = bool(mine.search([("id", "=", record.id)]))
        except AccessError:  # no right on the model at all
            is_found = False
        try:
            mine.read(["display_name"])
            is_read = True
        except AccessError:
            is_read = False
        self.assertEqual(is_found, is_read, (user.login, record, "search and read agree"))
        return is_found

    def test_each_role(self):
        self.assertGreater(len(self.lines), 2)
        users = self.people()
        for role, user in users.items():
            self.assertEqual(self.seen(user), SEEN[role], role)

    def test_former_pupil__keeps_what_is_theirs(self):
        user = self.user("former", self.amina, "base.group_portal")
        self.enrolments(self.amina).action_unenrol()
        self.assertEqual(self.seen(user), SEEN["former pupil"])

    def test_pupil__sees_a_sheet_once_it_is_final(self):
        user = self.user("pupil", self.amina, "base.group_portal")
        self.ours._set(self.lesson, sheet_state="live")
        self.assertEqual(self.seen(user), ())

    def test_substitute__before_after_and_no_longer(self):
        partner = self.env["res.partner"].create({"name": "M. Remplaçant"})
        user = self.user("substitute", partner, "classroom.group_teacher")
        self.assertEqual(self.seen(user), ())
        self.lesson.substitute_id = partner
        self.assertEqual(self.seen(user), SEEN["substitute, of a lesson that is over"])
        hours = timedelta(hours=6)
        self.lesson.write({"start": self.lesson.start + hours, "stop": self.lesson.stop + hours})
        self.assertEqual(self.seen(user), SEEN["substitute"])
        self.lesson.substitute_id = False
        self.assertEqual(self.seen(user), SEEN["substitute, no longer"])

    def test_every_role_of_the_table__is_tried(self):
        tried = set(self.people()) | {
            "substitute",
            "substitute, of a lesson that is over",
            "substitute, no longer",
            "former pupil",
        }
        self.assertEqual(tried, set(SEEN))
