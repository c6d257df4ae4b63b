from odoo import _, api, models
from odoo.exceptions import AccessError
from odoo.release import version_info

from .typed_texts import may_render


class MailTemplate(models.Model):
    """Templates are changed by administrators: their texts are evaluated for whoever uses them."""

    _inherit = "mail.template"

    @api.model_create_multi
    def create(self, vals_list):
        self._telegram_check_may_change()
        return super().create(vals_list)

    def write(self, vals):
        self._telegram_check_may_change()
        return super().write(vals)

    def unlink(self):
        self._telegram_check_may_change()
        return super().unlink()

    def copy(self, default=None):
        self._telegram_check_may_change()
        return super().copy(default)

    @api.model
    def _telegram_check_may_change(self):
        """Raise AccessError unless an administrator or Odoo itself does this. The preview of a
        template, which inherits this model, is nobody's stored template."""
        if self._name != "mail.template" or self.env.su:
            return
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                _(
                    "Only administrators change templates of e-mails: what is written in them can "
                    "read and change everything. Ask your administrator, or write the text into "
                    "the message itself."
                )
            )

    if version_info[0] < 14:  # from then on `mail.render.mixin` evaluates

        @api.model
        def _render_template(self, template_txt, model, res_ids, post_process=False):
            """As Odoo's; a text that may not be evaluated is returned as it stands."""
            if may_render(self.env, template_txt):
                return super()._render_template(
                    template_txt, model, res_ids, post_process=post_process
                )
            text = self.render_post_process(template_txt) if post_process else template_txt
            return text if isinstance(res_ids, int) else dict.fromkeys(res_ids, text)
