"""The settings of a school, on Odoo's page of settings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    classroom_weeks_ahead = fields.Integer(
        related="company_id.classroom_weeks_ahead", readonly=False
    )
    small_school_risk_percent = fields.Float(
        related="company_id.small_school_risk_percent", readonly=False
    )
    small_school_risk_row = fields.Integer(
        related="company_id.small_school_risk_row", readonly=False
    )
    small_school_risk_days = fields.Integer(
        related="company_id.small_school_risk_days", readonly=False
    )
    small_school_excuse_days = fields.Integer(
        related="company_id.small_school_excuse_days", readonly=False
    )
