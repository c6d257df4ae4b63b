"""The one place through which Odoo evaluates texts as templates; Odoo 14 has moved it."""

import logging

from psycopg2 import Error

from odoo import api, models
from odoo.release import version_info

from .typed_texts import may_render

_logger = logging.getLogger(__name__)
#: A text for the probe.
_PROBE, _EVALUATED = "${40 + 2}", "42"

if version_info[0] < 14:

    class MailTemplate(models.Model):
        _inherit = "mail.template"

        @api.model
        def _telegram_evaluates(self, text):
            return super()._render_template(text, "res.users", self.env.uid)

        @api.model
        def _render_template(self, template_txt, model, res_ids, post_process=False):
            """As Odoo's; a text that may not be evaluated is returned as it stands."""
            if may_render(self.env, template_txt):
                return super()._render_template(
                    template_txt, model, res_ids, post_process=post_process
                )
            text = self.render_post_process(template_txt) if post_process else template_txt
            return text if isinstance(res_ids, int) else dict.fromkeys(res_ids, text)

else:

    class MailRenderMixin(models.AbstractModel):
        _inherit = "mail.render.mixin"

        @api.model
        def _telegram_evaluates(self, text):
            found = super()._render_template_jinja(text, "res.users", [self.env.uid])
            return found[self.env.uid]

        @api.model
        def _render_template_jinja(self, template_txt, model, res_ids, add_context=None):
            """As Odoo's; a text that may not be evaluated is returned as it stands."""
            if may_render(self.env, template_txt):
                return super()._render_template_jinja(
                    template_txt, model, res_ids, add_context=add_context
                )
            return dict.fromkeys(res_ids, template_txt)


class ConfigParameter(models.Model):
    """Each start of Odoo finds out whether it evaluates what a plain login types."""

    _inherit = "ir.config_parameter"

    def _register_hook(self):
        super()._register_hook()
        plain = self.env.ref("base.public_user", raise_if_not_found=False)
        try:
            is_needed = self.env["mail.template"].with_user(plain)._telegram_evaluates(_PROBE)
        except Exception:  # whatever refuses it: nothing is evaluated
            is_needed = ""
        is_needed = is_needed == _EVALUATED
        _logger.info(
            "Odoo itself %s what people type into e-mails",
            "evaluates" if is_needed else "does not evaluate",
        )
        if self.sudo().get_param("telegram_mail_guard.is_needed") == str(is_needed):
            return
        try:
            with self.env.cr.savepoint():
                self.sudo().set_param("telegram_mail_guard.is_needed", str(is_needed))
        except Error:
            _logger.info("Another process that starts writes the same", exc_info=True)
