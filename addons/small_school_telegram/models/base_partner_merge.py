from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    """While enrolments move from one contact to the other nobody comes or goes: the rosters are
    compared after the merge (`_telegram_on_people_united`)."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _classroom_unite(self, target, others):
        quiet = {"telegram_uniting": True}
        return super(MergePartnerAutomatic, self.with_context(**quiet))._classroom_unite(
            target.with_context(**quiet), others.with_context(**quiet)
        )
