import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import database
from ..fields import BigInteger

#: What the gateway may write: the outcome, never the command.
OUTCOME = ["state", "state_at", "attempts", "worker", "result", "error_code", "error"]

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
            ("list_groups", "List the account's groups"),
            ("plan", "Say what would be done now"),
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
    error_text = fields.Char("Error in words", compute="_compute_error_text")

    _sql_constraints = [
        ("key_unique", "UNIQUE (key)", "There is a command with this key already."),
    ]

    def init(self):
        super().init()
        cr = self.env.cr
        database.set_defaults(
            cr,
            self._table,
            {
                "payload": "'{}'",
                "due_at": database.NOW,
                "priority": "50",
                "state": "'pending'",
                "attempts": "0",
            },
        )
        database.grant(cr, self._table, "SELECT", {"UPDATE": OUTCOME})
        database.create_index(
            cr,
            "telegram_outbox_waiting",
            self._table,
            "pool, due_at, priority, id",
            where="state IN ('pending', 'working')",
        )
        # Sent at commit, gone with a rollback; several in one transaction arrive as one. The
        # gateway's own updates (claims, outcomes) wake nobody.
        cr.execute(
            """
            CREATE OR REPLACE FUNCTION telegram_outbox_notify() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    PERFORM pg_notify('telegram_outbox', '');
                ELSIF EXISTS (SELECT 1 FROM changed WHERE state = 'pending') THEN
                    PERFORM pg_notify('telegram_outbox', '');
                END IF;
                RETURN NULL;
            END $$;
            DROP TRIGGER IF EXISTS telegram_outbox_inserted ON telegram_outbox;
            CREATE TRIGGER telegram_outbox_inserted AFTER INSERT ON telegram_outbox
                FOR EACH STATEMENT EXECUTE PROCEDURE telegram_outbox_notify();
            DROP TRIGGER IF EXISTS telegram_outbox_revived ON telegram_outbox;
            CREATE TRIGGER telegram_outbox_revived AFTER UPDATE ON telegram_outbox
                REFERENCING NEW TABLE AS changed
                FOR EACH STATEMENT EXECUTE PROCEDURE telegram_outbox_notify();
            """
        )

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

        rows: list of dicts(chat_id | tg_user_id, kind, payload dict, due_at, expires_at,
        priority, key, pool); all but kind and one receiver may be left out. Instants are naive
        UTC datetimes. `pool` defaults to the chat's.
        A row whose key exists already: a pending one is rewritten; a cancelled one, or one that
        expired and now has time again, is revived; one that is being done or was done stays.
        Of equal keys in one call the last one holds.
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
        params = {"uid": self.env.uid}
        for column, _type in _COLUMNS:
            params[column] = [self._sql_value(row, column) for row in listed]
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
                attempts = 0, worker = NULL, result = NULL, error_code = NULL, error = NULL,
                write_uid = excluded.write_uid, write_date = excluded.write_date
            WHERE o.state IN ('pending', 'cancelled')
               OR (o.state = 'expired'
                   AND coalesce(excluded.expires_at > {now}, true))
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
    def _sql_value(self, row, column):
        value = row.get(column)
        if column == "payload":
            return json.dumps(value or {}, ensure_ascii=False, sort_keys=True)
        if value is None or value is False or value == "":
            return None
        return fields.Datetime.to_datetime(value) if column.endswith("_at") else value

    @api.model
    def _cancel(self, keys):
        """Cancel the commands with these keys that nobody has begun.

        Returns the keys that it is too late for (`working` or `done`). When the gateway claims
        one at the same time, this transaction fails with a serialization error and is run again.
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

    def _payload(self):
        """The payload as a dict."""
        self.ensure_one()
        return json.loads(self.payload or "{}")

    def _result(self):
        """What came of it, as a dict."""
        self.ensure_one()
        return json.loads(self.result or "{}")

    # -- buttons --------------------------------------------------------------------------------

    def action_retry(self):
        """Button: try again what failed, came too late or was cancelled."""
        self._move(("failed", "expired", "cancelled"), "pending")
        return True

    def action_drop(self):
        """Button: do not do what is waiting or failed."""
        self._move(("pending", "failed"), "cancelled")
        return True

    def _move(self, states, state):
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.env.cr.execute(
            """
            UPDATE telegram_outbox
            SET state = %(state)s, state_at = {now}, attempts = 0, worker = NULL,
                error_code = NULL, error = NULL,
                expires_at = CASE WHEN %(state)s = 'pending' AND expires_at <= {now} THEN NULL
                                  ELSE expires_at END,
                write_uid = %(uid)s, write_date = {now}
            WHERE id = ANY (%(ids)s) AND state = ANY (%(states)s)
            """.format(now=database.NOW),
            {"state": state, "states": list(states), "ids": self.ids, "uid": self.env.uid},
        )
        moved = self.env.cr.rowcount
        self.invalidate_cache(list(self._fields))
        if moved != len(self):
            raise UserError(_("The state of the command changed in the meantime. Reload the page."))
