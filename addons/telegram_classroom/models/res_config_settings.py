from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .telegram_classroom_mixin import DEFAULTS


class ResConfigSettings(models.TransientModel):
    """The school's defaults for new classrooms."""

    _inherit = "res.config.settings"

    telegram_reminder_minutes = fields.Float(
        "Reminder (minutes before)",
        default=DEFAULTS["telegram_reminder_minutes"][1],
        config_parameter=DEFAULTS["telegram_reminder_minutes"][0],
    )
    telegram_open_minutes = fields.Float(
        "Opening of the call (minutes before)",
        default=DEFAULTS["telegram_open_minutes"][1],
        config_parameter=DEFAULTS["telegram_open_minutes"][0],
    )
    telegram_late_minutes = fields.Float(
        "Late after (minutes)",
        default=DEFAULTS["telegram_late_minutes"][1],
        config_parameter=DEFAULTS["telegram_late_minutes"][0],
    )
    telegram_early_minutes = fields.Float(
        "Left early from (minutes before the end)",
        default=DEFAULTS["telegram_early_minutes"][1],
        config_parameter=DEFAULTS["telegram_early_minutes"][0],
    )
    telegram_partial_percent = fields.Float(
        "Partly present below (%)",
        default=DEFAULTS["telegram_partial_percent"][1],
        config_parameter=DEFAULTS["telegram_partial_percent"][0],
    )
    telegram_bridge_seconds = fields.Float(
        "Reconnect within (seconds)",
        default=DEFAULTS["telegram_bridge_seconds"][1],
        config_parameter=DEFAULTS["telegram_bridge_seconds"][0],
    )

    # A person whom the school knows and who comes into a classroom's group is enrolled.
    default_join_policy = fields.Selection(default="enrol")

    def set_values(self):
        super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        for name, (parameter, _ours) in DEFAULTS.items():
            # Odoo would forget a zero, which here means "never".
            parameters.set_param(parameter, repr(self[name]))

    @api.constrains(*sorted(DEFAULTS))
    def _check_telegram_defaults(self):
        for settings in self:
            if any(settings[name] < 0 for name in DEFAULTS):
                raise ValidationError(_("Times and shares of a lesson are not negative."))
            if settings.telegram_partial_percent > 100:
                raise ValidationError(_("A share of a lesson is at most 100 %."))
