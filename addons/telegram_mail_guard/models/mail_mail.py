from odoo import fields, models

from .readable import computed, leaf


class MailMail(models.Model):
    """Outgoing e-mails are read by whoever may read the message in them, and by whoever made them.
    Odoo 13 shows all of them to every internal user."""

    _inherit = "mail.mail"

    telegram_may_read = fields.Boolean(
        "May be read", compute="_compute_telegram_may_read", search="_search_telegram_may_read"
    )

    def _compute_telegram_may_read(self):
        computed(self)

    def _search_telegram_may_read(self, operator, value):
        self.env["mail.mail"].flush()
        self.env.cr.execute(
            "SELECT DISTINCT mail_message_id FROM mail_mail WHERE create_uid IS DISTINCT FROM %s",
            [self.env.uid],
        )
        sent = [row[0] for row in self.env.cr.fetchall()]
        # rules are searched as superuser; what is asked here is what the user may read
        messages = self.with_user(self.env.uid).env["mail.message"].search([("id", "in", sent)])
        domain = ["|", ("create_uid", "=", self.env.uid), ("mail_message_id", "in", messages.ids)]
        return leaf(domain, operator, value)
