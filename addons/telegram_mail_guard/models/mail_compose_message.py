from odoo import _, api, models, tools
from odoo.exceptions import AccessError

from .typed_texts import KnownTexts

#: Own field → the template's.
_FIELDS = {"subject": "subject", "body": "body_html", "email_from": "email_from"}
_FIELDS["reply_to"] = "reply_to"


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    @api.model
    def create(self, vals):
        """Only people of the school compose messages; what Odoo sends as superuser for a customer
        goes on."""
        if not self.env.su and not self.env.user.has_group("base.group_user"):
            raise AccessError(_("Messages are composed by the people who work here."))
        return super().create(vals)

    def render_message(self, res_ids):
        """As Odoo's. Texts of the chosen template count as stored also as this form keeps them,
        cleaned of what HTML may not have."""
        self.ensure_one()
        known = self.with_context(telegram_known_texts=KnownTexts(self._telegram_known_texts()))
        return super(MailComposeMessage, known).render_message(res_ids)

    def _telegram_known_texts(self):
        template = self.template_id.sudo()
        texts = set()
        for lang, _name in self.env["res.lang"].get_installed() if template else ():
            told = template.with_context(lang=lang)
            for own, theirs in _FIELDS.items():
                text = told[theirs]
                if text:
                    texts |= {text, self._fields[own].convert_to_column(text, self)}
        return {tools.ustr(text) for text in texts if text}
