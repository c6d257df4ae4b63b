"""The rows of a roster that is being imported."""

from odoo import api, fields, models

from ..own_rights import OwnRights


class ClassroomImportLine(OwnRights, models.TransientModel):
    """One row of the file: its values, the planned action, and the reason."""

    _name = "small_school.import.line"
    _description = "Row of a roster"
    _order = "row"

    wizard_id = fields.Many2one("small_school.import", required=True, ondelete="cascade")
    row = fields.Integer("Row")
    classroom = fields.Char("Classroom")
    number = fields.Char("Number")
    name = fields.Char("Name")
    role = fields.Char()  # the text of the file, if it is none of ours
    role_text = fields.Char("Role", compute="_compute_role_text")
    phone = fields.Char("Phone")
    email = fields.Char("E-mail")
    lang = fields.Char("Language")
    action = fields.Selection([("create", "New"), ("update", "Update")], "Action")
    state = fields.Selection(
        [("ready", "Ready"), ("ask", "To answer"), ("refused", "Refused"), ("done", "Imported")],
        "State",
    )
    question = fields.Char("Question")
    answer = fields.Selection(
        [("same", "Yes, the same person"), ("other", "No, somebody else")], "Answer"
    )
    reason = fields.Char("Reason")

    @api.depends("role")
    @api.depends_context("lang")
    def _compute_role_text(self):
        roles = self.env["small_school.attendance"]._fields["role"]
        words = dict(roles._description_selection(self.env))
        for line in self:
            line.role_text = words.get(line.role, line.role)
