from odoo import models

from odoo.addons.classroom.rules.bigbluebutton import Limits


class ClassroomBbbImport(models.TransientModel):
    _inherit = "classroom.bbb.import"

    def _limits(self):
        """The classroom's own, as for its calls."""
        own = self.classroom_id._telegram_thresholds()
        return Limits(own.partial_percent, own.late, own.early)
