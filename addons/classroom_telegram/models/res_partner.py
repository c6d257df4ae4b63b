from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if "student_blocked" in vals:
            self._telegram_follow()
        return result

    # -- who may act for whom ---------------------------------------------------------------------

    def _telegram_wards(self):
        return super()._telegram_wards() | self.sudo().mapped("ward_ids")

    def _telegram_family(self):
        guardians, wards = self.sudo().mapped("guardian_ids"), self.sudo().mapped("ward_ids")
        return (
            super()._telegram_family() | guardians | wards | guardians.mapped("ward_ids")
        ) - self

    def _telegram_told_guardians(self):
        student = self.sudo()
        # who is no guardian any more is told of nothing
        told = student.told_guardian_ids & student.guardian_ids
        return super()._telegram_told_guardians() | told

    def _telegram_has_told_wards(self):
        told = self.sudo().search_count([("told_guardian_ids", "in", self.ids)])
        return bool(told) or super()._telegram_has_told_wards()

    def _telegram_mail_reader(self):
        """Whoever has an address: the person, else a guardian."""
        reader = super()._telegram_mail_reader()
        for guardian in self.sudo().guardian_ids if not reader else ():
            reader = reader or super(ResPartner, guardian)._telegram_mail_reader()
        return reader

    def _check_may_link(self):
        """Supervisors print and send the links of their own classrooms' people, too."""
        user = self.env.user
        if user.has_group("classroom.group_supervisor") and self._is_supervised_by(user.partner_id):
            return
        super()._check_may_link()

    def _is_supervised_by(self, supervisor):
        """Whether all of these people are in classrooms that this person supervises."""
        own = (
            self.env["classroom.assignment"]
            .sudo()
            .search([("partner_id", "=", supervisor.id), ("role", "=", "supervisor")])
        )
        rows = (
            self.env["telegram.roster"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("chat_id", "in", own.mapped("classroom_id.telegram_chat_id").ids),
                ]
            )
        )
        return bool(self) and rows.mapped("partner_id") == self.sudo()

    def _classroom_telegram_classrooms(self):
        """Classrooms whose roster may name these people."""
        enrolments, assignments = self.env["classroom.enrolment"], self.env["classroom.assignment"]
        domain = [("partner_id", "in", self.ids)]
        found = enrolments.sudo().search(domain).mapped("classroom_id")
        return found | assignments.sudo().search(domain).mapped("classroom_id")
