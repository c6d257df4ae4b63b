import re
from datetime import datetime, timedelta

from odoo import fields
from odoo.tests.common import HttpCase, tagged

PDF = b"%PDF-1.4 certificate"


@tagged("post_install", "-at_install")
class TestPortalExcuse(HttpCase):
    """A parent asks for an excuse, and has no access to another family's."""

    def setUp(self):
        super().setUp()
        group = self.env.ref("base.group_portal")
        users = self.env["res.users"].with_context(no_reset_password=True, lang="en_US")
        self.env["res.lang"].with_context(active_test=False).search(
            [("code", "=", "en_US")]
        ).active = True
        self.mother, self.other = (
            users.create(
                {
                    "name": login,
                    "login": login,
                    "password": login,
                    "lang": "en_US",
                    "groups_id": [(6, 0, [group.id])],
                }
            ).partner_id
            for login in ("excuse-mother", "excuse-other")
        )
        partners = self.env["res.partner"]
        self.child = partners.create({"name": "أمينة", "guardian_ids": [(6, 0, self.mother.ids)]})
        self.stranger = partners.create({"name": "Bilal", "guardian_ids": [(6, 0, self.other.ids)]})
        before = fields.Date.today() - timedelta(days=7)
        classroom = self.env["small_school.classroom"].create(
            {
                "name": "Excuses",
                "enrolment_ids": [
                    (0, 0, {"partner_id": one.id, "date_from": before})
                    for one in (self.child, self.stranger)
                ],
            }
        )
        start = datetime.utcnow().replace(microsecond=0) - timedelta(hours=2)
        self.lesson = self.env["small_school.lesson"].create(
            {
                "classroom_id": classroom.id,
                "name": "Fractions",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )

    def ask(self, page="/my/excuses/ask", document=None, **form):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.url_open("/my/excuses").text)
        files = {"document": document} if document else None
        data = dict(form, csrf_token=token.group(1))
        base = self.url_open("/my/excuses").url.split("/my/")[0]
        return self.opener.post(base + page, data=data, files=files)

    def found(self):
        return self.env["small_school.excuse"].search([("asked_by_id", "=", self.mother.id)])

    def test_asked_with_a_document__and_only_whoever_handed_it_in_reads_it(self):
        self.authenticate("excuse-mother", "excuse-mother")
        page = self.ask(
            document=("../certificat médical.pdf", PDF),
            student=self.child.id,
            lesson=self.lesson.id,
            reason="fièvre <script>",
        )
        self.assertIn("The school has your excuse", page.text)
        self.assertIn("fièvre &lt;script&gt;", page.text)
        excuse = self.found()
        self.assertEqual((excuse.partner_id, excuse.lesson_id), (self.child, self.lesson))
        address = "/my/excuses/%s/document" % excuse.id
        document = self.url_open(address)
        self.assertEqual(
            (document.content, document.headers["Content-Type"]), (PDF, "application/pdf")
        )
        self.assertIn("attachment", document.headers["Content-Disposition"])
        self.authenticate("excuse-other", "excuse-other")
        self.assertEqual(self.url_open(address).status_code, 404)
        self.assertNotIn("Fractions, ", self.url_open("/my/excuses").text.split("</form>")[-1])
        self.ask("/my/excuses/%s/withdraw" % excuse.id)
        self.assertEqual(excuse.state, "asked")
        self.authenticate("excuse-mother", "excuse-mother")
        page = self.ask("/my/excuses/%s/withdraw" % excuse.id)
        self.assertEqual((page.status_code, page.url.split("/")[-1]), (200, "excuses"))
        excuse.invalidate_cache()
        self.assertEqual((excuse.state, excuse.has_document), ("withdrawn", False))

    def test_refused__what_was_written_is_still_there(self):
        self.authenticate("excuse-mother", "excuse-mother")
        today = fields.Date.to_string(fields.Date.today())
        good = {"student": self.child.id, "date_from": today, "reason": "une longue histoire"}
        for change in (
            {"student": self.stranger.id},
            {"student": "x"},
            {"lesson": "0"},
            {"date_from": "yesterday"},
            {"date_to": "2020-01-01"},
            {"document": ("x.pdf", b"<html>")},
        ):
            page = self.ask(**dict(good, **change))
            self.assertIn("alert-danger", page.text, change)
            self.assertIn("une longue histoire", page.text)
        self.assertFalse(self.found())
        self.ask(**good)
        self.assertEqual(len(self.found()), 1)

    def test_strangers__log_in_first(self):
        self.assertIn("/web/login", self.url_open("/my/excuses").url)
