"""The rows of a timetable that is being imported."""

from odoo import fields, models

from ..own_rights import OwnRights


class ClassroomTimetableImportLine(OwnRights, models.TransientModel):
    """One row of the file: its values, the planned action, and the reason."""

    _name = "small_school.timetable.import.line"
    _description = "Row of a timetable"
    _order = "row"

    wizard_id = fields.Many2one("small_school.timetable.import", required=True, ondelete="cascade")
    row = fields.Integer("Row")
    classroom = fields.Char("Classroom")
    name = fields.Char("Subject")
    weekdays = fields.Char("Days")
    hour = fields.Char("Time")
    duration = fields.Char("Duration")
    teacher = fields.Char("Teacher")
    date_from = fields.Char("From")
    date_to = fields.Char("Until")
    every = fields.Char("Every … weeks")
    action = fields.Selection([("create", "New"), ("update", "Update")], "Action")
    state = fields.Selection(
        [("ready", "Ready"), ("refused", "Refused"), ("done", "Imported")], "State"
    )
    reason = fields.Char("Reason")
