import logging

from psycopg2 import Error

from odoo import models

from .typed_texts import KnownTexts

_logger = logging.getLogger(__name__)
#: A text for the probe, and what is made of it where texts are evaluated.
_PROBE, _EVALUATED = "${40 + 2}", "42"


class ConfigParameter(models.Model):
    """Each start of Odoo finds out whether it evaluates what a plain login types."""

    _inherit = "ir.config_parameter"

    def _register_hook(self):
        super()._register_hook()
        plain = self.env.ref("base.public_user", raise_if_not_found=False)
        # as if the text were a stored template's: what Odoo makes of it then, it makes of any
        templates = self.env["mail.template"].with_context(
            telegram_known_texts=KnownTexts([_PROBE])
        )
        try:
            found = templates.with_user(plain)._render_template(_PROBE, "res.users", [plain.id])
            is_needed = found[plain.id] == _EVALUATED
        except Exception:  # whatever refuses it: nothing is evaluated
            is_needed = False
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
