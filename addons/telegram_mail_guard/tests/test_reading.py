from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import GuardCase


@tagged("post_install", "-at_install")
class TestReading(GuardCase):
    """E-mails and activities are read by whoever may read the record that they are about."""

    def setUp(self):
        super().setUp()
        self.template = self.env["mail.template"].create({"name": "Hidden"})
        # parameters are the administrators'; contacts are everybody's
        parameter = self.env["ir.config_parameter"].sudo().search([], limit=1)
        self.hidden = self.mail(parameter)
        self.open = self.mail(self.env["res.partner"].create({"name": "Zoé"}))

    def mail(self, record):
        values = {"model": record._name, "res_id": record.id, "body_html": "<p>the key</p>"}
        return self.env["mail.mail"].sudo().create(dict(values, subject="About it"))

    def activity(self, record, user):
        return (
            self.env["mail.activity"]
            .sudo()
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get(record._name).id,
                    "res_id": record.id,
                    "summary": "To decide: Zoé",
                    "user_id": user.id,
                }
            )
        )

    def test_mail__of_what_may_not_be_read(self):
        mails = self.env["mail.mail"].with_user(self.clerk)
        own = [("id", "in", (self.hidden | self.open).ids)]
        if mails.check_access_rights("read", raise_exception=False):  # Odoo 13
            self.assertEqual(mails.search(own).ids, self.open.ids)
            self.assertEqual(len(mails.read_group(own, ["id"], ["subject"])[:2]), 1)
        with self.assertRaises(AccessError):
            mails.browse(self.hidden.id).read(["body_html"])
        with self.assertRaises(AccessError):
            mails.browse(self.hidden.id).name_get()
        self.assertEqual(len(self.env["mail.mail"].with_user(self.boss).search(own)), 2)

    def test_activity__of_what_may_not_be_read(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.boss.company_ids |= company
        partner = self.env["res.partner"].create({"name": "x", "company_id": company.id})
        hidden = self.activity(partner, self.boss)
        shown = self.activity(self.env["res.partner"].create({"name": "y"}), self.boss)
        activities = self.env["mail.activity"].with_user(self.clerk)
        own = [("id", "in", (hidden | shown).ids)]
        self.assertEqual(activities.search(own), shown.with_user(self.clerk))
        groups = activities.read_group(own, ["summary"], ["summary"])
        self.assertEqual(sum(one["summary_count"] for one in groups), 1)
        with self.assertRaises(AccessError):
            activities.browse(hidden.id).read(["summary"])
        allowed = self.env["mail.activity"].with_user(self.boss)
        allowed = allowed.with_context(allowed_company_ids=self.boss.company_ids.ids)
        self.assertEqual(len(allowed.search(own)), 2)

    def test_activity__own_ones_are_read_and_done(self):
        mine = self.activity(self.env["res.partner"].create({"name": "y"}), self.clerk)
        mine.with_user(self.clerk).action_feedback("done")
        self.assertFalse(mine.exists())
