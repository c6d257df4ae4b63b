from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .run.telegram_retention import DEFAULTS, LEAST, PARAMETER


def _days(label, name):
    return fields.Integer(label, config_parameter=PARAMETER % name, default=DEFAULTS[name])


class ResConfigSettings(models.TransientModel):
    """How long traces are kept, in days; 0: for ever. What each of them is: docs/en/privacy.md."""

    _inherit = "res.config.settings"

    telegram_keep_facts = _days("Facts from Telegram (days)", "facts")
    telegram_keep_commands = _days("Commands to the gateway (days)", "commands")
    telegram_keep_links = _days("Personal links (days)", "links")
    telegram_keep_removals = _days("Removals (days)", "removals")
    telegram_keep_strangers = _days("Strangers who left (days)", "strangers")
    telegram_keep_presence = _days("What was seen in calls (days)", "presence")
    telegram_keep_log = _days("Log of identities (days)", "log")
    telegram_keep_troubles = _days("Past troubles (days)", "troubles")

    def set_values(self):
        super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        for name in DEFAULTS:
            # Odoo would forget a zero, which here means "for ever"
            parameters.set_param(PARAMETER % name, str(self["telegram_keep_" + name]))

    @api.constrains(*("telegram_keep_" + name for name in DEFAULTS))
    def _check_telegram_keep(self):
        for settings in self:
            days = [settings["telegram_keep_" + name] for name in DEFAULTS]
            if any(one and one < LEAST for one in days):
                raise ValidationError(
                    _("What is over is kept for %s days at least, or for ever (0).") % LEAST
                )
