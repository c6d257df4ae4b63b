from odoo import models

from odoo.addons.small_school.rules.bigbluebutton import Limits
from odoo.addons.telegram_school.services.membership.roster import ClassRoster


class ClassroomBbbImport(models.TransientModel):
    _inherit = "small_school.bbb.import"

    def _limits(self):
        """Return the classroom's own limits, as for its calls."""
        own = ClassRoster(self.classroom_id).thresholds()
        return Limits(own.partial_percent, own.late, own.early)
