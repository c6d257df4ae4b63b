from odoo import api, models


class MergePartnerAutomatic(models.TransientModel):
    """A contact that we made and that is merged with an older one is no longer ours: it stays the
    contact of the school's record, but does not follow that record any more."""

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        persons = self.env["telegram.school.person"].sudo()
        everybody = src_partners | dst_partner
        rows = persons.search([("partner_id", "in", everybody.ids)])
        if everybody - rows.filtered("is_own").mapped("partner_id"):
            rows.write({"is_own": False})
        return super()._update_foreign_keys(src_partners, dst_partner)
