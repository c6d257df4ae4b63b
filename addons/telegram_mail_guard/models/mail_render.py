"""The one place through which Odoo evaluates texts as templates; Odoo 14 has moved it."""

from odoo import api, models
from odoo.release import version_info

from .typed_texts import may_render

if version_info[0] < 14:

    class MailTemplate(models.Model):
        _inherit = "mail.template"

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
        def _render_template_jinja(self, template_txt, model, res_ids, add_context=None):
            """As Odoo's; a text that may not be evaluated is returned as it stands."""
            if may_render(self.env, template_txt):
                return super()._render_template_jinja(
                    template_txt, model, res_ids, add_context=add_context
                )
            return dict.fromkeys(res_ids, template_txt)
