from odoo import models


class ClassroomEnrolment(models.Model):
    _name = "classroom.enrolment"
    _inherit = ["classroom.enrolment", "telegram.enrolment.mixin"]
