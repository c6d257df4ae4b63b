import logging
import time
from datetime import timedelta

from odoo import api, fields, models

from ... import database
from ...beside import commit

_logger = logging.getLogger(__name__)

PARAMETER = "telegram_base.keep_%s"
#: Days that old data is kept unless the school says otherwise; 0: for ever.
DEFAULTS = {
    "facts": 180,
    "commands": 180,
    "links": 30,
    "removals": 730,
    "strangers": 180,
    "presence": 365,
    "log": 365,
    "troubles": 180,
}
#: The shortest time. After it, nothing can come a second time that its row keeps from being done
#: twice: lessons are checked for 2 days and planned 7 days ahead, Telegram's admin log reaches back
#: 2 days, messages to the bot older than 2 days are not answered, a look-up waits for 3.
LEAST = 30
#: Kinds of rows that Odoo deletes; the gateway deletes others.
OWN = ("facts", "commands", "links", "presence", "log", "troubles")
#: Rows of one kind that are deleted in one statement, and one transaction.
MOST = 20000
#: Calls, or troubles, that are looked at together.
CALLS = 500
#: Seconds that one run may take: well within the time that Odoo gives a cron by default (120 s).
RUN_S = 60
#: The hour (UTC) from which a night's work is done, and the parameter with the day of the last one.
HOUR, DONE_PARAMETER = 2, "telegram_base.forgotten_on"


