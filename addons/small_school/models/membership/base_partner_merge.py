"""Merging two contacts of one person: their enrolments, assignments and attendance."""

from odoo import models

from .res_partner import SCHOOL_FIELDS


class MergePartnerAutomatic(models.TransientModel):
    """Odoo's wizard rewrites foreign keys in SQL and, on a clash of a unique key, deletes the rows
    of the merged contact; so rows of both contacts are merged before."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Merge enrolments, assignments and attendance before Odoo's own merge. Raises AccessError
        if guardians or children would move with a contact and the user may not change them."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        if len(partners) > 1:
            # Odoo moves guardians and children with the contact, which only the school may change
            if not partners._is_school_manager():
                partners._check_school_changes(
                    {partner.id: partner._school_values(SCHOOL_FIELDS) for partner in partners}
                )
            target = dst_partner or self._get_ordered_partner(partners.ids)[-1]
            self._classroom_unite(target, partners - target)
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _classroom_unite(self, target, others):
        """Give the target the rows of the others; of two rows, the stronger one is kept."""
        self._unite_enrolments(target, others)
        self._unite_assignments(target, others)
        self._unite_attendance(target, others)
        if not target.student_number:
            numbers = others.filtered("student_number").mapped("student_number")
            if numbers:
                others.sudo().write({"student_number": False})
                target.sudo().student_number = numbers[0]
        if any(others.mapped("student_blocked")):
            target.sudo().student_blocked = True

    def _unite_enrolments(self, target, others):
        """Move the enrolments of the others to the target; of two open ones in a class, one stays
        open."""
        strength = {"ended": 0, "active": 1, "blocked": 2}
        enrolments = self.env["small_school.enrolment"].sudo()
        for other in enrolments.search([("partner_id", "in", others.ids)]):
            own = enrolments.search(
                [
                    ("partner_id", "=", target.id),
                    ("classroom_id", "=", other.classroom_id.id),
                    ("state", "!=", "ended"),
                ]
            )
            if own and other.state != "ended":
                if strength[other.state] > strength[own.state]:
                    own.state = other.state
                other.state = "ended"
            other.partner_id = target

    def _unite_assignments(self, target, others):
        """Move the assignments of the others to the target; one that overlaps its own is
        deleted."""
        assignments = self.env["small_school.assignment"].sudo()
        for other in assignments.search([("partner_id", "in", others.ids)]):
            own = assignments.search(
                [
                    ("classroom_id", "=", other.classroom_id.id),
                    ("role", "=", other.role),
                    ("partner_id", "=", target.id),
                ]
            )
            if any(assignment._overlaps(other) for assignment in own):
                other.unlink()
            else:
                other.partner_id = target

    def _unite_attendance(self, target, others):
        """Keep one of two lines on one sheet: the corrected one, or the one with more minutes."""
        lines = self.env["small_school.attendance"].sudo().with_context(classroom_uniting=True)
        for other in lines.search([("partner_id", "in", others.ids)]):
            own = lines.search(
                [("lesson_id", "=", other.lesson_id.id), ("partner_id", "=", target.id)]
            )
            if not own:
                other.partner_id = target
            elif (other.corrected, other.minutes) > (own.corrected, own.minutes):
                own.unlink()
                other.partner_id = target
            else:
                other.unlink()
