import base64
from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from odoo.addons.lesson_register.services.pdf import render
from odoo.addons.lesson_register.services.sheet import SheetPaper
from odoo.addons.small_school.models.attendance.report_source import SchoolSource
from odoo.addons.telegram_base.privacy.telegram_texts import TelegramTexts
from odoo.addons.telegram_school.services.attendance.report import LessonReport
from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .common import ClassroomCase

MAKER = "odoo.addons.telegram_base.models.messages.telegram_attachment"


@tagged("post_install", "-at_install")
class TestLessonFile(ClassroomCase):
    """The sheet as a PDF that follows the report into the group."""

    def setUp(self):
        super().setUp()
        self.classroom.telegram_report_pdf = True
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=1)
        self.lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": self.classroom.id,
                "name": "Fractions & <co>",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        self.env.cr.execute("UPDATE telegram_roster SET since = since - interval '1 day'")
        self.env["telegram.roster"].invalidate_cache()

    def finish(self):
        """Have the lesson's report written; return the file that is requested now."""
        LessonSheet(self.lesson).finish()
        key = LessonClock(self.lesson).key("report")
        self.assertEqual(self.commands(self.chat, key=key).state, "pending")
        self.assertFalse(self.sent())
        return self.env["telegram.attachment"].search([("chat_id", "=", self.chat.id)])

    def sent(self):
        return self.commands(self.chat, key=LessonClock(self.lesson).key("file"))

    def test_file__follows_the_report_silently(self):
        wanted = self.finish()
        LessonReport(self.lesson).send(LessonSheet(self.lesson).compute(True))
        self.assertEqual(len(wanted), 1)
        wanted.with_context(force_report_rendering=True)._make()
        payload = self.sent()._payload()
        self.assertEqual(wanted.command_id, self.sent())
        content = base64.b64decode(wanted.content)
        self.assertTrue(content.startswith(b"%PDF-"))
        self.assertEqual(
            payload["attachment"],
            {"name": wanted.name, "mimetype": "application/pdf", "size": len(content)},
        )
        self.assertTrue(
            wanted.name.startswith("Présence_Mathématiques_3e_A_Fractions"), wanted.name
        )
        self.assertTrue(payload["silent"])
        self.assertIn("<b>Fractions &amp; &lt;co&gt;</b>", payload["text"])
        self.assertTrue(payload["text"].startswith("Fiche de présence"), payload["text"])
        self.assertGreater(self.sent().expires_at, fields.Datetime.now())
        # sent: nobody needs the bytes any more
        self.env["telegram.attachment"]._forget()
        self.assertTrue(wanted.exists())
        self.sent().state = "done"
        self.env["telegram.attachment"]._forget()
        self.assertFalse(wanted.exists())

    @mute_logger(MAKER)
    def test_no_pdf__is_said_in_the_log_and_the_report_is_sent(self):
        wanted = self.finish()
        wanted._make()  # Odoo makes HTML of reports while it runs tests
        self.assertFalse(self.sent())
        self.assertIn("wkhtmltopdf", wanted.error)
        self.assertIn("wkhtmltopdf", self.page(self.lesson).log)

    def test_switched_off_meanwhile__nothing_is_sent(self):
        wanted = self.finish()
        self.classroom.telegram_report_pdf = False
        wanted._make()
        self.assertFalse(self.sent() or wanted.exists())

    def test_not_wanted__nothing_waits(self):
        self.classroom.telegram_report_pdf = False
        self.assertFalse(self.finish())
        self.assertFalse(self.env["small_school.classroom"].new().telegram_report_pdf)

    def test_no_report__no_file(self):
        self.classroom.telegram_report = "none"
        LessonSheet(self.lesson).finish()
        self.assertFalse(self.env["telegram.attachment"].search([]))

    def test_remarks__are_for_the_school_alone(self):
        self.finish()
        line = self.lesson.line_ids.filtered(lambda one: one.partner_id == self.amina)
        line.write({"status": "excused", "excuse_reason": "appendicite"})
        source = SchoolSource(self.env)
        self.assertIn("appendicite", render(SheetPaper(source, self.lesson))[0].decode())
        shown = render(SheetPaper(source, self.lesson, has_remarks=False))[0].decode()
        self.assertIn("Amina", shown)
        self.assertNotIn("appendicite", shown)

    def test_erasure__finds_what_is_not_sent_yet(self):
        wanted = self.finish()
        data = self.env["telegram.personal.data"]
        person = data._personal_person(self.amina)
        self.assertEqual(TelegramTexts(self.env).find_attachments(person), wanted)
