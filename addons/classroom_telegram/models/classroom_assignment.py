from odoo import models


class ClassroomAssignment(models.Model):
    _name = "classroom.assignment"
    _inherit = ["classroom.assignment", "telegram.enrolment.mixin"]
