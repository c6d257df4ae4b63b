from odoo import api, fields, models

from ...services.membership import rights


class TelegramQuestion(models.Model):
    """A question about an account is seen by the supervisors of the student whom it is about."""

    _inherit = "telegram.question"

    may_see = fields.Boolean(compute="_compute_may_see", search="_search_may_see")

    @api.depends_context("uid")
    def _compute_may_see(self):
        mine = self.sudo().search([("id", "in", self.ids), ("may_see", "=", True)])
        for question in self:
            question.may_see = question.id in mine.ids

    @api.model
    def _search_may_see(self, operator, value):
        return rights.leaf(rights.questions_seen(self.env.user), operator, value)
