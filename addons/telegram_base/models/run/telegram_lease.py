from odoo import fields, models

from ... import database


class TelegramLease(models.Model):
    """The lease of a pool: the gateway process that acts for it now. Written and read by the
    gateway alone."""

    _name = "telegram.lease"
    _description = "Telegram: who acts for a pool"
    _inherit = "telegram.pool.mixin"
    _rec_name = "process"

    process = fields.Char()
    generation = fields.Integer(required=True, default=0)
    taken_at = fields.Datetime()
    renewed_at = fields.Datetime()
    expires_at = fields.Datetime()
    unfinished = fields.Text()

    def init(self):
        super().init()
        cr, table = self.env.cr, self._table
        database.set_defaults(cr, table, {"generation": "0"})
        database.create_index(cr, "telegram_lease_pool", table, "pool", unique=True)
        database.grant(cr, table, database.ALL)