class TelegramRetention(models.AbstractModel):
    """Prunes, every night, data that is older than the school wants it kept. The gateway prunes its
    own tables, asked by a command."""

    _name = "telegram.retention"
    _description = "Telegram: how long traces are kept"

    @api.model
    def _days(self, name):
        """Return the number of days that this kind is kept; 0: for ever."""
        value = self.env["ir.config_parameter"].sudo().get_param(PARAMETER % name)
        try:
            days = int(value or DEFAULTS[name])
        except ValueError:
            days = DEFAULTS[name]
        return max(days, LEAST) if days > 0 else 0

    @api.model
    def _cron_forget_at_night(self):
        """Every ten minutes: go on with the work of this night, until it is done. What is old is
        deleted within one night, however much it is."""
        now, parameters = fields.Datetime.now(), self.env["ir.config_parameter"].sudo()
        today = str(now.date())
        if now.hour >= HOUR and parameters.get_param(DONE_PARAMETER) != today:
            if self._cron_forget():
                parameters.set_param(DONE_PARAMETER, today)

    @api.model
    def _cron_forget(self):
        """Delete data that is old enough, for `RUN_S` at most, each slice in a transaction of its
        own; a kind that fails does not stop the others. Return whether nothing is left."""
        ends = time.monotonic() + RUN_S
        self.env["base"].flush()
        work = {name: self._forget(name) for name in OWN if self._days(name)}
        while work:
            work = {name: slices for name, slices in work.items() if self._go_on(name, slices)}
            if time.monotonic() >= ends:
                break
        if not work:
            self._enqueue_prune()
        return not work

    @api.model
    def _forget(self, name):
        """Generator: delete old rows of one kind, a slice at a time."""
        before = fields.Datetime.now() - timedelta(days=self._days(name))
        yield from getattr(self, "_forget_" + name)(before)

    @api.model
    def _go_on(self, name, slices):
        """Do the next slice of a kind. Return whether there may be more."""
        try:
            with self.env.cr.savepoint():
                is_over = next(slices, slices) is slices
        except Exception:  # one kind must not hold up the others
            _logger.exception("Old %s could not be forgotten", name)
            is_over = True
        self.env["base"].invalidate_cache()
        commit(self.env)
        return not is_over

    @api.model
    def _delete(self, table, condition, before):
        """Generator: delete the rows of `table` (`t`) for which the condition holds, the oldest
        first. All SQL is ours."""
        while True:
            self.env.cr.execute(
                "DELETE FROM {table} WHERE id IN"
                " (SELECT t.id FROM {table} t WHERE {condition} ORDER BY t.id LIMIT %(most)s)".format(
                    table=table, condition=condition
                ),
                {"before": before, "most": MOST},
            )
            if self.env.cr.rowcount < MOST:
                return
            yield

    # -- what Odoo writes ------------------------------------------------------------------------

    @api.model
    def _forget_facts(self, before):
        """Delete facts, except those of a running call, which the gateway reports again at each
        start; those that reported somebody unknown, who may still be linked
        (`_handle_reports_again`); and the newest message to the bot: the gateway asks for the
        messages after it."""
        yield from self._delete(
            "telegram_inbox",
            """
            t.state = 'done' AND t.handled_at < %(before)s
            AND NOT EXISTS (SELECT 1 FROM telegram_chat_state s
                            WHERE s.chat_id = t.chat_id AND s.tg_call_id IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM telegram_member m WHERE m.told_inbox_id = t.id)
            AND t.id NOT IN (
                SELECT DISTINCT ON (pool) id FROM telegram_inbox WHERE kind = 'bot_message'
                ORDER BY pool, (payload::json ->> 'message_id')::bigint DESC NULLS LAST, id DESC)
            """,
            before,
        )

    @api.model
    def _forget_commands(self, before):
        """Delete commands, with two exceptions. Invitations of people who are still to come into
        that group are kept: without them they would be invited, and reminded, from the beginning. A
        message that shows that the bot can write to a person again is kept as long as an older
        failed one (`_unreachable`)."""
        yield from self._delete(
            "telegram_outbox",
            r"""
            t.state IN ('done', 'expired', 'cancelled')
            AND greatest(t.state_at, t.due_at, t.expires_at) < %(before)s
            AND NOT (t.key ~ '^(remind:)?invite:[0-9]+:' AND EXISTS (
                SELECT 1 FROM telegram_contact c
                JOIN telegram_roster r ON r.partner_id = c.partner_id AND r.status = 'in'
                WHERE c.tg_user_id = t.tg_user_id AND c.state = 'confirmed'
                  AND r.chat_id = substring(t.key from '^(?:remind:)?invite:([0-9]+):')::int))
            AND NOT (t.kind = 'send' AND t.state = 'done' AND EXISTS (
                SELECT 1 FROM telegram_outbox f
                WHERE f.tg_user_id = t.tg_user_id AND f.id < t.id AND f.state = 'failed'))
            """,
            before,
        )

    @api.model
    def _forget_links(self, before):
        """Delete used, replaced or expired links. Such a link is unknown when somebody opens it
        after that."""
        yield from self._delete(
            "telegram_link",
            "least(t.used_at, t.superseded_at, t.expires_at) < %(before)s",
            before,
        )

    @api.model
    def _forget_log(self, before):
        yield from self._delete("telegram_contact_log", "t.at < %(before)s", before)

    @api.model
    def _forget_troubles(self, before):
        """Delete troubles that are over, with the messages about them."""
        over, troubles = [("closed_at", "<", before)], self.env["telegram.trouble"].sudo()
        while True:
            old = troubles.search(over, order="id", limit=CALLS)
            old.unlink()
            if len(old) < CALLS:
                return
            yield

    @api.model
    def _forget_presence(self, before):
        """Delete the presence in calls that ended before, unless a sheet may still be computed from
        it (`_needed_calls`). The call stays, marked as forgotten: a sheet that is unlocked after
        that keeps its lines."""
        last = 0
        while True:
            self.env.cr.execute(
                """
                SELECT c.id FROM telegram_call c
                WHERE c.closed_at < %s AND c.forgotten_at IS NULL AND c.id > %s
                ORDER BY c.id LIMIT %s
                """,
                [before, last, CALLS],
            )
            ids = [call_id for (call_id,) in self.env.cr.fetchall()]
            if not ids:
                return
            last = ids[-1]
            calls = self.env["telegram.call"].sudo().browse(ids)
            gone = calls - self._needed_calls(calls)
            self.env.cr.execute(
                "DELETE FROM telegram_presence WHERE call_id = ANY (%s)", [gone.ids]
            )
            self.env.cr.execute(
                "UPDATE telegram_call SET forgotten_at = {now} WHERE id = ANY (%s)".format(
                    now=database.NOW
                ),
                [gone.ids],
            )
            yield

    @api.model
    def _needed_calls(self, calls):
        """Hook for adapters: return the ended calls among these from which something may still be
        computed. Empty here. It takes as many queries for one call as for all of them."""
        return calls.browse()

    # -- what the gateway writes -----------------------------------------------------------------

    @api.model
    def _enqueue_prune(self):
        """Have the gateways prune, once a day and pool; one that is away does it another day."""
        payload = {
            name: days
            for name, days in (
                ("removals", self._days("removals")),
                ("strangers", self._days("strangers")),
                ("intents", self._days("commands")),
            )
            if days
        }
        if not payload:
            return
        now = fields.Datetime.now()
        self.env.cr.execute("SELECT DISTINCT pool FROM telegram_account ORDER BY pool")
        self.env["telegram.outbox"]._enqueue(
            [
                {
                    "kind": "prune",
                    "pool": pool,
                    "payload": payload,
                    "priority": 90,
                    "expires_at": now + timedelta(days=1),
                    "key": "prune:%s:%s" % (pool, now.date()),
                }
                for (pool,) in self.env.cr.fetchall()
            ]
        )
