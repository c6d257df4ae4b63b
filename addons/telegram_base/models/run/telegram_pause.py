from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ... import database


class TelegramPause(models.Model):
    """A pause: while such a row exists the gateway changes nothing on Telegram, in one group or,
    without a group, in the whole pool. Events there are still recorded. Written by Odoo alone; the
    gateway reads it before each call that would change something."""

    _name = "telegram.pause"
    _description = "Telegram: pause"
    _inherit = "telegram.pool.mixin"
    _rec_name = "chat_id"

    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    paused_at = fields.Datetime("Since", required=True, readonly=True)
    paused_uid = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")

    def init(self):
        super().init()
        database.create_index(
            self.env.cr,
            "telegram_pause_unique",
            self._table,
            "pool, coalesce(chat_id, 0)",
            unique=True,
        )
        database.grant(self.env.cr, self._table, "SELECT")

    @api.model
    def _pause(self, pool, chat=None):
        """Pause a pool, or one of its groups. Pausing twice changes nothing."""
        self._check_may()
        self.flush()
        self.env.cr.execute(
            """
            INSERT INTO telegram_pause
                (pool, chat_id, paused_at, paused_uid, create_uid, create_date)
            VALUES (%(pool)s, %(chat)s, {now}, %(uid)s, %(uid)s, {now}) ON CONFLICT DO NOTHING
            """.format(now=database.NOW),
            {"pool": pool, "chat": chat.id if chat else None, "uid": self.env.uid},
        )
        self.invalidate_cache()

    @api.model
    def _resume(self, pool, chat=None):
        """End a pause: waiting commands continue, and the groups are reconciled."""
        self._check_may()
        paused = self.sudo().search(
            [("pool_name", "=", pool), ("chat_id", "=", chat.id if chat else False)]
        )
        if not paused:
            return
        paused.unlink()
        self.flush()
        chats = chat or self.env["telegram.chat"].sudo().search([("pool_name", "=", pool)])
        chats.sudo()._reconcile()
        # also without a waiting group: private messages wait
        self.env.cr.execute("NOTIFY telegram_outbox")

    @api.model
    def _check_may(self):
        if not (self.env.su or self.env.user.has_group("telegram_base.group_manager")):
            raise AccessError(_("Only a Telegram administrator may pause the gateway."))
