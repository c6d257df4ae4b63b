from datetime import timedelta

import pytz

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.lesson_register.services.record import RecordPaper
from odoo.addons.lesson_register.services.register import RegisterPaper
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.telegram_school.services.attendance.papers import TelegramSource
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet

from .common import ClassroomCase

#: Role → what of the class it sees of our tables: its chat, its lesson, the lines of the sheet.
#: "own": the line of the pupil alone, and of a final sheet only. See docs/dev/rights.md.
SEEN = {
    "teacher": ("chat", "lesson", "all"),
    "supervisor": ("chat", "lesson", "all"),
    "teacher, ended yesterday": (),
    "supervisor, ended an hour ago": (),
    "teacher, yet to begin": (),
    "teacher, begun an hour ago": ("chat", "lesson", "all"),
    "teacher, begun and ended since": (),
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


class RightsAtThisMoment(ClassroomCase):
    """A class and its users, one of each role; no cron has run since their places changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = fields.Datetime.now()
        cls.lesson = cls.env["small_school.lesson"].create(
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
        self.env["small_school.assignment"].create(
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
        other = self.env["small_school.classroom"].create({"name": "Autre", "code": "TG-X"})
        self.env["small_school.assignment"].create(
            {"classroom_id": other.id, "partner_id": stranger.id, "role": "teacher"}
        )
        self.amina.guardian_ids = guardian
        company = self.env["res.company"].create({"name": "Une autre école"})
        teaches, supervises = "small_school.group_teacher", "small_school.group_supervisor"
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
            "manager": self.user("manager", group="small_school.group_manager"),
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

    def papers(self, user):
        """Return the papers that the user gets, as SEEN names what they are made of."""
        source, day = TelegramSource(self.env(user=user)), fields.Date.today()
        period = (day - timedelta(days=7), day + timedelta(days=7))
        makers = (
            ("chat", lambda: RegisterPaper(source, self.chat.with_user(user), *period).table()),
            ("lesson", lambda: SheetPaper(source, self.ours.with_user(user)).table()),
            ("all", lambda: RecordPaper(source, self.bilal.with_user(user), *period).table()),
            ("own", lambda: RecordPaper(source, self.amina.with_user(user), *period).table()),
        )
        self.env["telegram.lesson"].invalidate_cache()
        given = []
        for name, make in makers:
            try:
                self.assertTrue(make().rows, (user.login, name))
                given.append(name)
            except AccessError:
                pass
        return tuple(name for name in given if name != "own" or "all" not in given)

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


@tagged("post_install", "-at_install", "telegram_rights")
class TestRightsAtThisMoment(RightsAtThisMoment):
    """Rights on our own tables, by search and by read."""

    def test_each_role(self):
        self.assertGreater(len(self.lines), 2)
        users = self.people()
        for role, user in users.items():
            self.assertEqual(self.seen(user), SEEN[role], role)

    def test_papers__each_role(self):
        """A sheet, a register and a record say nothing that one may not see otherwise."""
        for role, user in self.people().items():
            self.assertEqual(self.papers(user), SEEN[role], role)

    def test_teacher__begins_at_their_moment(self):
        """A place that has yet to begin gives rights from its very moment on, before the cron that
        puts the person onto the roster; the group has to wait for that."""
        partner = self.env["res.partner"].create({"name": "Mme Nouvelle"})
        user = self.user("new", partner, "small_school.group_teacher")
        today = self.classroom._today()
        assignment = self.env["small_school.assignment"].create(
            {
                "classroom_id": self.classroom.id,
                "partner_id": partner.id,
                "role": "teacher",
                "date_from": today + timedelta(days=1),
                "date_to": today + timedelta(days=9),
            }
        )
        planned = self.env["telegram.planned.place"].sudo()
        row = planned.search([("partner_id", "=", partner.id)])
        local = pytz.utc.localize(row.valid_from).astimezone(pytz.timezone(self.classroom.tz))
        self.assertEqual((local.date(), local.hour), (assignment.date_from, 0))
        self.assertEqual(row.valid_until - row.valid_from, timedelta(days=9))
        self.assertEqual(self.seen(user), SEEN["teacher, yet to begin"])
        hour = timedelta(hours=1)
        row.valid_from = fields.Datetime.now() - hour
        self.assertEqual(self.seen(user), SEEN["teacher, begun an hour ago"])
        self.assertNotIn(partner.id, self.roster(self.chat))  # which the gateway reads
        row.is_barred = True
        self.assertEqual(self.seen(user), SEEN["teacher, yet to begin"])
        row.is_barred = False
        row.write({"valid_from": row.valid_from - hour, "valid_until": row.valid_from})
        self.assertEqual(self.seen(user), SEEN["teacher, begun and ended since"])

        # the cron comes
        assignment.flush()
        self.env.cr.execute(
            "UPDATE small_school_assignment SET date_from = %s WHERE id = %s",
            [today, assignment.id],
        )
        assignment.invalidate_cache()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assertFalse(planned.search([("partner_id", "=", partner.id)]))
        self.assertEqual(self.roster(self.chat)[partner.id], ("teacher", "in"))
        self.assertEqual(self.seen(user), SEEN["teacher"])

    def test_place_to_come__goes_with_what_it_follows_from(self):
        partner = self.env["res.partner"].create({"name": "Mme Nouvelle"})
        places = self.env["telegram.planned.place"].sudo()

        def planned():
            return places.search([("partner_id", "=", partner.id)])

        tomorrow = self.classroom._today() + timedelta(days=1)
        values = {"classroom_id": self.classroom.id, "partner_id": partner.id}
        assignment = self.env["small_school.assignment"].create(dict(values, date_from=tomorrow))
        self.assertEqual(planned().role, "teacher")
        assignment.role = "supervisor"
        self.assertEqual(planned().role, "supervisor")
        partner.student_blocked = True
        self.assertTrue(planned().is_barred)
        partner.student_blocked = False
        self.assertFalse(planned().is_barred)
        self.classroom.active = False
        self.assertFalse(planned())
        self.classroom.active = True
        self.assertTrue(planned())
        assignment.unlink()
        self.assertFalse(planned())
        # of a student's place no right follows
        self.enrol(partner, date_from=tomorrow)
        self.assertFalse(planned())

    def test_former_pupil__keeps_what_is_theirs(self):
        user = self.user("former", self.amina, "base.group_portal")
        self.enrolments(self.amina).action_unenrol()
        self.assertEqual(self.seen(user), SEEN["former pupil"])
        self.assertEqual(self.papers(user), SEEN["former pupil"])

    def test_pupil__sees_a_sheet_once_it_is_final(self):
        user = self.user("pupil", self.amina, "base.group_portal")
        self.ours._set(self.lesson, sheet_state="live")
        self.assertEqual(self.seen(user), ())

    def test_substitute__before_after_and_no_longer(self):
        partner = self.env["res.partner"].create({"name": "M. Remplaçant"})
        user = self.user("substitute", partner, "small_school.group_teacher")
        self.assertEqual(self.seen(user), ())
        self.lesson.substitute_id = partner
        self.assertEqual(self.seen(user), SEEN["substitute, of a lesson that is over"])
        hours = timedelta(hours=6)
        self.assertEqual(self.papers(user), SEEN["substitute, of a lesson that is over"])
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
            "teacher, yet to begin",
            "teacher, begun an hour ago",
            "teacher, begun and ended since",
        }
        self.assertEqual(tried, set(SEEN))


#: Role → whether it sees questions about the account of a student of the class, and of its teacher.
ASKED = {
    "teacher": (False, False),
    "supervisor": (True, False),
    "teacher, ended yesterday": (False, False),
    "supervisor, ended an hour ago": (False, False),
    "supervisor, yet to begin": (False, False),
    "supervisor, begun an hour ago": (True, False),
    "pupil": (False, False),
    "guardian": (False, False),
    "another class's teacher": (False, False),
    "another class's supervisor": (False, False),
    "another school's administrator": (False, False),
    "employee": (False, False),
    "reader": (True, True),
    "manager": (True, True),
}


@tagged("post_install", "-at_install", "telegram_rights")
class TestQuestionsAtThisMoment(RightsAtThisMoment):
    """Rights on questions about Telegram accounts, by search and by read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts, cls.questions = cls.env["telegram.contact"].sudo(), []
        school = cls.env.company
        for account, partner in ((9001, cls.amina), (9002, cls.teacher)):
            partner.company_id = school
            contact = contacts._suggest(partner, account, {"name": partner.name})
            cls.questions.append(cls.env["telegram.question"]._ask(contact, "suggested"))

    def asked(self, user):
        return tuple(self.sees(user, question) for question in self.questions)

    def people(self):
        users = super().people()
        partners = self.env["res.partner"]
        new, stranger = partners.create([{"name": "M. Nouveau"}, {"name": "M. Ailleurs"}])
        other = self.env["small_school.classroom"].create({"name": "Ailleurs", "code": "TG-Y"})
        self.env["small_school.assignment"].create(
            [
                {
                    "classroom_id": self.classroom.id,
                    "partner_id": new.id,
                    "role": "supervisor",
                    "date_from": self.classroom._today() + timedelta(days=1),
                },
                {"classroom_id": other.id, "partner_id": stranger.id, "role": "supervisor"},
            ]
        )
        group = "small_school.group_supervisor"
        users["supervisor, yet to begin"] = self.user("new", new, group)
        users["another class's supervisor"] = self.user("elsewhere", stranger, group)
        # the roster was computed again meanwhile
        now = fields.Datetime.now()
        self.pass_end(users["teacher, ended yesterday"].partner_id, now - timedelta(days=1))
        self.pass_end(users["supervisor, ended an hour ago"].partner_id, now - timedelta(hours=1))
        return users

    def test_each_role(self):
        users = self.people()
        for role, user in users.items():
            self.assertEqual(self.asked(user), ASKED[role], role)
        new = users["supervisor, yet to begin"]
        place = self.env["telegram.planned.place"].sudo()
        place = place.search([("partner_id", "=", new.partner_id.id)])
        place.valid_from = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.asked(new), ASKED["supervisor, begun an hour ago"])
        self.assertEqual(set(users) | {"supervisor, begun an hour ago"}, set(ASKED))

    def test_former_pupil__stays_their_supervisors(self):
        user = self.user("supervisor", self.supervisor, "small_school.group_supervisor")
        self.enrolments(self.amina).action_unenrol()
        self.assertEqual(self.asked(user), ASKED["supervisor"])
