import uuid
from datetime import timedelta

from odoo import fields
from odoo.tests.common import HttpCase, new_test_user, tagged

from .common import ClassroomCase

#: Kinds of commands that the clock writes.
CLOCK = ("send", "open_call", "close_call", "announce_call")


class TestArriving(ClassroomCase):
    """A school that has worked for years before it gets Telegram: nothing happens by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["telegram.notice.mail"]
        cls.amina.write({"email": "amina@example.com", "lang": "fr_FR"})

    def old(self, name, people=(), hours=None, company=None):
        """Make a class that existed before the addon."""
        values = {"name": name, "tz": "Europe/Paris", "telegram_enabled": False}
        if company:
            values["company_id"] = company.id
        classroom = self.env["small_school.classroom"].create(values)
        for partner in people:
            enrolment = {"classroom_id": classroom.id, "partner_id": partner.id}
            enrolment["date_from"] = fields.Date.today() - timedelta(days=1000)
            self.env["small_school.enrolment"].create(enrolment)
        if hours:
            self.plan(classroom, hours)
        return classroom

    def plan(self, classroom, hours=5):
        start = fields.Datetime.now() + timedelta(hours=hours)
        stop = start + timedelta(hours=1)
        values = {"classroom_id": classroom.id, "name": "Fractions", "start": start, "stop": stop}
        return self.env["small_school.lesson"].create(values)

    def clock_of(self, chat):
        return self.commands(chat, state="pending").filtered(lambda row: row.kind in CLOCK)

    def mailed(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])

    # -- installation -----------------------------------------------------------------------------

    def test_install__what_was_there_is_not_switched_on(self):
        """A class from before the addon came has no chat, and no group once it has one."""
        old = self.env["small_school.classroom"].create(
            {"name": "Ancienne", "telegram_enabled": False}
        )
        self.env["telegram.chat"]._rows_of(old)[old.id].unlink()
        for _time in range(2):
            old.invalidate_cache()
            self.assertEqual((old.telegram_enabled, bool(old.telegram_chat_id)), (False, False))
            self.env["small_school.classroom"]._cron_telegram_rosters()

    def test_bound__a_class_without_a_group_takes_the_one_that_is_there(self):
        quiet = self.env["small_school.classroom"].create(
            {"name": "Latin", "code": "TG-L", "telegram_enabled": False}
        )
        self.assertFalse(quiet.telegram_chat_id)
        wizard = self.env["telegram.bind.wizard"].create(
            {
                "res_model": quiet._name,
                "res_id": quiet.id,
                "way": "link",
                "link": "https://t.me/+AbC-d_ef12",
            }
        )
        wizard.action_bind()
        chat = quiet.telegram_chat_id
        self.assertEqual(chat.bind, "+AbC-d_ef12")
        self.assertTrue(chat.active and quiet.telegram_enabled and not chat.is_reviewed)

    def test_copied__has_the_settings_of_the_class(self):
        self.classroom.write({"telegram_reminder_minutes": 42, "telegram_join_policy": "enrol"})
        copied = self.classroom.copy({"code": "TG-C"})
        self.assertEqual(
            (copied.telegram_reminder_minutes, copied.telegram_join_policy), (42, "enrol")
        )
        self.assertNotEqual(copied.telegram_chat_id, self.chat)

    def test_new__a_group_by_default(self):
        self.assertTrue(self.env.company.telegram_new_groups)
        new = self.env["small_school.classroom"].create({"name": "Neuve"})
        self.assertTrue(new.telegram_chat_id)

    def test_new__none_where_the_school_says_so(self):
        self.env.company.telegram_new_groups = False
        other = self.env["res.company"].create({"name": "Annexe"})
        new, others, asked = self.env["small_school.classroom"].create(
            [
                {"name": "Neuve"},
                {"name": "De l'annexe", "company_id": other.id},
                {"name": "Voulue", "telegram_enabled": True},
            ]
        )
        self.assertFalse(new.telegram_chat_id)
        self.assertTrue(others.telegram_chat_id, "its own company's setting counts")
        self.assertTrue(asked.telegram_chat_id)

    def test_form__of_a_class_without_a_group_has_no_banner(self):
        """The banner used to show “telegram.chat()”."""
        self.assertFalse(self.old("A").telegram_own_chat_id.title_cut)

    # -- nothing before the group is there ---------------------------------------------------------

    def test_commands__not_before_the_group_is_there(self):
        new = self.env["small_school.classroom"].create({"name": "Neuve", "tz": "Europe/Paris"})
        chat = new.telegram_chat_id
        lesson = self.plan(new)
        self.assertFalse(self.clock_of(chat))
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertFalse(self.clock_of(chat))
        self.open_group(chat)
        self.tell("chat_ready", chat, tg_chat_id=4711, invite_link="https://t.me/+a", title="Neuve")
        self.ring()
        self.assertEqual(set(self.clock(lesson)), {"remind", "open", "close"})

    def test_commands__of_a_group_that_is_still_being_appointed_to(self):
        """Calls of such a group are opened all the same: the cron writes them."""
        new = self.env["small_school.classroom"].create({"name": "Neuve", "tz": "Europe/Paris"})
        lesson = self.plan(new)
        self.env.cr.execute(
            "INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state)"
            " VALUES (%s, 4712, 'creating')",
            [new.telegram_chat_id.id],
        )
        self.env.cache.invalidate()
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(set(self.clock(lesson)), {"remind", "open", "close"})

    def test_private__not_before_the_group_is_there(self):
        new = self.env["small_school.classroom"].create({"name": "Neuve", "tz": "Europe/Paris"})
        account = self.link(self.amina)
        self.amina._telegram_wish({"reminder": True, "moved": True})
        enrolment = {"classroom_id": new.id, "partner_id": self.amina.id}
        self.env["small_school.enrolment"].create(enrolment)
        lesson = self.plan(new)
        lesson.write(
            {"start": lesson.start + timedelta(hours=1), "stop": lesson.stop + timedelta(hours=1)}
        )
        messages = [("tg_user_id", "=", account), ("kind", "=", "send")]
        self.assertFalse(self.outbox.search(messages).mapped("payload"))

    # -- e-mails about lessons ---------------------------------------------------------------------

    def test_mail__of_lessons_to_nobody_who_did_not_ask(self):
        lesson = self.plan(self.classroom)
        self.mails._cron_remind()
        lesson.state = "cancelled"
        self.assertFalse(self.mailed(self.amina))

    def test_mail__of_lessons_to_who_asked(self):
        self.amina.telegram_mail_wish = "unlinked"
        self.plan(self.classroom)
        self.mails._cron_remind()
        self.assertEqual(len(self.mailed(self.amina)), 1)

    def test_mail__of_lessons_not_before_the_group_is_there(self):
        self.amina.telegram_mail_wish = "always"
        new = self.env["small_school.classroom"].create({"name": "Neuve", "tz": "Europe/Paris"})
        enrolment = {"classroom_id": new.id, "partner_id": self.amina.id}
        self.env["small_school.enrolment"].create(enrolment)
        lesson = self.plan(new)
        self.mails._cron_remind()
        lesson.state = "cancelled"
        self.assertFalse(self.mailed(self.amina))

    # -- the first page ----------------------------------------------------------------------------

    def step(self, *ticked):
        values = ["%s,%s" % (one._name, one.id) for one in ticked]
        steps = self.env["telegram.onboarding"].with_context(telegram_ticked=values, lang="en_US")
        return next(one for one in steps._steps() if "classes" in one)

    def test_step__what_would_follow_is_said_before(self):
        for partner in (self.bilal, self.chloe):
            partner.email = "%s@example.com" % partner.id
        self.link(self.chloe)
        first = self.old("A", [self.amina, self.bilal], hours=30)
        second = self.old("B", [self.amina, self.chloe], hours=3)
        third = self.old("C")
        step = self.step(first, second)
        names = [one["name"] for one in step["classes"]]
        self.assertEqual([name for name in names if name in "ABC"], ["B", "A", "C"])
        ticked = [one["name"] for one in step["classes"] if one["is_ticked"]]
        self.assertEqual(ticked, ["B", "A"])
        counts = step["counts"]
        # Amina once, although she is in both; Chloé has linked Telegram and gets a message of the
        # bot
        self.assertEqual((counts["groups"], counts["days"], counts["mails"]), (2, 1, 2))
        self.assertEqual(counts["a_day"], 15)
        self.assertFalse((first | second | third).mapped("telegram_chat_id"))
        self.assertFalse(self.mailed(self.amina))

    def test_step__days_by_the_accounts_own_limit(self):
        self.env.cr.execute(
            "INSERT INTO telegram_account (kind, tg_user_id, state, groups_a_day)"
            " VALUES ('user', 502, 'connected', 2)"
        )
        old = [self.old("%s" % number) for number in range(4)]
        waiting = self.env["small_school.classroom"].create({"name": "Neuve"})
        self.assertEqual(waiting.telegram_chat_id.state, "waiting")
        pending = self.env["telegram.onboarding"]._groups_waiting()
        self.assertGreaterEqual(pending, 1)
        self.assertEqual(self.step(*old)["counts"]["days"], -(-(4 + pending) // 2))

    def test_step__mails_switched_off_are_not_counted(self):
        first = self.old("A", [self.amina])
        self.assertEqual(self.step(first)["counts"]["mails"], 1)
        self.env.company.telegram_mail = False
        self.assertEqual(self.step(first)["counts"]["mails"], 0)

    def test_switch_on__by_the_first_lesson(self):
        late, none, soon = self.old("A", hours=50), self.old("B"), self.old("C", hours=4)
        other = self.old("D")
        values = ["small_school.classroom,%s" % one.id for one in (none, late, soon)]
        self.env["telegram.onboarding"]._switch_on(values)
        chats = [one.telegram_chat_id.id for one in (soon, late, none)]
        self.assertTrue(all(chats))
        commands = self.env["telegram.outbox"].search(
            [("chat_id", "in", chats), ("kind", "=", "reconcile")], order="id"
        )
        asked = list(dict.fromkeys(command.chat_id.id for command in commands))
        self.assertEqual(asked, chats, "the gateway makes them in this order")
        self.assertFalse(other.telegram_chat_id)
        names = [one["name"] for one in self.step()["classes"]]
        self.assertIn("D", names)
        self.assertNotIn("A", names)

    def test_switch_on__nothing_but_classes_that_are_listed(self):
        archived = self.old("A")
        archived.active = False
        foreign = self.env["res.company"].create({"name": "Autre école"})
        theirs = self.old("B", company=foreign)
        me = new_test_user(self.env, login="arriving", groups="telegram_base.group_manager")
        values = ["small_school.classroom,%s" % one.id for one in (archived, theirs)]
        values += [
            "res.partner,%s" % self.amina.id,
            "no.such.model,1",
            "x",
            "small_school.classroom,x",
        ]
        self.env["telegram.onboarding"].with_user(me)._switch_on(values)
        self.assertFalse((archived | theirs).mapped("telegram_chat_id"))


@tagged("post_install", "-at_install")
class TestFirstPage(HttpCase):
    """The list with its boxes, as the Telegram administrator has it on the first page."""

    def setUp(self):
        super().setUp()
        self.login = "first-page-%s" % uuid.uuid4().hex
        new_test_user(
            self.env,
            login=self.login,
            password=self.login,
            groups="telegram_base.group_manager",
            lang="fr_FR",
        )
        self.old = self.env["small_school.classroom"].create(
            [{"name": "Ancienne %s" % one, "telegram_enabled": False} for one in ("A", "B")]
        )

    def post(self, page, **form):
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open("/telegram/start/classes", data=dict(form, csrf_token=token))

    def test_tick__look__switch_on(self):
        self.authenticate(self.login, self.login)
        page = self.url_open("/telegram/start")
        self.assertIn("Ancienne A", page.text)
        self.assertNotIn("checked=", page.text)
        page = self.post(page, do="all")
        self.assertGreaterEqual(page.text.count('checked="checked"'), 2)
        page = self.post(page, do="none")
        self.assertNotIn("checked=", page.text)
        page = self.post(page, do="count", ticked="small_school.classroom,%s" % self.old[0].id)
        self.assertEqual(page.text.count('checked="checked"'), 1)
        self.assertIn("Groupes : 1. Nombre de jours", page.text)
        self.assertFalse(self.old.mapped("telegram_chat_id"))
        page = self.post(page, do="on", ticked="small_school.classroom,%s" % self.old[0].id)
        self.old.invalidate_cache()
        self.assertTrue(self.old[0].telegram_chat_id)
        self.assertFalse(self.old[1].telegram_chat_id)
        self.assertNotIn("Ancienne A", page.text)

    def test_setting__is_asked_on_the_page(self):
        self.authenticate(self.login, self.login)
        page = self.url_open("/telegram/start")
        self.post(page, do="new_off")
        company = self.env.company
        company.invalidate_cache()
        self.assertFalse(company.telegram_new_groups)
        self.post(page, do="new_on")
        company.invalidate_cache()
        self.assertTrue(company.telegram_new_groups)

    def test_portal__is_refused(self):
        login = "first-portal-%s" % uuid.uuid4().hex
        new_test_user(self.env, login=login, password=login, groups="base.group_portal")
        self.authenticate(login, login)
        self.assertEqual(
            self.url_open("/telegram/start/classes", data={"do": "all"}).status_code, 400
        )
        self.assertFalse(self.old.mapped("telegram_chat_id"))
