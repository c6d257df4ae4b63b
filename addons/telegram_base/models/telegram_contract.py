from odoo import fields, models

from .. import database

#: Raised whenever tables, facts or commands change so that an older gateway would go wrong.
CONTRACT_VERSION = 3


class TelegramContract(models.Model):
    """One row: the version of the contract with the gateway, which refuses to work with another."""

    _name = "telegram.contract"
    _description = "Telegram: version of the contract with the gateway"

    version = fields.Integer(required=True, readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            INSERT INTO telegram_contract (version)
            SELECT %(version)s WHERE NOT EXISTS (SELECT 1 FROM telegram_contract);
            UPDATE telegram_contract SET version = %(version)s WHERE version <> %(version)s
            """,
            {"version": CONTRACT_VERSION},
        )
        database.grant(self.env.cr, self._table, "SELECT")
