from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import Form, tagged

from odoo.addons.telegram_school.models.messages import telegram_notice_kinds as kinds
from odoo.addons.telegram_school.rules.template import parse
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.group_texts import GroupTexts

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestNoticeTexts(ClassroomCase):
    """The texts of notices: the built-in ones, the school's own, and those that cannot be used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = cls.env["telegram.notice.template"]
        cls.env.ref("base.lang_en").active = True
        cls.templates._fill(cls.classroom.company_id)

    def template(self, kind, lang="fr_FR"):
        return self.templates.search(
            [
                ("company_id", "=", self.classroom.company_id.id),
                ("kind", "=", kind),
                ("lang", "=", lang),
            ]
        )

    def plan(self, hours=3):
        start = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=hours)
        return self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "teacher_id": self.teacher.id,
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )

    # -- kinds ----------------------------------------------------------------------------------

    def test_every_kind_is_whole_in_both_languages(self):
        texts = {}
        for lang in ("fr_FR", "en_US"):
            spoken = self.templates.with_context(lang=lang)
            texts[lang] = kinds.texts(spoken)
            for by_kind in (texts[lang], kinds.labels(spoken), kinds.occasions(spoken)):
                self.assertEqual(set(by_kind), set(kinds.KINDS))
            for kind in kinds.KINDS:
                offered = kinds.OFFERED[kind]
                self.assertEqual([n for n, *_ in kinds.explanations(spoken, kind)], list(offered))
                parse(texts[lang][kind], offered)
                self.assertIn("telegram_notice_" + kind, self.classroom._fields)
        for kind in kinds.KINDS:
            self.assertNotEqual(texts["fr_FR"][kind], texts["en_US"][kind], kind)
            used = [parse(texts[lang][kind], kinds.OFFERED[kind]).placeholders for lang in texts]
            self.assertEqual(used[0], used[1], kind)
        listed = set(kinds.OF_LESSON) | set(kinds.OF_CLASS) | {"absence"}
        self.assertEqual(listed, set(kinds.KINDS))

    # -- the school's own -----------------------------------------------------------------------

    def test_own_text__is_said_with_names_as_typed(self):
        self.template("enrolled").text = "Bienvenue à <b>{names}</b> ({count}) & co."
        self.chloe.name = "<b>&_*{names}"
        self.enrol(self.chloe)
        self.assertEqual(
            self.texts(self.chat), ["Bienvenue à <b>&lt;b&gt;&amp;_*{names}</b> (1) &amp; co."]
        )

    def test_own_text__each_language_and_back(self):
        french, english = self.template("reminder"), self.template("reminder", "en_US")
        english.text = "Soon: {lesson} with {teacher}"
        lesson = self.plan()
        self.assertIn("Rappel", self.clock(lesson)["remind"]._payload()["text"])
        self.classroom.lang = "en_US"
        text = self.clock(lesson)["remind"]._payload()["text"]
        self.assertEqual(text, "Soon: Fractions with Mme Roux")
        self.assertTrue(english.is_own)
        self.assertFalse(french.is_own)
        english.action_built_in()
        self.assertIn("Reminder: <b>", english.text)
        self.assertFalse(english.is_own)

    def test_saved__what_equals_the_built_in_text_stays_built_in(self):
        one = self.template("welcome")
        one.text = one.text
        self.assertFalse(one.own_text)

    def test_saved__a_wrong_text_is_refused_with_the_reason(self):
        template = self.template("enrolled").with_context(lang="en_US")
        for text, sentence in (
            ("<b>{names}", "Line 1: <b> is not closed."),
            ("{names}\n{teacher}", "Line 2: there is no placeholder {teacher} here."),
            ("{names.__class__}", "Line 1: “{names.__cla” is not a placeholder."),
            ("<h1>x</h1>", "Line 1: Telegram does not know <h1>."),
            (" ", "The text says nothing."),
        ):
            with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
                template.text = text
            self.assertIn(sentence, str(caught.exception))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            template.own_text = "{nobody}"

    def test_broken__built_in_is_said_and_the_administrators_are_told_once(self):
        template = self.template("enrolled")
        self.env.cr.execute(
            "UPDATE telegram_notice_template SET own_text = '{gone}' WHERE id = %s", [template.id]
        )
        template.invalidate_cache()
        self.enrol(self.chloe)
        self.assertEqual(self.texts(self.chat), ["Inscription : <b>Chloé</b>"])
        self.assertIn("{gone}", template.fault)
        self.assertFalse(template.preview)
        self.send(self.chat)
        self.enrolments(self.chloe).action_unenrol()
        self.enrol(self.chloe)
        troubles = self.env["telegram.trouble"]
        troubles._watch()
        trouble = troubles.search([("code", "=", "text_unusable"), ("closed_at", "=", False)])
        self.assertEqual(len(trouble), 1)
        self.assertIn("{gone}", trouble.sentence)
        self.assertTrue(trouble.activity_ids)
        template.text = "Bonjour {names}"
        troubles._watch()
        self.assertTrue(trouble.closed_at)

    def test_own_text__that_has_nothing_to_say_gives_way(self):
        self.template("reminder").text = "Avec {teacher}"
        lesson = self.plan()
        self.assertEqual(self.clock(lesson)["remind"]._payload()["text"], "Avec Mme Roux")
        lesson.teacher_id = False
        LessonClock(lesson).write_commands()
        self.assertIn("Rappel : <b>", self.clock(lesson)["remind"]._payload()["text"])

    def test_upgrade__looks_at_all_own_texts(self):
        template = self.template("moved")
        self.env.cr.execute(
            "UPDATE telegram_notice_template SET own_text = '<b>' WHERE id = %s", [template.id]
        )
        template.invalidate_cache()
        self.templates._check_all()
        faults = self.env["telegram.text.fault"]
        self.assertEqual(faults.search([]).mapped("subject"), [template._subject()])
        template.action_built_in()
        self.assertFalse(faults.search([]))

    # -- the screen -----------------------------------------------------------------------------

    def test_screen__preview_follows_what_is_typed(self):
        with Form(self.template("reminder")) as form:
            form.text = "<b>{lesson}</b> & <i>plus</i>"
            self.assertIn("fractions</b> &amp; <i>plus</i>", form.preview)
            form.text = "<b>{lesson}"
            self.assertFalse(form.preview)
            self.assertTrue(form.fault)
            form.text = "Fin"
        for template in self.templates.search([]):
            etree.fromstring(template.preview)
            etree.fromstring(template.placeholders)

    def test_test__to_oneself_and_to_a_group(self):
        template = self.template("cancelled")
        wizard = self.env["telegram.notice.wizard"].create({"template_id": template.id})
        with self.assertRaises(UserError):
            wizard.action_send()
        tg_user_id = self.link(self.env.user.partner_id)
        wizard.action_send()
        row = self.outbox.search([("tg_user_id", "=", tg_user_id)], order="id desc", limit=1)
        self.assertIn("Annulée : <b>", row._payload()["text"])
        wizard.chat_id = self.chat
        wizard.action_send()
        self.assertTrue(self.texts(self.chat)[-1].startswith("<i>Essai d'un texte</i>\nAnnul"))

    # -- switches -------------------------------------------------------------------------------

    def test_switches__school_and_classroom(self):
        self.template("enrolled").is_on = False
        self.assertFalse(self.template("enrolled", "en_US").is_on)
        self.enrol(self.chloe)
        self.assertEqual(self.texts(self.chat), [])
        self.classroom.telegram_notice_enrolled = "on"
        self.enrolments(self.chloe).action_unenrol()
        self.send(self.chat)
        self.enrol(self.chloe)
        self.assertEqual(self.texts(self.chat)[-1], "Inscription : <b>Chloé</b>")
        self.classroom.telegram_notices = False
        self.send(self.chat)
        before = self.texts(self.chat)
        self.enrolments(self.chloe).action_unenrol()
        self.assertEqual(self.texts(self.chat), before)

    def test_switches__reminder(self):
        lesson = self.plan()
        self.classroom.telegram_notice_reminder = "off"
        self.assertEqual(set(self.clock(lesson)), {"open", "close"})
        self.classroom.telegram_notice_reminder = "school"
        self.assertEqual(set(self.clock(lesson)), {"remind", "open", "close"})
        self.template("reminder").is_on = False
        # of all lessons of the school: the cron does it
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.assertEqual(set(self.clock(lesson)), {"open", "close"})

    # -- the other kinds ------------------------------------------------------------------------

    def test_teachers__who_comes_and_goes_in_one_message(self):
        assignment = self.classroom.assignment_ids.filtered(
            lambda one: one.partner_id == self.teacher
        )
        assignment.partner_id = self.chloe
        (text,) = self.texts(self.chat)
        self.assertIn("<b>Chloé</b>", text)
        self.assertIn("<b>Mme Roux</b>", text)

    def test_teachers__a_substitute_for_a_lesson_is_no_news(self):
        lesson = self.plan(hours=0)
        lesson.substitute_id = self.chloe
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("teacher", "in"))
        lesson.substitute_id = False
        self.assertEqual(self.roster(self.chat)[self.chloe.id], ("teacher", "out"))
        self.assertNotIn("Chloé", "".join(self.texts(self.chat)))

    def test_renamed__once_and_not_when_it_is_called_as_before(self):
        self.classroom.name = "Maths"
        self.classroom.name = "Maths 3e A"
        (text,) = self.texts(self.chat)
        self.assertIn("<b>Maths 3e A</b>", text)
        self.assertIn("Mathématiques 3e A)", text)
        self.classroom.name = "Mathématiques 3e A"
        self.assertEqual(self.texts(self.chat), [])

    def test_welcome__once(self):
        for _again in range(2):
            self.tell("chat_ready", self.chat, tg_chat_id=1, invite_link="x", title="x")
            self.ring()
        (text,) = self.texts(self.chat)
        self.assertIn("<b>Mathématiques 3e A</b>", text)

    def test_way_in__names_a_message_of_the_group(self):
        group = self.chat._row().tg_chat_id
        self.assertEqual(GroupTexts(self.classroom).way_in(), [], "opens in one app only")
        ((button,),) = GroupTexts(self.classroom).way_in(is_private=True)
        self.assertEqual(button["url"], "https://t.me/+test")
        self.anchor(self.chat)
        for is_private in (False, True):
            ((button,),) = GroupTexts(self.classroom).way_in(is_private)
            self.assertEqual(button["url"], "https://t.me/c/%s/17" % group)
        self.env.cr.execute("DELETE FROM telegram_chat_state")
        self.env.cache.invalidate()
        self.assertEqual(GroupTexts(self.classroom).way_in(is_private=True), [])

    def test_opened__once_with_the_way_in(self):
        self.anchor(self.chat)
        lesson = self.plan(hours=0)
        lesson.stop = fields.Datetime.now() + timedelta(hours=1)
        for tg_call_id in (11, 12):
            self.tell(
                "call_opened",
                self.chat,
                fields.Datetime.now(),
                tg_call_id=tg_call_id,
                open_key=LessonClock(lesson).key("open"),
            )
            self.ring()
        row = self.commands(self.chat, kind="send").filtered(
            lambda one: one.key and one.key.endswith(":opened")
        )
        self.assertEqual(len(row), 1)
        self.assertIn("<b>Fractions</b>", row._payload()["text"])
        ((button,),) = row._payload()["buttons"]
        self.assertEqual(button["url"], "https://t.me/c/%s/17" % self.chat._row().tg_chat_id)
        self.assertEqual(row.expires_at, lesson.stop)

    def test_cancelled__says_why(self):
        lesson = self.plan()
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.write({"state": "cancelled", "cancel_reason": "Grève"})
        self.assertIn("Grève", self.texts(self.chat)[-1])
        self.assertEqual(len(self.texts(self.chat)[-1].split("\n")), 2)

    # -- quiet hours ----------------------------------------------------------------------------

    def quiet_now(self, record):
        """Set quiet hours from an hour ago until in two hours; return their end, naive UTC."""
        now = GroupTexts(self.classroom).local(fields.Datetime.now())
        hour = now.hour + now.minute / 60.0
        record.write(
            {
                "telegram_quiet_from": (hour - 1) % 24,
                "telegram_quiet_until": (hour + 2) % 24,
            }
        )
        return fields.Datetime.now().replace(second=0) + timedelta(hours=2)

    def test_quiet__the_class_waits_and_a_lesson_does_not(self):
        end = self.quiet_now(self.classroom.company_id)
        self.enrol(self.chloe)
        self.enrolments(self.amina).action_unenrol()
        (row,) = self.commands(self.chat, kind="send", state="pending")
        self.assertLess(abs(row.due_at - end), timedelta(minutes=2))
        lesson = self.plan(hours=1)
        self.assertEqual(self.clock(lesson)["remind"].due_at, lesson.start - timedelta(minutes=15))
        self.mark(self.clock(lesson)["remind"], "done")
        lesson.state = "cancelled"
        self.assertLess(self.commands(self.chat, kind="send")[-1].due_at, end)

    def test_quiet__own_hours_and_none(self):
        self.quiet_now(self.classroom.company_id)
        self.classroom.telegram_quiet = "none"
        self.enrol(self.chloe)
        (row,) = self.commands(self.chat, kind="send", state="pending")
        self.assertLess(row.due_at, fields.Datetime.now() + timedelta(minutes=2))
        self.classroom.telegram_quiet = "own"
        end = self.quiet_now(self.classroom)
        self.enrolments(self.amina).action_unenrol()
        (row,) = self.commands(self.chat, kind="send", state="pending")
        self.assertLess(abs(row.due_at - end), timedelta(minutes=2))

    def test_quiet__hours_are_of_a_day(self):
        for record in (self.classroom, self.classroom.company_id):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                record.telegram_quiet_from = 24
