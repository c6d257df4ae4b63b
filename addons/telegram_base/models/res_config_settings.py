from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .telegram_link import DEFAULT_HOURS, HOURS_PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    telegram_link_hours = fields.Integer(
        "Hours a personal link is valid",
        config_parameter=HOURS_PARAMETER,
        default=DEFAULT_HOURS,
    )
    default_title_policy = fields.Selection(
        [("accept", "Take the new title over"), ("restore", "Restore ours")],
        "When a title is changed on Telegram",
        default_model="telegram.chat",
        default="accept",
    )
    default_promotion_policy = fields.Selection(
        [("restore", "Restore ours"), ("accept", "Let it be")],
        "When a role is changed on Telegram",
        default_model="telegram.chat",
        default="restore",
    )
    default_join_policy = fields.Selection(
        [("enrol", "Enrol"), ("ask", "Ask a person"), ("remove", "Remove from the group")],
        "When a known person joins on Telegram",
        default_model="telegram.chat",
        default="ask",
    )
    default_leave_policy = fields.Selection(
        [("unenrol", "Unenrol"), ("flag", "Only show it")],
        "When a person leaves on Telegram",
        default_model="telegram.chat",
        default="unenrol",
    )

    @api.constrains("telegram_link_hours")
    def _check_telegram_link_hours(self):
        for settings in self:
            if not 1 <= settings.telegram_link_hours <= 24 * 30:
                raise ValidationError(_("A personal link is valid for 1 to 720 hours."))
