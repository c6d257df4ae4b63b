from odoo import _, models
from odoo.exceptions import AccessError


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
        # former guardians are not told anything
        told = student.told_guardian_ids & student.guardian_ids
        return super()._telegram_told_guardians() | told

    def _telegram_has_told_wards(self):
        told = self.sudo().search_count([("told_guardian_ids", "in", self.ids)])
        return bool(told) or super()._telegram_has_told_wards()

    def _telegram_mail_reader(self):
        """Return a guardian if the person has no address."""
        reader = super()._telegram_mail_reader()
        for guardian in self.sudo().guardian_ids if not reader else ():
            reader = reader or super(ResPartner, guardian)._telegram_mail_reader()
        return reader

    def _check_may_link(self):
        """Also let supervisors have the links of students who are entrusted to them. Raises
        AccessError for other people."""
        others = self - self.env.user.partner_id
        if not others or not others._telegram_is_supervisors():
            return super()._check_may_link()
        refused = others._telegram_not_linkable()
        if refused:
            raise AccessError(refused[others.filtered(lambda one: one in refused)[:1]])

    def _telegram_is_supervisors(self):
        """Return whether the user makes personal links as a supervisor, and by no wider right."""
        user = self.env.user
        is_wider = self.env.su or user.has_group("telegram_base.group_user")
        return not is_wider and user.has_group("small_school.group_supervisor")

    def _telegram_refused_links(self):
        return self._telegram_not_linkable() if self._telegram_is_supervisors() else {}

    def _telegram_not_linkable(self):
        """Return {person: reason} for people to whom the user, as a supervisor, gives no personal
        link: a link lets its holder act as that person."""
        people, refused = self.sudo().with_context(active_test=False), {}
        users = people.env["res.users"].search([("partner_id", "in", people.ids)])
        colleagues = users.filtered(lambda one: not one.share).mapped("partner_id")
        colleagues |= (
            people.env["small_school.assignment"]
            .search([("partner_id", "in", people.ids)])
            .mapped("partner_id")
        )
        entrusted = self._entrusted_enrolments(self.env.user).mapped("partner_id")
        for partner in self:
            name = partner.sudo().display_name
            if partner in colleagues:
                refused[partner] = (
                    _("%s works at the school: ask a manager for this person's link.") % name
                )
            elif partner.sudo() not in entrusted:
                refused[partner] = (
                    _(
                        "%s is not in a class of yours, or only since today and by yourself: ask a "
                        "manager for this person's link, or wait until tomorrow."
                    )
                    % name
                )
        return refused

    def _is_supervised_by(self, supervisor):
        """Return whether all of these people are in classrooms that this person supervises."""
        own = (
            self.env["small_school.assignment"]
            .sudo()
            .search([("partner_id", "=", supervisor.id), ("role", "=", "supervisor")])
            .filtered(lambda one: one._is_current(one.classroom_id._today()))
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
