from odoo import api, models


class TelegramEnrolmentMixin(models.AbstractModel):
    """A record whose change means that a classroom's roster may have changed: an enrolment, an
    assignment of a teacher. The classrooms before and after the change are brought up to date,
    once for all records of one call."""

    _name = "telegram.enrolment.mixin"
    _inherit = "telegram.labels.mixin"
    _description = "Belonging to a classroom with a Telegram group"

    #: The adapter's field that leads to the classroom.
    _telegram_classroom_field = "classroom_id"
    #: Own fields whose change concerns the roster; empty: all.
    _telegram_watched = ()

    def _telegram_classrooms(self):
        """The records of `telegram.classroom.mixin` that these ones concern."""
        return self.sudo().mapped(self._telegram_classroom_field)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._telegram_classrooms()._telegram_sync()
        return records

    def write(self, vals):
        if self._telegram_watched and not set(self._telegram_watched) & set(vals):
            return super().write(vals)
        before = self._telegram_classrooms()
        result = super().write(vals)
        (before | self._telegram_classrooms())._telegram_sync()
        return result

    def unlink(self):
        before = self._telegram_classrooms()
        result = super().unlink()
        before.exists()._telegram_sync()
        return result
