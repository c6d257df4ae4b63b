from odoo import _, api, models


class TelegramOnboarding(models.AbstractModel):
    """The school's own step: the first classroom."""

    _inherit = "telegram.onboarding"

    @api.model
    def _steps(self):
        """Also return the step of the first classroom."""
        steps = super()._steps()
        # administrators of Telegram may lack the rights of the school's own groups
        count = self.env["small_school.classroom"].sudo().search_count([])
        steps.insert(
            3,
            {
                "title": _("The first classroom"),
                "text": _("Classrooms so far: %s.") % count
                if count
                else _("Make one, or import your lists."),
                "is_done": bool(count),
                "links": [
                    (_("Classrooms"), "/web#action=small_school.action_classroom"),
                    (_("Import a list"), "/web#action=small_school.action_import"),
                ],
            },
        )
        return steps
