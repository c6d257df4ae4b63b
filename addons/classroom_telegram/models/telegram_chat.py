from odoo import fields, models


class TelegramChat(models.Model):
    _inherit = "telegram.chat"

    classroom_ids = fields.One2many("classroom.classroom", "telegram_chat_id", "Classroom")
