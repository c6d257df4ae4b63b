import uuid
from datetime import timedelta

from odoo import fields
from odoo.tests.common import HttpCase, tagged

from odoo.addons.telegram_school.models.messages import telegram_notice_kinds as kinds
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock
from odoo.addons.telegram_school.services.messages.lesson_texts import LessonTexts

from .common import ClassroomCase


class NoticePeopleCase(ClassroomCase):
    """Notices for single people, by the bot and by e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.amina.lang = "fr_FR"

    def plan(self, hours=3):
        start = fields.Datetime.now().replace(minute=0, second=0) + timedelta(hours=hours)
        return self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )

    def private(self, tg_user_id, state=None):
        domain = [("tg_user_id", "=", tg_user_id)]
        rows = self.outbox.search(domain + ([("state", "=", state)] if state else []), order="id")
        return rows.filtered(lambda row: (row.key or "").startswith(("private:", "absence:")))

    def write_to_bot(self, tg_user_id, text):
        """Send a message to the bot; return the answer's text."""
        payload = {"tg_user_id": tg_user_id, "text": text, "lang_code": "fr", "message_id": 1}
        self.tell("bot_message", self.env["telegram.chat"], **payload)
        self.ring()
        row = self.outbox.search(
            [("tg_user_id", "=", tg_user_id), ("key", "like", "answer:")], order="id desc", limit=1
        )
        return row._payload()["text"]


