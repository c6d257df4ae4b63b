from odoo import models


class ClassroomFeed(models.Model):
    _inherit = "small_school.feed"

    def _address_of(self, lesson):
        # opens for members only, so that a leaked address lets nobody in
        chat = lesson.classroom_id.telegram_chat_id
        link = chat and chat._group_link()
        return link or super()._address_of(lesson)
