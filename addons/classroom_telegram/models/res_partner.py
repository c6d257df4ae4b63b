from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if {"student_blocked", "active"} & set(vals):
            self._classroom_telegram_classrooms()._telegram_sync()
        return result

    def _classroom_telegram_classrooms(self):
        """Classrooms whose roster may name these people."""
        enrolments, assignments = self.env["classroom.enrolment"], self.env["classroom.assignment"]
        domain = [("partner_id", "in", self.ids)]
        found = enrolments.sudo().search(domain).mapped("classroom_id")
        return found | assignments.sudo().search(domain).mapped("classroom_id")
