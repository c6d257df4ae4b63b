from odoo import fields, models

from odoo.addons.telegram_base.wizards.own_rights import OwnRights


class TelegramNoticeWizard(OwnRights, models.TransientModel):
    """Asks where to send a test of a notice's text."""

    _name = "telegram.notice.wizard"
    _description = "Telegram: test of a notice"

    template_id = fields.Many2one(
        "telegram.notice.template", "Notice", required=True, readonly=True, ondelete="cascade"
    )
    preview = fields.Html(related="template_id.preview", readonly=True)
    chat_id = fields.Many2one(
        "telegram.chat",
        "Group",
        domain=[("state", "=", "ready")],
        help="Empty: to yourself, by the bot.",
    )

    def action_send(self):
        """Button: send it. Raises UserError if that is not possible."""
        self.ensure_one()
        self.template_id.check_access_rights("write")
        self.template_id.check_access_rule("write")
        self.chat_id.check_access_rule("read")
        self.template_id._send_sample(self.chat_id)
        return {"type": "ir.actions.act_window_close"}
