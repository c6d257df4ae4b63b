import uuid

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ...rules.text import clean
from ..membership.staggering import staggered


class TelegramHealth(models.Model):
    """The buttons of the page “Health” that are not those of a single record."""

    _inherit = "telegram.health"

    @api.model
    def check_all(self, pool):
        """Button: have every group read as a whole, one after the other."""
        self._check_may()
        self._check_pool(pool)
        if self._checks().get(pool, {}).get("is_running"):
            return True
        chats = self.env["telegram.chat"].search([("pool_name", "=", pool)])
        batch = uuid.uuid4().hex
        self.env["telegram.outbox"].sudo()._enqueue(
            [
                {
                    "chat_id": chat.id,
                    "kind": "reconcile",
                    "priority": 60,
                    "payload": {"check": True},
                    "due_at": due_at,
                    "key": "check:%s:%s" % (batch, chat.id),
                }
                for chat, due_at in staggered(chats)
            ]
        )
        return True

    @api.model
    def pause(self, pool):
        """Button: the gateway changes nothing on Telegram until somebody resumes."""
        self._check_may()
        self._check_pool(pool)
        self.env["telegram.pause"]._pause(pool)
        return True

    @api.model
    def resume(self, pool):
        """Button: the gateway goes on."""
        self._check_may()
        self._check_pool(pool)
        self.env["telegram.pause"]._resume(pool)
        return True

    @api.model
    def retry_commands(self, pool, kind, error_code):
        """Button: try all failed commands of a kind again, those that still are failed."""
        self._commands(pool, kind, error_code)._move(("failed",), "pending")
        self.env["telegram.trouble"]._watch()
        return True

    @api.model
    def drop_commands(self, pool, kind, error_code):
        """Button: drop all failed commands of a kind."""
        self._commands(pool, kind, error_code)._move(("failed",), "cancelled")
        self.env["telegram.trouble"]._watch()
        return True

    @api.model
    def _commands(self, pool, kind, error_code):
        self._check_may()
        self._check_pool(pool)
        found = self._failed_ids(pool, clean(kind), clean(error_code))
        return self.env["telegram.outbox"].browse(found)

    @api.model
    def retry_facts(self, pool, kind):
        """Button: handle all facts of a kind again that were set aside."""
        return self._facts(pool, kind).action_retry()

    @api.model
    def drop_facts(self, pool, kind):
        """Button: let all facts of a kind be that were set aside."""
        return self._facts(pool, kind).action_drop()

    @api.model
    def _facts(self, pool, kind):
        self._check_may()
        self._check_pool(pool)
        kind = clean(kind)
        domain = [("state", "=", "set_aside"), ("pool_name", "=", pool), ("kind", "=", kind)]
        return self.env["telegram.inbox"].search(domain)

    @api.model
    def _check_pool(self, pool):
        """Raise UserError for anything but the name of a pool that there is."""
        known = {"main"}
        for model in ("telegram.account", "telegram.chat", "telegram.process"):
            known |= set(self.env[model].sudo().search([]).mapped("pool_name"))
        if pool not in tuple(known):
            raise UserError(_("This page is old: load it again."))

    @api.model
    def _check_may(self):
        if not self.env.user.has_group("telegram_base.group_manager"):
            raise AccessError(_("Only a Telegram administrator may see how everything is."))
