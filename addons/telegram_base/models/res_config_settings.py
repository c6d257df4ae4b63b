from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..rules import identity
from .identity.telegram_link import (
    DEFAULT_HOURS,
    DEFAULT_PAPER_DAYS,
    HOURS_PARAMETER,
    PAPER_DAYS_PARAMETER,
)
from .identity.telegram_lookup import PER_DAY_PARAMETER, RULE_PARAMETER
from .run.telegram_retention import DEFAULTS, LEAST, PARAMETER


def _days(label, name):
    """Return a field for the number of days that one kind of data is kept; 0: for ever."""
    return fields.Integer(label, config_parameter=PARAMETER % name, default=DEFAULTS[name])


class ResConfigSettings(models.TransientModel):
    """The settings of the school, and the defaults of new groups."""

    _inherit = "res.config.settings"

    telegram_link_hours = fields.Integer(
        "Hours a personal link is valid",
        config_parameter=HOURS_PARAMETER,
        default=DEFAULT_HOURS,
    )
    telegram_link_paper_days = fields.Integer(
        "Days a printed link is valid",
        config_parameter=PAPER_DAYS_PARAMETER,
        default=DEFAULT_PAPER_DAYS,
    )
    telegram_share_freely = fields.Boolean(
        "Families may share an account without the school's word",
        config_parameter="telegram_base.share_freely",
    )
    telegram_confirm_rule = fields.Selection(
        [
            (identity.NEVER, "Somebody always decides"),
            (identity.NAME_AND_PHONE, "Confirmed if name and telephone number are the same"),
        ],
        "A suggested account",
        config_parameter=RULE_PARAMETER,
        default=identity.NEVER,
    )
    telegram_lookups_a_day = fields.Integer(
        "Telephone numbers looked up a day", config_parameter=PER_DAY_PARAMETER, default=0
    )
    telegram_mail = fields.Boolean(related="company_id.telegram_mail", readonly=False)
    telegram_strangers = fields.Selection(
        related="company_id.telegram_strangers", readonly=False, string="Unknown person comes in"
    )
    telegram_history = fields.Selection(
        related="company_id.telegram_history", readonly=False, string="Newcomers"
    )
    default_add_contacts = fields.Boolean(
        "Add contacts directly", default_model="telegram.chat", default=True
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
        # enrolling everybody who comes is for single groups
        [("ask", "Ask a person"), ("remove", "Remove from the group")],
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

    # days that data is kept; see docs/en/privacy.md for each kind
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
            if any(value and value < LEAST for value in days):
                raise ValidationError(
                    _("What is over is kept for %s days at least, or for ever (0).") % LEAST
                )

    @api.constrains("telegram_link_hours")
    def _check_telegram_link_hours(self):
        for settings in self:
            if not 1 <= settings.telegram_link_hours <= 24 * 30:
                raise ValidationError(_("A personal link is valid for 1 to 720 hours."))

    @api.constrains("telegram_link_paper_days", "telegram_lookups_a_day")
    def _check_telegram_people(self):
        for settings in self:
            if not 1 <= settings.telegram_link_paper_days <= 90:
                raise ValidationError(_("A printed link is valid for 1 to 90 days."))
            if not 0 <= settings.telegram_lookups_a_day <= 20:
                raise ValidationError(
                    _("At most 20 telephone numbers are looked up a day: Telegram allows few.")
                )
