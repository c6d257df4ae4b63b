from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..rules.defaults import CHOICES, DEFAULTS
from ..services.messages.announcements import QUIET_PARAMETER, QUIET_S
from . import telegram_choices


class ResConfigSettings(models.TransientModel):
    """The school's defaults for new classrooms."""

    _inherit = "res.config.settings"

    telegram_new_groups = fields.Boolean(
        related="company_id.telegram_new_groups",
        readonly=False,
        string="New classes get a Telegram group",
    )
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
    telegram_grace_minutes = fields.Float(
        "Let people talk after the end (minutes)",
        default=DEFAULTS["telegram_grace_minutes"][1],
        config_parameter=DEFAULTS["telegram_grace_minutes"][0],
    )
    telegram_mute_newcomers = fields.Boolean(
        "Mute who joins", config_parameter=CHOICES["telegram_mute_newcomers"][0]
    )
    telegram_announce = fields.Boolean(
        "Announce the call", config_parameter=CHOICES["telegram_announce"][0]
    )
    telegram_record = fields.Selection(
        telegram_choices.recordings,
        "Record the call",
        default=CHOICES["telegram_record"][1],
        config_parameter=CHOICES["telegram_record"][0],
    )
    telegram_report_pdf = fields.Boolean(
        "Sheet as PDF in the group", config_parameter=CHOICES["telegram_report_pdf"][0]
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

    telegram_notice_seconds = fields.Float(
        "Notices wait (seconds)", default=QUIET_S, config_parameter=QUIET_PARAMETER
    )

    telegram_quiet_from = fields.Float(
        related="company_id.telegram_quiet_from", readonly=False, string="Quiet from"
    )
    telegram_quiet_until = fields.Float(
        related="company_id.telegram_quiet_until", readonly=False, string="Quiet until"
    )

    def set_values(self):
        super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        for name, (parameter, _ours) in DEFAULTS.items():
            # Odoo would forget a zero, which here means "never".
            parameters.set_param(parameter, repr(self[name]))
        parameters.set_param(QUIET_PARAMETER, repr(self.telegram_notice_seconds))

    @api.constrains("telegram_notice_seconds", *sorted(DEFAULTS))
    def _check_telegram_defaults(self):
        for settings in self:
            if any(settings[name] < 0 for name in ("telegram_notice_seconds", *DEFAULTS)):
                raise ValidationError(_("Times and shares of a lesson are not negative."))
            if settings.telegram_partial_percent > 100:
                raise ValidationError(_("A share of a lesson is at most 100 %."))
