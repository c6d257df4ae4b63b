from odoo import _, api, models
from odoo.exceptions import AccessError


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