@tagged("post_install", "-at_install")
class TestNoticePrivate(NoticePeopleCase):
    def test_settings__asked_switched_and_mistaken(self):
        amina = self.link(self.amina)
        self.assertIn("/settings", self.write_to_bot(amina, "/help"))
        answer = self.write_to_bot(amina, "/settings")
        self.assertIn("Rappel d'une séance : non. Activer : /on_reminder", answer)
        self.assertNotIn("_absence", answer)
        self.assertIn("/off_reminder", self.write_to_bot(amina, "/on_reminder"))
        self.assertIn("/off_moved", self.write_to_bot(amina, "/settings moved on"))
        self.assertIn("/on_moved", self.write_to_bot(amina, "/settings MOVED off"))
        self.assertEqual(self.amina._telegram_wishes(), {"reminder", "absence"})
        for text in ("/settings moved", "/settings x on", "/on_report", "/mail_sometimes"):
            self.assertIn("Je n'ai pas compris", self.write_to_bot(amina, text), text)
        self.assertIn("toujours", self.write_to_bot(amina, "/mail_always"))
        self.assertEqual(self.amina.telegram_mail_wish, "always")

    def press(self, tg_user_id, data):
        """Press a button of the bot's; return the payload of the edited message."""
        payload = {"tg_user_id": tg_user_id, "data": data, "lang_code": "fr", "message_id": 41}
        self.tell("button_pressed", self.env["telegram.chat"], **payload)
        count = self.outbox.search_count([("tg_user_id", "=", tg_user_id)])
        self.ring()
        rows = self.outbox.search([("tg_user_id", "=", tg_user_id)], order="id")[count:]
        return rows[:1]._payload() if rows else None

    def buttons(self, payload):
        return {one["data"]: one["text"] for row in payload["buttons"] for one in row}

    def both_languages(self):
        langs = self.env["res.lang"].with_context(active_test=False)
        langs.search([("code", "=", "en_US")]).write({"active": True})

    def test_buttons__stand_for_commands_and_change_the_message_itself(self):
        self.both_languages()
        amina = self.link(self.amina)
        self.write_to_bot(amina, "/settings")
        asked = self.outbox.search([("tg_user_id", "=", amina)], order="id desc", limit=1)
        asked = asked._payload()
        self.assertNotIn("edits", asked)
        self.assertIn("Par courriel (rappel, déplacement, annulation) : jamais", asked["text"])
        changed = self.press(amina, "/mail_unlinked")
        self.assertIn("tant que Telegram n'est pas", changed["text"], "names keep their letters")
        self.assertEqual(self.buttons(asked)["/on_reminder"], "☐ Rappel d'une séance")
        self.assertEqual(self.buttons(asked)["/lang_fr"], "● Français")
        self.assertTrue(all(len(one.encode()) <= 64 for one in self.buttons(asked)))

        changed = self.press(amina, "/on_reminder")
        self.assertEqual(changed["edits"], 41)
        self.assertEqual(self.buttons(changed)["/off_reminder"], "☑ Rappel d'une séance")
        self.assertIn("Rappel d'une séance : oui.", changed["text"])
        self.assertIn("reminder", self.amina._telegram_wishes())
        changed = self.press(amina, "/mail_never")
        self.assertTrue(self.buttons(changed)["/mail_never"].startswith("●"))
        self.assertEqual(self.amina.telegram_mail_wish, "never")

    def test_buttons__the_language_at_once(self):
        amina = self.link(self.amina)
        self.env["res.lang"].search([("code", "like", "en%")]).write({"active": False})
        self.assertNotIn("/lang_", self.write_to_bot(amina, "/settings"), "the school has one")
        self.both_languages()
        changed = self.press(amina, "/lang_en")
        self.assertEqual(self.amina.lang, "en_US")
        self.assertIn("What I tell you here", changed["text"])
        self.assertEqual(self.buttons(changed)["/lang_fr"], "○ Français")
        self.assertIn("Ce que je vous annonce", self.write_to_bot(amina, "/settings lang fr"))
        self.assertIn("Je n'ai pas compris", self.write_to_bot(amina, "/lang_xx"))

    def test_buttons__nobody_s_and_nonsense(self):
        stranger = self.press(7999999, "/on_reminder")
        self.assertIn("Bonjour", stranger["text"])
        amina = self.link(self.amina)
        for data in ("", "/start abc", "/unlink", "x"):
            self.assertIsNone(self.press(amina, data), data)

    def test_reminder__follows_the_lesson_and_the_choice(self):
        amina, bilal = self.link(self.amina), self.link(self.bilal)
        lesson = self.plan()
        self.assertFalse(self.private(amina))
        self.write_to_bot(amina, "/on_reminder")
        row = self.private(amina, "pending")
        self.assertEqual(row.due_at, lesson.start - timedelta(minutes=15))
        # it says when the call will open: once that is past, it would be wrong
        self.assertEqual(row.expires_at, lesson.start - timedelta(minutes=5))
        self.assertIn("Rappel : <b>Fractions</b>", row._payload()["text"])
        self.assertEqual(row._payload()["buttons"][0][0]["text"], self.chat.name)
        self.assertFalse(self.private(bilal))
        hour = timedelta(hours=1)
        lesson.write({"start": lesson.start + hour, "stop": lesson.stop + hour})
        reminders = self.private(amina, "pending").filtered("expires_at")
        self.assertEqual(reminders.due_at, lesson.start - timedelta(minutes=15))
        self.write_to_bot(amina, "/off_reminder")
        self.assertFalse(self.private(amina, "pending").filtered("expires_at"))
        self.write_to_bot(amina, "/on_reminder")
        self.assertTrue(self.private(amina, "pending").filtered("expires_at"))
        self.enrolments(self.amina).action_unenrol()
        LessonClock(lesson).write_commands()
        self.assertFalse(self.private(amina, "pending").filtered("expires_at"))

    def test_moved_and_cancelled__to_whom_wishes_it(self):
        amina, bilal = self.link(self.amina), self.link(self.bilal)
        self.amina._telegram_wish({"moved": True, "cancelled": True})
        lesson, far = self.plan(), self.plan(hours=24 * 9)
        hour = timedelta(hours=1)
        for planned in (lesson, far):
            planned.write({"start": planned.start + hour, "stop": planned.stop + hour})
        (row,) = self.private(amina)
        self.assertIn("Déplacée : <b>Fractions</b>", row._payload()["text"])
        lesson.write({"state": "cancelled", "cancel_reason": "Grève"})
        text = self.private(amina)[-1]._payload()["text"]
        self.assertIn("Annulée : <b>Fractions</b>", text)
        self.assertIn("Motif : Grève", text)
        self.assertEqual(len(self.private(amina)), 2)
        self.assertFalse(self.private(bilal))
        self.assertEqual(self.texts(self.chat), [], "the group was not reminded of it yet")

    def test_absence__to_guardians_by_agreement(self):
        mother, father = self.env["res.partner"].create([{"name": "Mère"}, {"name": "Père"}])
        self.amina.guardian_ids = mother | father
        self.amina.told_guardian_ids = mother
        to_mother, to_father = self.link(mother), self.link(father)
        self.link(self.amina)
        answer = self.write_to_bot(to_mother, "/settings")
        self.assertIn("/off_absence", answer)
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        lesson = self.plan()
        lesson.write({"start": start, "stop": start + timedelta(minutes=50)})
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()
        self.tell_call(
            self.chat,
            start - timedelta(minutes=5),
            lesson.stop,
            [],
            open_key=LessonClock(lesson).key("open"),
            close_key=LessonClock(lesson).key("close"),
        )
        self.ring()
        self.assertEqual({one.status for one in lesson.line_ids} & {"absent"}, {"absent"})
        (row,) = self.private(to_mother)
        self.assertIn("Absence de <b>Amina</b> : Fractions", row._payload()["text"])
        self.assertFalse(self.private(to_father))
        LessonSheet(lesson).finish()
        self.assertEqual(len(self.private(to_mother)), 1)
        self.amina.guardian_ids = father
        self.assertFalse(self.amina._telegram_told_guardians())

    def test_wishes__of_everybody_and_unknown_codes(self):
        self.assertEqual(self.bilal._telegram_wishes(), {"absence"})
        self.bilal._telegram_wish({kind: False for kind in kinds.PRIVATE})
        self.assertEqual(self.bilal._telegram_wishes(), set())
        self.bilal.telegram_private_kinds = "gone moved"
        self.assertEqual(self.bilal._telegram_wishes(), {"moved"})


