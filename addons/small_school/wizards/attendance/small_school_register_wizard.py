"""The question for the period of a register or of a student's record."""

from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..own_rights import OwnRights

#: The default period of a student's record.
TERM = timedelta(days=120)


class ClassroomRegisterWizard(OwnRights, models.TransientModel):
    """Asks for the period of a classroom's register or of a student's record, and for the file."""

    _name = "small_school.register.wizard"
    _description = "Register or record of a period"

    classroom_id = fields.Many2one("small_school.classroom", "Classroom")
    partner_id = fields.Many2one("res.partner", "Student")
    date_from = fields.Date("From", required=True, default=lambda self: self._default_from())
    date_to = fields.Date("Until", required=True, default=lambda self: self._default_to())

    @api.model
    def _default_from(self):
        today = fields.Date.context_today(self)
        is_student = self.env.context.get("default_partner_id")
        return today - TERM if is_student else today.replace(day=1)

    @api.model
    def _default_to(self):
        today = fields.Date.context_today(self)
        if self.env.context.get("default_partner_id"):
            return today
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)

    def action_show(self):
        return self._open("html", "new")

    def action_pdf(self):
        return self._open("pdf")

    def action_xlsx(self):
        return self._open("xlsx")

    def action_csv(self):
        return self._open("csv")

    def _open(self, form, target="self"):
        """Return the action that opens the report. form: pdf, xlsx, csv or html. Raises UserError
        without a classroom or student, and for a period that ends before it begins."""
        self.ensure_one()
        self.check_access_rights("write")
        if self.date_to < self.date_from:
            raise UserError(_("The period ends before it begins: mend the dates."))
        if not self.classroom_id and not self.partner_id:
            raise UserError(_("Choose a classroom or a student."))
        kind, record = "register", self.classroom_id
        if self.partner_id:
            kind, record = "student", self.partner_id
        return {
            "type": "ir.actions.act_url",
            "target": target,
            "url": "/classroom/report/%s?id=%s&first=%s&last=%s&format=%s"
            % (kind, record.id, self.date_from, self.date_to, form),
        }
