from odoo import api, fields, models


class ClassroomLesson(models.Model):
    _name = "classroom.lesson"
    _inherit = ["classroom.lesson", "telegram.lesson.mixin"]

    telegram_call_ids = fields.Many2many(
        "telegram.call",
        string="Calls",
        compute="_compute_telegram_calls",
        groups="classroom.group_teacher,telegram_base.group_user",
    )
    telegram_presence_ids = fields.Many2many(
        "telegram.presence",
        string="As it was seen",
        compute="_compute_telegram_calls",
        groups="classroom.group_teacher,telegram_base.group_user",
    )

    @api.depends("classroom_id.telegram_chat_id", "start", "stop")
    def _compute_telegram_calls(self):
        for lesson in self:
            chat = lesson.sudo().classroom_id.telegram_chat_id
            calls = self.env["telegram.call"]
            if chat and lesson.start and lesson.stop:
                calls = calls._overlapping(chat, lesson.start, lesson.stop)
            lesson.telegram_call_ids = calls
            lesson.telegram_presence_ids = calls.mapped("presence_ids")

    def _telegram_is_planned(self):
        return self.state != "cancelled"

    def _telegram_on_opened(self, call):
        super()._telegram_on_opened(call)
        if self.state == "planned":
            self.state = "open"

    def _telegram_sheet_is_locked(self):
        return self.sheet_state == "confirmed"

    def _telegram_excused(self):
        return self.line_ids.filtered("is_excused").mapped("partner_id")

    def _telegram_write_sheet(self, lines, is_final):
        super()._telegram_write_sheet(lines, is_final)
        if is_final:
            self.write({"sheet_state": "final", "state": "held"})

    def action_telegram_refresh(self):
        """Button: compute the sheet with what is known now."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self._telegram_refresh()
        return True