@tagged("post_install", "-at_install")
class TestNoticeMail(NoticePeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["telegram.notice.mail"]
        cls.amina.email = "amina@example.com"
        cls.bilal.email = "bilal@example.com"
        (cls.amina | cls.bilal).write({"telegram_mail_wish": "unlinked"})  # they asked for it

    def sent(self, partner):
        found = self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)], order="id")
        return found.filtered(lambda one: "Fractions" in one.subject)

    def test_reminder__once_to_who_has_not_linked(self):
        self.link(self.bilal)
        lesson = self.plan()
        self.plan(hours=30)
        for _again in range(2):
            self.mails._cron_remind()
        (mail,) = self.sent(self.amina)
        self.assertIn("Rappel d'une séance", mail.subject)
        self.assertIn("Bonjour Amina", mail.body_html)
        self.assertIn("<b>Fractions</b>", mail.body_html)
        self.assertIn(LessonTexts(lesson).hour(lesson.start), mail.body_html)
        self.assertFalse(self.sent(self.bilal))

    def test_reminder__own_choice_and_the_school_s(self):
        self.link(self.bilal)
        self.bilal.telegram_mail_wish = "always"
        self.amina.telegram_mail_wish = "never"
        self.plan()
        self.classroom.company_id.telegram_mail = False
        self.mails._cron_remind()
        self.assertFalse(self.sent(self.bilal))
        self.classroom.company_id.telegram_mail = True
        self.mails._cron_remind()
        self.assertEqual(len(self.sent(self.bilal)), 1)
        self.assertFalse(self.sent(self.amina))

    def test_moved_cancelled_deleted(self):
        lesson = self.plan()
        hour = timedelta(hours=1)
        lesson.write({"start": lesson.start + hour, "stop": lesson.stop + hour})
        lesson.state = "cancelled"
        other = self.plan(hours=5)
        other.unlink()
        subjects = self.sent(self.amina).mapped("subject")
        self.assertEqual(
            [one.split(":")[0] for one in subjects],
            [
                "Séance déplacée",
                "Séance annulée",
                "Séance annulée",
            ],
        )

    def test_template__that_somebody_broke_holds_up_nothing(self):
        template = self.env.ref("telegram_school.mail_template_notice")
        template.with_context(lang="fr_FR").body_html = "${no.such.thing}"
        lesson = self.plan()
        with self.assertLogs("odoo", "ERROR"):
            lesson.state = "cancelled"
        self.assertEqual(lesson.state, "cancelled")


@tagged("post_install", "-at_install")
class TestNoticePortal(HttpCase):
    def test_choice__is_kept(self):
        login = "portal-%s" % uuid.uuid4().hex
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Amina",
                    "login": login,
                    "password": login,
                    "lang": "fr_FR",
                    "groups_id": [(6, 0, self.env.ref("base.group_portal").ids)],
                }
            )
        )
        self.env["telegram.contact"]._confirm(user.partner_id, 987001, {"name": "Amina"})
        self.authenticate(login, login)
        page = self.url_open("/my/telegram")
        self.assertIn('id="notice-reminder"', page.text)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        data = {"csrf_token": token, "reminder": "on", "mail": "never", "report": "on"}
        answer = self.url_open("/my/telegram/notices", data=data)
        self.assertIn("Votre choix est noté", answer.text)
        partner = user.partner_id
        partner.invalidate_cache()
        self.assertEqual(partner._telegram_wishes() & set(kinds.PRIVATE), {"reminder", "absence"})
        self.assertEqual(partner.telegram_mail_wish, "never")
