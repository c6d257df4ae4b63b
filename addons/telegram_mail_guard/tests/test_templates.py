from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from ..models.typed_texts import KnownTexts
from .common import GuardCase

#: Where evaluated, it reads what its user may not read.
EVIL = "${object.env['ir.config_parameter'].sudo().get_param('database.secret')}"
SUM = "<p>${1 + 1}</p>"


@tagged("post_install", "-at_install")
class TestTemplates(GuardCase):
    """A stored template is evaluated for whoever may use it; a text that somebody typed is not."""

    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create({"name": "Zoé", "email": "z@example.com"})
        self.template = self.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": self.env.ref("base.model_res_partner").id,
                "subject": "To ${object.name}",
                "body_html": '<p>Hello <a href="#">${object.name}</a>, 2 &lt; ${1 + 2}</p>',
                "email_to": "${object.email}",
                "lang": "${object.lang}",
            }
        )

    def composer(self, user, **values):
        values = dict({"model": "res.partner", "composition_mode": "mass_mail"}, **values)
        values.update(subject=values.get("subject", "Hi"), partner_ids=[(6, 0, self.partner.ids)])
        return self.env["mail.compose.message"].with_user(user).create(values)

    def rendered(self, composer):
        return composer.render_message([self.partner.id])[self.partner.id]

    # -- typed ----------------------------------------------------------------------------------

    def test_typed__stands_as_it_is(self):
        for text in (SUM, EVIL, "<p>\n% set x = 1\n</p>"):
            composer = self.composer(self.clerk, body=text, subject=text)
            found = self.rendered(composer)
            self.assertEqual(found["subject"], composer.subject)
            self.assertIn(composer.body.strip("<>/p\n"), found["body"])

    def test_typed_by_an_administrator__is_evaluated(self):
        self.assertIn("2", self.rendered(self.composer(self.boss, body=SUM))["body"])

    def test_every_field__stands_as_it_is(self):
        values = dict(body="x", email_from=EVIL, reply_to=EVIL)
        found = self.rendered(self.composer(self.clerk, **values))
        self.assertEqual((found["email_from"], found["reply_to"]), (EVIL, EVIL))

    def test_composer__is_not_for_customers(self):
        for user in self.customer | self.nobody:
            with self.assertRaises(AccessError):
                self.composer(user, body=EVIL)

    def test_composer__of_superuser_for_a_customer_goes_on(self):
        composers = self.env["mail.compose.message"].with_user(self.customer).sudo()
        composer = composers.create({"model": "res.partner", "body": SUM, "subject": "Hi"})
        self.assertTrue(composer)

    def test_preview__of_a_changed_text(self):
        """The preview of Odoo 13 is a template itself, which anybody may write."""
        name = "email_template.preview"
        if name not in self.env:
            name = "mail.template"
        previews = self.env[name].with_user(self.clerk)
        values = {"name": "x", "model_id": self.template.model_id.id, "body_html": EVIL}
        preview = previews.new(values) if name == "mail.template" else previews.create(values)
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        generate = preview.generate_email
        fields_ = ["subject", "body_html", "email_from", "email_to", "partner_to", "email_cc"]
        fields_ += ["reply_to", "scheduled_date"]
        try:
            found = str(generate(self.partner.ids, fields_))
        except Exception as error:  # whatever refuses it
            found = str(error)
        self.assertNotIn(secret, found)

    def test_known_texts__cannot_be_said_from_outside(self):
        told = self.env["mail.compose.message"].with_user(self.clerk)
        for known in ([SUM], {"texts": [SUM]}, "KnownTexts", SUM):
            composer = told.with_context(telegram_known_texts=known).create(
                {"model": "res.partner", "composition_mode": "mass_mail", "body": SUM}
            )
            self.assertIn("1 + 1", self.rendered(composer)["body"])
        self.assertEqual(KnownTexts([SUM]).texts, {SUM})

    def test_probe__says_what_this_odoo_does(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("telegram_mail_guard.is_needed", "?")
        parameters._register_hook()
        self.assertEqual(parameters.get_param("telegram_mail_guard.is_needed"), "True")

    # -- stored ---------------------------------------------------------------------------------

    def test_stored__is_evaluated_for_whoever_may_use_it(self):
        composer = self.composer(
            self.clerk,
            template_id=self.template.id,
            subject=self.template.subject,
            body=self.template.body_html,
        )
        found = self.rendered(composer)
        self.assertEqual(found["subject"], "To Zoé")
        self.assertIn("Zoé", found["body"])
        self.assertIn("3", found["body"])

    def test_stored_in_another_language__is_evaluated(self):
        french = self.template.with_context(lang="fr_FR")
        french.write({"subject": "À ${object.name}", "body_html": "<p>Bonjour ${object.name}</p>"})
        composer = self.composer(
            self.clerk,
            template_id=self.template.id,
            subject=french.subject,
            body=french.body_html,
        )
        found = self.rendered(composer)
        self.assertEqual(found["subject"], "À Zoé")
        self.assertIn("Bonjour Zoé", found["body"])

    def test_stored__sent_by_a_clerk(self):
        mail = self.template.with_user(self.clerk).send_mail(self.partner.id)
        self.assertEqual(self.env["mail.mail"].browse(mail).subject, "To Zoé")

    def test_stored__chosen_in_the_form(self):
        composer = self.composer(self.clerk, composition_mode="comment", body="")
        values = composer.onchange_template_id(
            self.template.id, "comment", "res.partner", self.partner.id
        )["value"]
        self.assertEqual(values["subject"], "To Zoé")
        self.assertIn("Zoé", values["body"])

    def test_stored__is_changed_by_administrators_alone(self):
        for user in self.plain:
            template = self.template.with_user(user)
            with self.assertRaises(AccessError):
                template.write({"body_html": EVIL})
            with self.assertRaises(AccessError):
                template.create({"name": "x", "body_html": EVIL})
            with self.assertRaises(AccessError):
                template.copy()
        self.template.with_user(self.boss).write({"body_html": "<p>Bye ${object.name}</p>"})
        self.assertIn("Bye", self.template.body_html)

    def translation(self, record, field, kind, value, src="x"):
        return {
            "type": kind,
            "name": "%s,%s" % (record._name, field),
            "res_id": record.id,
            "lang": "fr_FR",
            "src": src,
            "value": value,
            "state": "translated",
        }

    def test_stored__is_translated_by_administrators_alone(self):
        values = self.translation(self.template, "body_html", "model", EVIL)
        translations = self.env["ir.translation"]
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            translations.with_user(self.clerk).create(values)
        ours = translations.create(dict(values, value="<p>Bonjour</p>"))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            ours.with_user(self.clerk).write({"value": EVIL})
        ours.with_user(self.boss).write({"value": "<p>Salut</p>"})

    def test_view__is_translated_by_whoever_may_change_it(self):
        view = self.env["ir.ui.view"].create(
            {"name": "x", "type": "qweb", "arch": "<div>Hello</div>", "key": "x.x"}
        )
        values = self.translation(view, "arch_db", "model_terms", "Salut", "Hello")
        translations = self.env["ir.translation"]
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            translations.with_user(self.clerk).create(values)
        ours = translations.create(values)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            ours.with_user(self.clerk).write({"value": "<t t-esc='1 + 1'/>"})
        words = dict(values, type="code", name="addons/x.py", res_id=0)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            translations.with_user(self.clerk).create(words)
        # names of records go on
        title = self.env["res.partner.title"].create({"name": "Doctor"})
        values = self.translation(title, "name", "model", "Docteur", "Doctor")
        translations.with_user(self.clerk).create(values)
        self.assertEqual(title.with_context(lang="fr_FR").name, "Docteur")

    def test_composer__saves_no_template_for_a_clerk(self):
        composer = self.composer(self.clerk, body=EVIL)
        save = composer.save_as_template
        with self.assertRaises(AccessError):
            save()
