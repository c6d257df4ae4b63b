from odoo import fields, models

from ... import database


class TelegramSession(models.Model):
    """A login of one account by one gateway process, encrypted with a key that only the gateway
    has. Written and read by the gateway alone; here so that Odoo's backup holds it."""

    _name = "telegram.session"
    _description = "Telegram: encrypted login"

    account_id = fields.Many2one("telegram.account", required=True, ondelete="cascade")
    process = fields.Char(required=True)
    data = fields.Binary(attachment=False)
    bound_to = fields.Char(help="The database that it is for.")
    saved_at = fields.Datetime()
    login_at = fields.Datetime()

    _sql_constraints = [
        ("account_process_unique", "UNIQUE (account_id, process)", "One login each."),
    ]

    def init(self):
        database.grant(self.env.cr, self._table, database.ALL)
