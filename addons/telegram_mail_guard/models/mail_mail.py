from odoo import fields, models

from .readable import readable_ids


class MailMail(models.Model):
    """Outgoing e-mails are read by whoever may read the message in them, and by whoever made them.
    Odoo 13 shows all of them to every internal user."""

    _inherit = "mail.mail"

    telegram_may_read = fields.Boolean(
        "May be read", compute="_compute_telegram_may_read", search="_search_telegram_may_read"
    )

    def _compute_telegram_may_read(self):
        mine = readable_ids(self, "_search_telegram_may_read")
        for mail in self:
            mail.telegram_may_read = mail.id in mine

    def _search_telegram_may_read(self, operator, value):
        mails = self.sudo().search([])
        mine = mails.filtered(lambda mail: mail.create_uid == self.env.user)
        rest = mails - mine
        # rules are searched as superuser; what is asked here is what the user may read
        messages = self.with_user(self.env.uid).env["mail.message"]
        messages = messages.search([("id", "in", rest.mapped("mail_message_id").ids)])
        readable = set(messages.ids)
        mine |= rest.filtered(lambda mail: mail.mail_message_id.id in readable)
        is_asked = bool(value) == (operator == "=")
        return [("id", "in" if is_asked else "not in", mine.ids)]
