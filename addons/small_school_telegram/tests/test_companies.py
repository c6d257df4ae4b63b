"""Two schools in one database: who sees which, and in whose company the product works."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet

from .common import ClassroomCase


class CompaniesCase(ClassroomCase):
    """A class of each school, with a lesson that was held and a question about a student."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.classroom.company_id
        cls.second = cls.env["res.company"].create({"name": "Annexe", "telegram_mail": True})
        # the cron's own user works for none of the two
        cls.third = cls.env["res.company"].create({"name": "Siège"})
        for login in ("base.user_root", "base.user_admin"):
            companies = (cls.first | cls.second | cls.third).ids
            values = {"company_ids": [(6, 0, companies)], "company_id": cls.third.id}
            cls.env.ref(login).write(values)
        cls.env = cls.env(user=cls.env.ref("base.user_root"))
        cls.student = cls.env["res.partner"].create(
            {"name": "Driss", "company_id": cls.second.id, "email": "driss@example.com"}
        )
        cls.amina.company_id = cls.first
        cls.annexe = cls.env["small_school.classroom"].create(
            {"name": "Annexe 3e A", "code": "AX-M3A", "company_id": cls.second.id}
        )
        cls.theirs = cls.annexe.telegram_chat_id
        before = fields.Date.today() - timedelta(days=7)
        cls.env["small_school.enrolment"].create(
            {"classroom_id": cls.annexe.id, "partner_id": cls.student.id, "date_from": before}
        )
        cls.open_group(cls.theirs)
        now = fields.Datetime.now()
        cls.lessons = cls.env["small_school.lesson"].create(
            [
                {
                    "classroom_id": one.id,
                    "name": "Fractions",
                    "start": now - timedelta(hours=2),
                    "stop": now - timedelta(hours=1),
                }
                for one in (cls.classroom, cls.annexe)
            ]
        )
        for lesson in cls.lessons:
            LessonSheet(lesson).finish()

    @classmethod
    def assign(cls, partner, role, *classrooms):
        before = fields.Date.today() - timedelta(days=7)
        for one in classrooms:
            values = {"classroom_id": one.id, "partner_id": partner.id, "role": role}
            cls.env["small_school.assignment"].create(dict(values, date_from=before))


@tagged("post_install", "-at_install", "telegram_rights")
class TestRightsOfCompanies(CompaniesCase):
    """Records of one school are hidden from whoever does not work in it at this moment."""

    def of(self, number):
        """{model: a record of the first or the second school}."""
        lesson = self.env["telegram.lesson"]._of(self.lessons[number])
        partner = (self.amina, self.student)[number]
        line = self.env["telegram.attendance"].search(
            [("lesson_id", "=", lesson.id), ("partner_id", "=", partner.id)]
        )
        contacts = self.env["telegram.contact"]
        contact = contacts._suggest(partner, 9100 + number, {"name": partner.name})
        question = self.env["telegram.question"]._ask(contact, "suggested")
        chat = lesson.chat_id
        return [chat, chat.roster_ids[:1], lesson, line, question]

    def user(self, login, group, company, companies, *assigned):
        partner = self.env["res.partner"].create({"name": login})
        self.assign(partner, "supervisor", *assigned)
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": login,
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "company_ids": [(6, 0, companies.ids)],
                    "groups_id": [(6, 0, self.env.ref(group).ids)],
                }
            )
        )

    def sees(self, user, companies, record):
        context = {"allowed_company_ids": companies.ids}
        mine = self.env(user=user, context=context)[record._name].browse(record.id)
        mine.invalidate_cache()
        found = bool(mine.search([("id", "=", record.id)]))
        try:
            mine.read(["display_name"])
            is_read = True
        except AccessError:
            is_read = False
        self.assertEqual(found, is_read, (user.login, record, "search and read agree"))
        return found

    def test_each_company(self):
        both = self.first | self.second
        records = (self.of(0), self.of(1))
        for group in ("telegram_base.group_user", "small_school.group_supervisor"):
            # supervisors are of both classes: what hides one is the company alone
            rooms = (self.classroom, self.annexe) if "supervisor" in group else ()
            one = self.user("one " + group, group, self.first, self.first, *rooms)
            two = self.user("two " + group, group, self.first, both, *rooms)
            other = self.user("other " + group, group, self.second, self.second, *rooms)
            cases = (
                (one, self.first, (True, False)),
                (two, self.first, (True, False)),
                (two, self.second, (False, True)),
                (two, both, (True, True)),
                (two, self.env["res.company"], (True, True)),
                (other, self.second, (False, True)),
            )
            for user, companies, expected in cases:
                for number in (0, 1):
                    for record in records[number]:
                        self.assertEqual(
                            self.sees(user, companies, record),
                            expected[number],
                            (user.login, companies.mapped("name"), record, number),
                        )

    def test_company__that_is_not_theirs_is_refused(self):
        user = self.user("one", "telegram_base.group_user", self.first, self.first)
        with self.assertRaises(AccessError):
            self.sees(user, self.second, self.theirs)


