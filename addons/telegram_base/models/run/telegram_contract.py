from odoo import fields, models

from ... import database

#: Raised whenever tables, facts or commands change so that an older gateway would go wrong.
CONTRACT_VERSION = 5


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
        self._make_uuid_readable()

    def _make_uuid_readable(self):
        """Create a function by which the gateway reads this one parameter: its logins are bound to
        this database, and Odoo gives each copy that it makes another uuid."""
        cr = self.env.cr
        cr.execute(
            """
            CREATE OR REPLACE FUNCTION telegram_database_uuid() RETURNS text
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
            $$ SELECT value::text FROM public.ir_config_parameter WHERE key = 'database.uuid' $$;
            REVOKE ALL ON FUNCTION telegram_database_uuid() FROM PUBLIC
            """
        )
        database.grant_execute(cr, "telegram_database_uuid()")
