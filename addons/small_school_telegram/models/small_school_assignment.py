from odoo import models


class ClassroomAssignment(models.Model):
    _name = "small_school.assignment"
    _inherit = ["small_school.assignment", "telegram.enrolment.mixin"]
