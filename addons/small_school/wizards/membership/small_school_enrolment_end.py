"""The question before enrolments end or are blocked."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..own_rights import OwnRights

#: The most names in the question; the rest is counted.
_NAMES_MAX = 20


class ClassroomEnrolmentEnd(OwnRights, models.TransientModel):
    """Asks before enrolments end or are blocked, with the number and the names of the people.
    Other addons do not ask the user again (`classroom_agreed` in the context)."""

    _name = "small_school.enrolment.end"
    _description = "End enrolments"

    enrolment_ids = fields.Many2many("small_school.enrolment", string="Enrolments", required=True)
    act = fields.Selection(
        [("unenrol", "Unenrol"), ("block", "Block")], required=True, default="unenrol"
    )
    question = fields.Text("Question", compute="_compute_question")
    reason = fields.Char("Reason")

    @api.depends("enrolment_ids", "act")
    def _compute_question(self):
        for wizard in self:
            people = wizard.enrolment_ids.mapped("partner_id")
            names = people[:_NAMES_MAX].mapped("display_name")
            if len(people) > _NAMES_MAX:
                names.append("…")
            classes = wizard.enrolment_ids.mapped("classroom_id.name")
            if wizard.act == "block":
                text = _("People to block in %s: %s (%s). They cannot come back by themselves.")
            else:
                text = _("People to unenrol from %s: %s (%s). They leave the class.")
            values = (", ".join(classes), len(people), ", ".join(names))
            wizard.question = text % values

    def action_end(self):
        """Button: confirm."""
        self.ensure_one()
        if not self.enrolment_ids:
            raise UserError(_("Choose the enrolments first."))
        agreed = self.enrolment_ids.with_context(classroom_agreed=True)
        if self.act == "block":
            active = agreed.filtered(lambda enrolment: enrolment.state == "active")
            active.action_block(self.reason)
        else:
            current = agreed.filtered(lambda enrolment: enrolment.state != "ended")
            current.action_unenrol(self.reason)
        return {"type": "ir.actions.act_window_close"}
