from odoo import models


class TelegramMember(models.Model):
    _inherit = "telegram.member"

    def _check_may_decide(self):
        """The supervisors of a classroom are asked about those who come and go, and may decide; where
        it has none, the school's managers are asked."""
        user, chats = self.env.user, self.sudo().mapped("chat_id")
        if user.has_group("classroom.group_manager"):
            mine = self.env["classroom.classroom"].with_context(active_test=False)
            found = mine.search([("telegram_chat_id", "in", chats.ids)])
            if chats and found.sudo().mapped("telegram_chat_id") == chats:
                return
        if user.has_group("classroom.group_supervisor"):
            own = [
                ("partner_id", "=", user.partner_id.id),
                ("role", "=", "supervisor"),
                ("classroom_id.telegram_chat_id", "in", self.sudo().mapped("chat_id").ids),
            ]
            found = self.env["classroom.assignment"].sudo().search(own)
            current = found.filtered(lambda one: one._is_current(one.classroom_id._today()))
            if current.mapped("classroom_id.telegram_chat_id") == self.sudo().mapped("chat_id"):
                return
        super()._check_may_decide()