@tagged("post_install", "-at_install")
class TestWorkOfCompanies(CompaniesCase):
    """Facts and crons work in the company of the class that they are about."""

    @contextmanager
    def noted(self, model, name, answer=None):
        """Note in which company a hook is called: list of (record, company, whether no other is
        allowed)."""
        seen, cls = [], type(self.env[model])
        hook = getattr(cls, name)

        def note(record, *args, **kwargs):
            company = record.env.company
            seen.append((record, company, record.env.companies == company))
            result = hook(record, *args, **kwargs)
            return answer if answer is not None else result

        with patch.object(cls, name, note):
            yield seen

    def assert_of_own(self, seen, *classrooms):
        """Each of these classes was worked on, each in its own company."""
        found = {}
        for record, company, is_only in seen:
            classroom = getattr(record, "classroom_id", record)
            if classroom in self.classroom | self.annexe:
                self.assertTrue(is_only, record)
                found.setdefault(classroom, set()).add(company)
        self.assertEqual(found, {one: {one.company_id} for one in classrooms})

    def test_user__works_for_another_company(self):
        self.assertEqual(self.env.company, self.third)

    def test_cron__rosters(self):
        with self.noted("small_school.classroom", "_telegram_changed_people") as seen:
            self.env["telegram.classroom.mixin"]._cron_telegram_rosters()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_cron__lessons(self):
        with self.noted("small_school.lesson", "_telegram_start") as seen:
            self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_cron__sheets_that_are_due(self):
        self.env["telegram.sheet.due"]._mark(self.lessons)
        with self.noted("small_school.lesson", "_telegram_write_sheet") as seen:
            self.env["telegram.sheet.due"]._work()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_cron__reminders_by_mail(self):
        hours = timedelta(hours=5)
        now = fields.Datetime.now()
        for lesson in self.lessons:
            lesson.copy({"start": now + hours, "stop": now + 2 * hours})
        chats = (self.classroom | self.annexe).mapped("telegram_chat_id")
        places = self.env["telegram.roster"].search([("chat_id", "in", chats.ids)])
        places.mapped("partner_id").write({"telegram_mail_wish": "always"})
        with self.noted("small_school.lesson", "_telegram_is_planned") as seen:
            self.env["telegram.notice.mail"]._cron_remind()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_cron__files_that_follow_messages(self):
        for lesson in self.lessons:
            chat = lesson.classroom_id.telegram_chat_id
            lesson.classroom_id.telegram_report_pdf = True
            self.env["telegram.attachment"]._want(chat, lesson, "file:%s" % lesson.id)
        made = {"name": "a.pdf", "mimetype": "application/pdf", "content": b"x"}
        lesson = type(self.env["small_school.lesson"])
        seen = []

        def make(record):
            seen.append((record, record.env.company, record.env.companies == record.env.company))
            return made

        with patch.object(lesson, "_telegram_sheet_file", make):
            self.env["telegram.attachment"].search([])._make()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_cron__invitations(self):
        self.link(self.student)
        self.theirs.is_reviewed = True
        with self.noted("telegram.bot", "_invite_text") as seen:
            self.env["telegram.bot"]._cron_invite()
        self.assertEqual([company for _bot, company, _is_only in seen], [self.second])

    def test_fact__of_a_group(self):
        with self.noted("small_school.classroom", "_telegram_unenrol") as seen:
            for partner, chat in ((self.amina, self.chat), (self.student, self.theirs)):
                self.tell("member_left", chat, tg_user_id=self.link(partner))
            self.ring()
        self.assert_of_own(seen, self.classroom, self.annexe)

    def test_fact__private_message(self):
        accounts = {self.link(self.amina): self.first, self.link(self.student): self.second}
        for account, company in accounts.items():
            with self.noted("telegram.bot", "_telegram_today") as seen:
                message = {"tg_user_id": account, "text": "/today", "message_id": 5}
                self.tell("bot_message", self.env["telegram.chat"], **message)
                self.ring()
            self.assertEqual([one[1:] for one in seen], [(company, True)])

    def test_fact__private_message_of_somebody_in_no_group(self):
        partner = self.env["res.partner"].create({"name": "Zoé", "company_id": self.second.id})
        with self.noted("telegram.bot", "_telegram_today") as seen:
            message = {"tg_user_id": self.link(partner), "text": "/today", "message_id": 5}
            self.tell("bot_message", self.env["telegram.chat"], **message)
            self.ring()
        self.assertEqual([company for _bot, company, _is_only in seen], [self.second])
