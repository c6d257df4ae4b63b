"""A user's own calendar."""

from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def action_small_school_feed(self):
        """Button: show the user's own calendar address."""
        return self.env.user.partner_id._small_school_feed_action()
