from odoo import models

from .res_partner import SCHOOLS


class MergePartnerAutomatic(models.TransientModel):
    """Odoo's wizard rewrites foreign keys in SQL and, on a clash of a unique key, deletes the
    rows of the merged contact: what belongs to both is united before it does."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        if len(partners) > 1:
            # Odoo moves guardians and children with the contact: whose these are the school says
            if not partners._is_schools_manager():
                partners._check_may_say({one.id: one._schools_word(SCHOOLS) for one in partners})
            target = dst_partner or self._get_ordered_partner(partners.ids)[-1]
            self._classroom_unite(target, partners - target)
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _classroom_unite(self, target, others):
        """Give the target what only the others have; where both have it, keep the stronger."""
        strength = {"ended": 0, "active": 1, "blocked": 2}
        enrolments = self.env["classroom.enrolment"].sudo()
        for other in enrolments.search([("partner_id", "in", others.ids)]):
            twin = enrolments.search(
                [
                    ("partner_id", "=", target.id),
                    ("classroom_id", "=", other.classroom_id.id),
                    ("state", "!=", "ended"),
                ]
            )
            if twin and other.state != "ended":
                if strength[other.state] > strength[twin.state]:
                    twin.state = other.state
                other.state = "ended"
            other.partner_id = target
        assignments = self.env["classroom.assignment"].sudo()
        for other in assignments.search([("partner_id", "in", others.ids)]):
            own = [
                *(("classroom_id", "=", other.classroom_id.id), ("role", "=", other.role)),
                ("partner_id", "=", target.id),
            ]
            if assignments.search(own).filtered(lambda one, other=other: one._overlaps(other)):
                other.unlink()
            else:
                other.partner_id = target
        lines = self.env["classroom.attendance"].sudo().with_context(classroom_uniting=True)
        for other in lines.search([("partner_id", "in", others.ids)]):
            twin = lines.search(
                [("lesson_id", "=", other.lesson_id.id), ("partner_id", "=", target.id)]
            )
            if not twin:
                other.partner_id = target
            elif (other.corrected, other.minutes) > (twin.corrected, twin.minutes):
                twin.unlink()
                other.partner_id = target
            else:
                other.unlink()
        if not target.student_number:
            numbers = others.filtered("student_number").mapped("student_number")
            if numbers:
                others.sudo().write({"student_number": False})
                target.sudo().student_number = numbers[0]
        if any(others.mapped("student_blocked")):
            target.sudo().student_blocked = True
