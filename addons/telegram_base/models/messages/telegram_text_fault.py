from odoo import api, fields, models

from ... import database


class TelegramTextFault(models.Model):
    """A text of the school that cannot be used, so that the built-in one is used: one row while it
    lasts, for the page “Health” and the administrators' activities."""

    _name = "telegram.text.fault"
    _description = "Telegram: text that cannot be used"

    subject = fields.Char(required=True, readonly=True)
    name = fields.Char("Text", required=True, readonly=True)
    company_id = fields.Many2one("res.company", "School", readonly=True, ondelete="cascade")
    error = fields.Char(required=True, readonly=True)
    found_at = fields.Datetime("Found", required=True, readonly=True)

    _sql_constraints = [("subject_once", "UNIQUE (subject)", "This text is known already.")]

    @api.model
    def _report(self, subject, name, company, error):
        """Record the fault, once while it lasts; other transactions that find it meanwhile do not
        fail."""
        self.flush()
        self.env.cr.execute(
            "INSERT INTO telegram_text_fault (subject, name, company_id, error, found_at)"
            " VALUES (%s, %s, %s, %s, {now}) ON CONFLICT DO NOTHING".format(now=database.NOW),
            [subject, name, company.id or None, error],
        )
