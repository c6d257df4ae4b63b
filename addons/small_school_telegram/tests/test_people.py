from odoo.tests.common import Form, new_test_user, tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestPeople(ClassroomCase):
    """The page of a class: who is in the group and who is not, the reasons, and the advice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.lang_en").active = True
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US"))
        cls.chat = cls.env["telegram.chat"].browse(cls.chat.id)
        cls.boss = new_test_user(
            cls.env,
            "tg-boss",
            groups="small_school.group_manager,telegram_base.group_manager",
            lang="en_US",
        )
        cls.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link)"
            " VALUES (%s, 901, 'ready', 'https://t.me/+room') ON CONFLICT (chat_id) DO UPDATE"
            " SET tg_chat_id = 901, state = 'ready', invite_link = excluded.invite_link",
            [cls.chat.id],
        )

    def _member(self, state, partner=None, tg_user_id=None, **columns):
        values = dict(
            columns,
            chat_id=self.chat.id,
            partner_id=partner and partner.id,
            tg_user_id=tg_user_id,
            state=state,
        )
        names = sorted(values)
        self.env.cr.execute(
            "INSERT INTO telegram_member (%s) VALUES (%s) RETURNING id"
            % (", ".join(names), ", ".join(["%s"] * len(names))),
            [values[name] for name in names],
        )
        (number,) = self.env.cr.fetchone()
        self.env["telegram.member"].invalidate_cache()
        self.chat.invalidate_cache()
        return self.env["telegram.member"].browse(number).with_user(self.boss)

    def test_form__everybody_in_order_with_counts(self):
        self._member("in", self.amina, 1, seen_status="in")
        self._member("guest", None, 2, seen_status="in", name="Somebody")
        self._member("waiting_link", self.teacher)
        chat = self.chat.with_user(self.boss)
        self.assertEqual(
            chat.member_ids._in_order().mapped("state"), ["guest", "waiting_link", "in"]
        )
        counts = (
            chat.in_count,
            chat.waiting_count,
            chat.decide_count,
        )
        self.assertEqual(counts, (1, 1, 1))
        # enrolled or assigned, and the gateway has not looked since
        self.assertEqual(chat.unseen_names, "Bilal, M. Petit")
        Form(chat)

    def test_form__by_its_teacher(self):
        self.link(self.amina)
        self._member("welcome", self.amina, 1)
        teacher = new_test_user(self.env, "tg-t", groups="small_school.group_teacher", lang="en_US")
        teacher.partner_id = self.teacher
        chat = self.chat.with_user(teacher)
        (member,) = chat.member_ids._in_order()
        self.assertIn("Send it again", member.advice)
        before = len(self.outbox.search([("kind", "=", "send")]))
        member.action_invite_again()
        self.assertEqual(len(self.outbox.search([("kind", "=", "send")])), before + 1)

    def test_undecided__enrolled_with_a_click(self):
        self.chat.join_policy = "ask"
        account = self.link(self.chloe)
        self.tell("request_waiting", self.chat, tg_user_id=account, name="Chloé", roster=None)
        self.ring()
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "undecided"))
        member = self._member("undecided", self.chloe, account, seen_status="requested")
        self.assertEqual(member.standing, "decide")
        member.action_enrol()
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "in"))
        self.assertEqual(self.enrolments(self.chloe).state, "active")

    def test_undecided__turned_away_with_a_click(self):
        self.chat.join_policy = "ask"
        account = self.link(self.chloe)
        self.tell("request_waiting", self.chat, tg_user_id=account, name="Chloé", roster=None)
        self.ring()
        member = self._member("undecided", self.chloe, account, seen_status="requested")
        member.action_not_enrol()
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("student", "out"))
        self.assertFalse(self.enrolments(self.chloe))

    def test_contacts_directly__said_on_the_classroom(self):
        self.assertTrue(self.classroom.telegram_add_contacts)
        before = len(self.commands(self.chat, kind="reconcile"))
        view = self.env.ref("telegram_school.telegram_chat_settings_form")
        with Form(self.chat.with_user(self.boss), view) as form:
            form.add_contacts = False
        self.assertFalse(self.chat.add_contacts)
        self.assertGreater(len(self.commands(self.chat, kind="reconcile")), before)
        new = self.env["small_school.classroom"].create(
            {"name": "Neuve", "code": "TG-N", "telegram_add_contacts": False}
        )
        self.assertFalse(new.telegram_chat_id.add_contacts)

    def test_held__confirmed_on_the_form(self):
        self._member("held", self.amina, 1, seen_status="in")
        chat = self.chat.with_user(self.boss)
        self.assertEqual(chat.held_count, 1)
        chat.action_allow_removals()
        newest = self.commands(self.chat, kind="reconcile").sorted("id")[-1]
        self.assertEqual(newest._payload(), {"allow_removals": [1]})
