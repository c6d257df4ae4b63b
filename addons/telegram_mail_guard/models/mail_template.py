from odoo import _, api, models
from odoo.exceptions import AccessError
from odoo.release import version_info

from .typed_texts import may_render


class MailTemplate(models.Model):
    """Templates are changed by administrators: their texts are evaluated for whoever uses them."""

    _inherit = "mail.template"

    @api.model
    def check_access_rights(self, operation, raise_exception=True):
        """Also refuse each change by anybody but administrators and Odoo itself. Odoo asks this
        for translations of a template, too. The preview of Odoo 13, which inherits this model, is
        nobody's stored template."""
        is_stored = self._name == "mail.template" and operation != "read"
        if not is_stored or self.env.su or self.env.user.has_group("base.group_system"):
            return super().check_access_rights(operation, raise_exception=raise_exception)
        if not raise_exception:
            return False
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
