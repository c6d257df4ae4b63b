from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import Form, tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install", "telegram_rights")
class TestRights(ClassroomCase):
    """Each role's view of the Telegram side; ordinary work needs no right on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {}
        for role, partner in (
            ("teacher", cls.teacher),
            ("supervisor", cls.supervisor),
            ("manager", cls.env["res.partner"].create({"name": "La direction"})),
        ):
            group = cls.env.ref("small_school.group_%s" % role)
            cls.users[role] = (
                cls.env["res.users"]
                .with_context(no_reset_password=True)
                .create(
                    {
                        "login": "tg-" + role,
                        "partner_id": partner.id,
                        "groups_id": [(6, 0, [group.id])],
                    }
                )
            )
        cls.other = cls.env["small_school.classroom"].create({"name": "Autre", "code": "TG-X"})
        for chat in (cls.chat, cls.other.telegram_chat_id):
            cls.env.cr.execute(
                "INSERT INTO telegram_member (chat_id, partner_id, state) VALUES (%s, %s, 'in')",
                [chat.id, cls.amina.id],
            )

    def test_members__seen_by(self):
        own, other = self.chat, self.other.telegram_chat_id
        for role, chats in (("teacher", own), ("supervisor", own), ("manager", own | other)):
            members = self.env["telegram.member"].with_user(self.users[role])
            found = members.search([("chat_id", "in", (own | other).ids)])
            self.assertEqual(found.sudo().mapped("chat_id"), chats, role)

    def test_members__decided_about_by_their_supervisor(self):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, seen_status, state)"
            " SELECT id, 4711, 'in', 'guest' FROM telegram_chat WHERE id IN %s",
            [(self.chat.id, self.other.telegram_chat_id.id)],
        )
        guests = self.env["telegram.member"].search([("tg_user_id", "=", 4711)])
        own = guests.filtered(lambda one: one.chat_id == self.chat)
        with self.assertRaises(AccessError):
            own.with_user(self.users["teacher"]).action_let_in()
        with self.assertRaises(AccessError, msg="another classroom's"):
            guests.with_user(self.users["supervisor"]).action_turn_away()
        own.with_user(self.users["supervisor"]).action_let_in()
        decided = self.env["telegram.guest"].search([("tg_user_id", "=", 4711)])
        self.assertEqual(decided.chat_id, self.chat)
        self.assertEqual(decided.decided_uid, self.users["supervisor"])

    def test_members__their_supervisor_finds_the_buttons(self):
        own = self.env["telegram.member"].search([("chat_id", "=", self.chat.id)])
        for role, is_shown in (("teacher", False), ("supervisor", True), ("manager", True)):
            for member in own.with_user(self.users[role]):
                member.invalidate_cache()
                self.assertEqual(member.may_decide, is_shown, role)

    def test_outbox__seen_by_nobody_of_the_school(self):
        for role, user in self.users.items():
            with self.assertRaises(AccessError, msg=role):
                self.env["telegram.outbox"].with_user(user).search([])

    def test_forms__open_for_every_role(self):
        lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": fields.Datetime.now() + timedelta(hours=1),
                "stop": fields.Datetime.now() + timedelta(hours=2),
            }
        )
        for user in self.users.values():
            for record in (self.classroom, lesson, self.chat, self.page(lesson)):
                record.invalidate_cache()
                view = record.with_user(user).fields_view_get(view_type="form")
                record.with_user(user).read([n for n in view["fields"]])
            for action in (
                self.classroom.with_user(user).action_telegram_class(),
                lesson.with_user(user).action_telegram_lesson(),
                self.chat.with_user(user).action_lessons(),
            ):
                self.assertIn(action["res_model"], ("telegram.chat", "telegram.lesson"))

    def test_work__needs_no_telegram_right(self):
        supervisor, manager = self.users["supervisor"], self.users["manager"]
        self.env["small_school.enrolment"].with_user(supervisor).create(
            {"classroom_id": self.classroom.id, "partner_id": self.chloe.id}
        )
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "in"))
        start = fields.Datetime.now() + timedelta(hours=1)
        lesson = (
            self.env["small_school.lesson"]
            .with_user(self.users["teacher"])
            .create(
                {
                    "classroom_id": self.classroom.id,
                    "name": "Fractions",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                }
            )
        )
        lesson.write({"start": start + timedelta(minutes=10)})
        self.assertEqual(
            self.clock(lesson)["open"].due_at, start.replace(microsecond=0) + timedelta(minutes=5)
        )
        with Form(self.env["small_school.classroom"].with_user(manager)) as form:
            form.name = "Nouvelle"
        chat = form.save().sudo().telegram_chat_id
        view = self.env.ref("telegram_school.telegram_chat_settings_form")
        with Form(chat.with_user(manager), view) as settings:
            settings.join_policy = "ask"
        self.assertEqual((chat.name, chat.join_policy), ("Nouvelle", "ask"))
