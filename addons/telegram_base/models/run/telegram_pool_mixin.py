from odoo import api, fields, models

from ... import database


class TelegramPoolMixin(models.AbstractModel):
    """The column `pool` of the tables shared with the gateway: which bot and accounts serve a row.

    `pool` is what Odoo's models call their registry, so no field may have that name: the column
    is made in SQL, and the ORM knows it as `pool_name`.
    """

    _name = "telegram.pool.mixin"
    _description = "Telegram: served by a pool"

    pool_name = fields.Char(
        "Pool",
        compute="_compute_pool_name",
        inverse="_inverse_pool_name",
        search="_search_pool_name",
    )

    def init(self):
        super().init()
        if self._auto:
            # Odoo drops NOT NULL from columns that it does not know: restored at each upgrade
            self.env.cr.execute(
                "ALTER TABLE {0} ADD COLUMN IF NOT EXISTS pool varchar DEFAULT 'main';"
                "ALTER TABLE {0} ALTER COLUMN pool SET NOT NULL".format(self._table)
            )
            database.set_defaults(self.env.cr, self._table, {"pool": "'main'"})

    def _compute_pool_name(self):
        self.env.cr.execute(
            "SELECT id, pool FROM {} WHERE id = ANY (%s)".format(self._table), [self.ids]
        )
        pools = dict(self.env.cr.fetchall())
        for record in self:
            record.pool_name = pools.get(record.id, "main")

    def _inverse_pool_name(self):
        for record in self:
            self.env.cr.execute(
                "UPDATE {} SET pool = %s WHERE id = %s".format(self._table),
                [record.pool_name or "main", record.id],
            )

    @api.model
    def _search_pool_name(self, operator, value):
        if operator not in ("=", "!=", "in", "not in", "like", "ilike", "=like", "=ilike"):
            operator = "="
        if operator in ("in", "not in"):
            condition = "pool = ANY (%s)" if operator == "in" else "pool <> ALL (%s)"
            value = list(value)
        elif operator in ("=", "!="):
            condition = "pool %s %%s" % ("=" if operator == "=" else "<>")
        else:
            condition = "pool ILIKE %s"
            value = value if operator.startswith("=") else "%%%s%%" % value
        self.env.cr.execute("SELECT id FROM {} WHERE {}".format(self._table, condition), [value])
        return [("id", "in", [row[0] for row in self.env.cr.fetchall()])]
