from odoo import api, models
from odoo.release import version_info

from .typed_texts import may_render

if version_info[0] >= 14:  # before, `mail.template` evaluates

    class MailRenderMixin(models.AbstractModel):
        """The one place through which Odoo 14 evaluates texts as templates."""

        _inherit = "mail.render.mixin"

        @api.model
        def _render_template_jinja(self, template_txt, model, res_ids, add_context=None):
            """As Odoo's; a text that may not be evaluated is returned as it stands."""
            if may_render(self.env, template_txt):
                return super()._render_template_jinja(
                    template_txt, model, res_ids, add_context=add_context
                )
            return dict.fromkeys(res_ids, template_txt)
