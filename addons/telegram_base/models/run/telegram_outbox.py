import json

from psycopg2.extensions import TransactionRollbackError

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import database
from ...health.sources import UNREACHABLE
from ...fields import BigInteger
from .outbox_table import prepare_outbox

_COLUMNS = (
    ("chat_id", "int"),
    ("tg_user_id", "bigint"),
    ("pool", "varchar"),
    ("kind", "varchar"),
    ("payload", "text"),
    ("due_at", "timestamp"),
    ("expires_at", "timestamp"),
    ("priority", "int"),
    ("key", "varchar"),
)


class TelegramOutbox(models.Model):
    """Commands to the gateway, written in the transaction of the change that causes them."""

    _name = "telegram.outbox"
    _description = "Telegram: command to the gateway"
    _inherit = "telegram.pool.mixin"
    _order = "id desc"
    _rec_name = "kind"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", readonly=True, index=True, ondelete="restrict"
    )
    tg_user_id = BigInteger("Receiver's Telegram id", readonly=True, group_operator=False)
    receiver = fields.Char("To", compute="_compute_receiver")
    kind = fields.Selection(
        [
            ("reconcile", "Look at the group again"),
            ("send", "Send a message"),
            ("open_call", "Open the call"),
            ("close_call", "Close the call"),
            ("announce_call", "Announce the call"),
            ("withdraw_call", "Take the announcement of the call back"),
            ("list_groups", "List the account's groups"),
            ("plan", "Say what would be done now"),
            ("lookup_phone", "Look a telephone number up"),
            ("make_link", "Make a person's link into the group"),
            ("login", "Connect an account"),
            ("delete_group", "Delete the group on Telegram"),
            ("prune", "Forget what is old"),
            ("forget", "Forget a person"),
        ],
        required=True,
        readonly=True,
    )
    payload = fields.Text(required=True, default="{}", readonly=True)
    due_at = fields.Datetime("Due", required=True, default=fields.Datetime.now, readonly=True)
    expires_at = fields.Datetime("Expires", readonly=True)
    priority = fields.Integer(required=True, default=50, readonly=True, group_operator=False)
    key = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("working", "Being done"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("expired", "Too late"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="pending",
        readonly=True,
    )
    state_at = fields.Datetime("State since", readonly=True)
    attempts = fields.Integer(required=True, default=0, readonly=True, group_operator=False)
    worker = fields.Char(readonly=True)
    result = fields.Text(readonly=True)
    error_code = fields.Char(readonly=True)
    error = fields.Text(readonly=True)
    again_at = fields.Datetime("Rests until", readonly=True)
    error_text = fields.Char("Error in words", compute="_compute_error_text")
    delay_s = fields.Float(
        "Delay (s)",
        digits=(16, 1),
        compute="_compute_delay_s",
        help="How long after its time the command was done; while it waits, how long it has been due.",
    )

    _sql_constraints = [
        ("key_unique", "UNIQUE (key)", "There is a command with this key already."),
    ]

    def init(self):
        super().init()
        prepare_outbox(self.env.cr, self._table)

    @api.depends("due_at", "state", "state_at")
    def _compute_delay_s(self):
        now = fields.Datetime.now()
        for command in self:
            ends = {"done": command.state_at, "pending": now, "working": now}.get(command.state)
            late = (ends - command.due_at).total_seconds() if ends and command.due_at else 0
            command.delay_s = max(late, 0)

    @api.depends("chat_id", "tg_user_id")
    def _compute_receiver(self):
        contacts = self.env["telegram.contact"]
        for command in self:
            if command.chat_id:
                command.receiver = command.chat_id.name
            else:
                partners = contacts._partners(command.tg_user_id)
                command.receiver = ", ".join(partners.mapped("display_name")) or str(
                    command.tg_user_id or ""
                )

    @api.depends("error_code", "error")
    @api.depends_context("lang")
    def _compute_error_text(self):
        words = self.env["telegram.words"]
        for command in self:
            command.error_text = words._error(command.error_code) or command.error

    # -- for adapters ---------------------------------------------------------------------------

    def name_get(self):
        words = dict(self._fields["kind"]._description_selection(self.env))
        return [(command.id, words[command.kind]) for command in self]

    @api.model
    def _enqueue(self, rows):
        """Write commands, all in one statement.

        rows: list of dicts(chat_id | tg_user_id, kind, payload dict, due_at, expires_at, priority,
        key, pool, again); all but kind and one receiver may be left out. Instants are naive UTC
        datetimes. `pool` defaults to the chat's.

        A row whose key exists already: a pending one is rewritten, and it stays known that the
        gateway has tried it (the message may be out, the call closed); a cancelled one, or an
        expired one that has time again, is revived; one that is being done stays, and so does one
        that was done, unless `again` is true. Of equal keys in one call the last one counts.

        Returns dicts(id, key) of the rows that were written.
        """
        keyed, plain = {}, []
        for row in rows:
            if row.get("key"):
                keyed[row["key"]] = row
            else:
                plain.append(row)
        listed = plain + list(keyed.values())
        if not listed:
            return []
        self.flush()
        again = [row["key"] for row in keyed.values() if row.get("again")]
        params = {"uid": self.env.uid, "again": again}
        for column, _type in _COLUMNS:
            params[column] = [_sql_value(row, column) for row in listed]
        self.env.cr.execute(
            """
            INSERT INTO telegram_outbox AS o
                (chat_id, tg_user_id, pool, kind, payload, due_at, expires_at, priority, key,
                 state, attempts, create_uid, create_date, write_uid, write_date)
            SELECT w.chat_id, w.tg_user_id, coalesce(w.pool, c.pool, 'main'), w.kind, w.payload,
                   coalesce(w.due_at, {now}), w.expires_at, coalesce(w.priority, 50), w.key,
                   'pending', 0, %(uid)s, {now}, %(uid)s, {now}
            FROM unnest({arrays}) AS w ({columns})
            LEFT JOIN telegram_chat c ON c.id = w.chat_id
            ON CONFLICT (key) DO UPDATE
            SET chat_id = excluded.chat_id, tg_user_id = excluded.tg_user_id,
                pool = excluded.pool, kind = excluded.kind, payload = excluded.payload,
                due_at = excluded.due_at, expires_at = excluded.expires_at,
                priority = excluded.priority, state = 'pending',
                state_at = CASE WHEN o.state = 'pending' THEN o.state_at
                                ELSE excluded.create_date END,
                attempts = CASE WHEN o.state = 'pending' THEN o.attempts ELSE 0 END,
                error_code = CASE WHEN o.state = 'pending' AND o.kind = 'send'
                                  THEN o.error_code END,
                worker = NULL, result = NULL, error = NULL,
                again_at = NULL, write_uid = excluded.write_uid, write_date = excluded.write_date
            WHERE o.state IN ('pending', 'cancelled')
               OR (o.state = 'expired'
                   AND coalesce(excluded.expires_at > {now}, true))
               OR (o.state = 'done' AND o.key = ANY(%(again)s::varchar[]))
            RETURNING o.id, o.key
            """.format(
                now=database.NOW,
                arrays=", ".join("%({0})s::{1}[]".format(*column) for column in _COLUMNS),
                columns=", ".join(name for name, _type in _COLUMNS),
            ),
            params,
        )
        written = self.env.cr.dictfetchall()
        self.invalidate_cache(list(self._fields))
        return written

    @api.model
    def _unreachable(self, tg_user_ids, codes=UNREACHABLE):
        """Return the Telegram users among these to whom the bot could not write the last time, as a
        set: they have blocked it, or never started it."""
        self.flush()
        self.env.cr.execute(
            """
            SELECT tg_user_id FROM (
                SELECT DISTINCT ON (tg_user_id) tg_user_id, state, error_code
                FROM telegram_outbox
                WHERE kind = 'send' AND tg_user_id = ANY (%s) AND state IN ('done', 'failed')
                ORDER BY tg_user_id, id DESC
            ) AS newest
            WHERE state = 'failed' AND error_code = ANY (%s)
            """,
            [list(tg_user_ids), list(codes)],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    @api.model
    def _cancel(self, keys):
        """Cancel the commands with these keys that nobody has begun.

        Returns the keys for which it is too late (`working` or `done`). If the gateway claims one
        at the same time, this transaction fails with a serialization error and is repeated.
        """
        keys = [key for key in keys if key]
        if not keys:
            return []
        self.flush()
        self.env.cr.execute(
            """
            UPDATE telegram_outbox SET state = 'cancelled', state_at = {now},
                   write_uid = %s, write_date = {now}
            WHERE key = ANY (%s) AND state = 'pending'
            """.format(now=database.NOW),
            [self.env.uid, keys],
        )
        self.env.cr.execute(
            "SELECT key FROM telegram_outbox WHERE key = ANY (%s) AND state IN ('working', 'done')"
            " ORDER BY id",
            [keys],
        )
        late = [key for (key,) in self.env.cr.fetchall()]
        self.invalidate_cache(list(self._fields))
        return late

    @api.model
    def _take_back(self, chat, prefix):
        """Cancel the commands of `chat` that nobody has begun and whose key begins with `prefix`;
        returns them, oldest first, to be written again with more in them.

        A row that another transaction holds, or has changed since this one began, is left as it is:
        nobody waits for it, and nothing fails because of it.
        """
        self.flush()
        pattern = prefix.replace("_", r"\_") + "%"
        waiting = "chat_id = %s AND state = 'pending' AND key LIKE %s"
        self.env.cr.execute(
            "SELECT 1 FROM telegram_outbox WHERE " + waiting + " LIMIT 1", [chat.id, pattern]
        )
        if not self.env.cr.fetchone():
            return self.browse()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    """
                    WITH free AS (
                        SELECT id FROM telegram_outbox
                        WHERE {waiting}
                        ORDER BY id FOR UPDATE SKIP LOCKED
                    )
                    UPDATE telegram_outbox o
                    SET state = 'cancelled', state_at = {now}, write_uid = %s, write_date = {now}
                    FROM free WHERE o.id = free.id RETURNING o.id
                    """.format(now=database.NOW, waiting=waiting),
                    [chat.id, pattern, self.env.uid],
                    log_exceptions=False,
                )
                ids = sorted(row[0] for row in self.env.cr.fetchall())
        except TransactionRollbackError:
            return self.browse()
        self.invalidate_cache(list(self._fields))
        return self.browse(ids)

    @api.model
    def _cancel_all(self, chat):
        """Cancel messages and calls that wait for a group that is to be deleted."""
        self.flush()
        self.env.cr.execute(
            """
            UPDATE telegram_outbox SET state = 'cancelled', state_at = {now},
                   write_uid = %s, write_date = {now}
            WHERE chat_id = %s AND state = 'pending' AND kind <> 'reconcile'
            """.format(now=database.NOW),
            [self.env.uid, chat.id],
        )
        self.invalidate_cache(list(self._fields))

    def _payload(self):
        """Return the payload as a dict."""
        self.ensure_one()
        return json.loads(self.payload or "{}")

    def _result(self):
        """Return the gateway's result as a dict."""
        self.ensure_one()
        return json.loads(self.result or "{}")

    # -- buttons --------------------------------------------------------------------------------

    def action_retry(self):
        """Button: try commands again that failed, expired or were cancelled."""
        self._check_moved(self._move(("failed", "expired", "cancelled"), "pending"))
        return True

    def action_drop(self):
        """Button: drop commands that wait or failed."""
        self._check_moved(self._move(("pending", "failed"), "cancelled"))
        return True

    def _check_moved(self, moved):
        self.env["telegram.trouble"]._watch()
        if moved != len(self):
            raise UserError(_("The state of the command changed in the meantime. Reload the page."))

    def _move(self, states, state):
        """Move the commands among these that are in one of the `states` to `state`; return their
        number."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.env.cr.execute(
            """
            UPDATE telegram_outbox
            SET state = %(state)s, state_at = {now}, attempts = 0, worker = NULL,
                error_code = NULL, error = NULL, again_at = NULL,
                expires_at = CASE WHEN %(state)s = 'pending' AND expires_at <= {now} THEN NULL
                                  ELSE expires_at END,
                write_uid = %(uid)s, write_date = {now}
            WHERE id = ANY (%(ids)s) AND state = ANY (%(states)s)
            """.format(now=database.NOW),
            {"state": state, "states": list(states), "ids": self.ids, "uid": self.env.uid},
        )
        moved = self.env.cr.rowcount
        self.invalidate_cache(list(self._fields))
        return moved


def _sql_value(row, column):
    """Return a value of `_enqueue` as the column takes it; None for one that is left out."""
    value = row.get(column)
    if column == "payload":
        return json.dumps(value or {}, ensure_ascii=False, sort_keys=True)
    if value is None or value is False or value == "":
        return None
    return fields.Datetime.to_datetime(value) if column.endswith("_at") else value
