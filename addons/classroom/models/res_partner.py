from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    student_number = fields.Char("Student number", copy=False, index=True)
    student_blocked = fields.Boolean(
        "Blocked everywhere", help="Blocked in every classroom until this is taken back."
    )
    enrolment_ids = fields.One2many("classroom.enrolment", "partner_id", "Enrolments")
    assignment_ids = fields.One2many("classroom.assignment", "partner_id", "Classrooms")
    attendance_ids = fields.One2many("classroom.attendance", "partner_id", "Attendance")

    _sql_constraints = [
        (
            "student_number_once",
            "unique (student_number, company_id)",
            "This student number belongs to somebody else.",
        )
    ]
