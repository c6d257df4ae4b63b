from datetime import timedelta

from odoo import api, fields, models

from ... import database

#: A gateway counts as stopped after this time without a report.
SILENT = timedelta(seconds=45)


class TelegramProcess(models.Model):
    """A running gateway process: its state, and the key with which secrets are sealed for it.
    Written by the gateway alone."""

    _name = "telegram.process"
    _description = "Telegram: gateway process"
    _inherit = "telegram.pool.mixin"
    _rec_name = "process"
    _order = "process"

    process = fields.Char(required=True, readonly=True)
    public_key = fields.Char(readonly=True, help="X25519, base64.")
    version = fields.Char(readonly=True)
    has_api = fields.Boolean("Has an API id", readonly=True)
    state = fields.Selection(
        [
            ("starting", "Starts"),
            ("waiting", "Waits for accounts"),
            ("copied", "Does nothing: this database is a copy"),
            ("unreachable", "Cannot reach Telegram"),
            ("standby", "Ready to take over"),
            ("serving", "At work"),
        ],
        readonly=True,
    )
    state_at = fields.Datetime(readonly=True)
    started_at = fields.Datetime(readonly=True)
    seen_at = fields.Datetime(readonly=True)
    second_seen_at = fields.Datetime(
        readonly=True, help="When another process of the same name was there last, and waited."
    )

    def init(self):
        super().init()
        cr, table = self.env.cr, self._table
        database.set_defaults(cr, table, {"has_api": "false"})
        database.create_index(cr, "telegram_process_unique", table, "pool, process", unique=True)
        database.grant(cr, table, database.ALL)

    @api.model
    def _alive(self, pool="main"):
        """Return the pool's running processes; the one with the lease first."""
        since = fields.Datetime.now() - SILENT
        self.invalidate_cache()  # another program writes it
        processes = self.sudo().search([("pool_name", "=", pool), ("seen_at", ">", since)])
        order = {
            "serving": 0,
            "waiting": 1,
            "starting": 2,
            "standby": 3,
            "unreachable": 4,
            "copied": 5,
        }
        return processes.sorted(lambda process: (order.get(process.state, 6), process.process))
