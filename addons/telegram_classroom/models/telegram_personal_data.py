from odoo import _, api, models

from odoo.addons.telegram_base.personal import Holding


class TelegramPersonalData(models.AbstractModel):
    """Lessons and sheets tell of people in their history, as classrooms do."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        title = _("Reminders of lessons by e-mail")
        return super()._personal_data() + [
            Holding("telegram.notice.mail", title, ("partner_id",), ("key",))
        ]

    @api.model
    def _personal_text_models(self):
        names = super()._personal_text_models()
        for mixin in (
            "telegram.lesson.mixin",
            "telegram.attendance.mixin",
            "telegram.enrolment.mixin",
        ):
            names |= self._personal_descendants(mixin)
        return names
