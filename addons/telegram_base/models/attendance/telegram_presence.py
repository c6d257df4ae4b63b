from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import database
from ...fields import BigInteger

#: Columns of appended rows, and their types.
_APPENDED = {
    "chat_id": "int",
    "call_id": "int",
    "tg_user_id": "bigint",
    "tg_channel_id": "bigint",
    "channel_name": "varchar",
    "peer_kind": "varchar",
    "kind": "varchar",
    "at": "timestamp",
    "precision_s": "int",
    "joined_at": "timestamp",
    "source": "varchar",
    "fact": "varchar",
}


class TelegramPresence(models.Model):
    """An observation in a call: a person joined or left, the observation was lost or came back.

    Appended from facts, never edited; the rules of attendance pair joins and leaves.
    """

    _name = "telegram.presence"
    _description = "Telegram: seen in a call"
    _order = "at, id"
    _rec_name = "fact"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", required=True, readonly=True, index=True, ondelete="restrict"
    )
    call_id = fields.Many2one(
        "telegram.call", "Call", required=True, readonly=True, index=True, ondelete="restrict"
    )
    tg_user_id = BigInteger("Telegram id", readonly=True, index=True, group_operator=False)
    tg_channel_id = BigInteger(
        "Telegram id of a channel", readonly=True, index=True, group_operator=False
    )
    channel_name = fields.Char("Title of the channel", readonly=True)
    peer_kind = fields.Selection([("user", "Person"), ("channel", "Channel")], readonly=True)
    kind = fields.Selection(
        [
            ("joined", "Joined"),
            ("left", "Left"),
            ("lost", "Sight lost"),
            ("back", "Sight back"),
            ("hidden", "Listeners hidden"),
            ("shown", "Listeners shown again"),
        ],
        required=True,
        readonly=True,
    )
    at = fields.Datetime(required=True, readonly=True)
    precision_s = fields.Integer(
        "Precision (s)",
        readonly=True,
        group_operator=False,
        help="The true instant lies at most so many seconds before.",
    )
    joined_at = fields.Datetime(
        "There since",
        readonly=True,
        help="When the stay began that this is the beginning or the end of.",
    )
    source = fields.Selection([("update", "Update"), ("look", "Look")], readonly=True)
    fact = fields.Char(required=True, readonly=True)
    person = fields.Char(compute="_compute_person")

    _sql_constraints = [
        ("fact_unique", "UNIQUE (fact)", "This was recorded already."),
    ]

    @api.depends("tg_user_id", "peer_kind", "channel_name")
    @api.depends_context("lang")
    def _compute_person(self):
        contacts = self.env["telegram.contact"]
        for row in self:
            if row.peer_kind == "channel":
                row.person = row.channel_name or _("a channel")
            elif not row.tg_user_id:
                row.person = False
            else:
                partners = contacts._partners(row.tg_user_id)
                row.person = ", ".join(partners.mapped("display_name")) or str(row.tg_user_id)

    def write(self, vals):
        raise UserError(_("Presence is recorded as it was seen and is not edited."))

    @api.model
    def _append(self, rows):
        """Append rows: dicts of this model's columns; a row whose `fact` exists already stays as it
        is. One statement, since a thousand people may come and go within a minute."""
        if not rows:
            return
        columns = {name: [row.get(name) for row in rows] for name in _APPENDED}
        columns["uid"] = self.env.uid
        self.env.cr.execute(
            "INSERT INTO telegram_presence ({names}, create_uid, create_date, write_uid, write_date)"
            " SELECT {names}, %(uid)s, {now}, %(uid)s, {now} FROM unnest({arrays}) AS row ({names})"
            " ON CONFLICT (fact) DO NOTHING".format(
                names=", ".join(_APPENDED),
                arrays=", ".join("%%(%s)s::%s[]" % column for column in _APPENDED.items()),
                now=database.NOW,
            ),
            columns,
        )
        # cached lists of rows are no longer complete
        self.env["telegram.call"].invalidate_cache(["presence_ids"])

    @api.model
    def _events(self, chat, start, stop):
        """Return all events of the calls of `chat` that overlap [start, stop] (naive UTC).

        Returns dicts ordered by `at`: kind (`opened` | `closed` for the call, `joined` | `left` for
        somebody, `lost` | `back` for its observation, `hidden` | `shown` for its listeners), at
        (naive UTC datetime; the true instant lies in [at − precision_s, at]), precision_s, source,
        call_id (of telegram.call), tg_user_id, tg_channel_id and channel_name (None except for
        joins and leaves), peer_kind, joined_at (for a leave, the beginning of that stay; they may
        have been back at `at`). Events of these calls outside the window are included.
        """
        calls = self.env["telegram.call"]._overlapping(chat, start, stop)
        events = []
        for call in calls:
            events.append(self._event("opened", call.opened_at, call.id))
            if call.closed_at:
                events.append(self._event("closed", call.closed_at, call.id))
        self.flush()
        self.env.cr.execute(
            "SELECT kind, at, call_id, precision_s, joined_at, source, tg_user_id, tg_channel_id,"
            " channel_name, peer_kind FROM telegram_presence WHERE call_id = ANY (%s) ORDER BY at, id",
            [calls.ids],
        )
        for row in self.env.cr.dictfetchall():
            events.append(self._event(**dict(row, precision_s=row["precision_s"] or 0)))
        # at the same instant: the call opens first and closes last
        rank = {"opened": 0, "closed": 2}
        return sorted(events, key=lambda event: (event["at"], rank.get(event["kind"], 1)))

    @api.model
    def _event(self, kind, at, call_id, **values):
        """Return an event with every key of `_events`; missing values are None, or 0 s."""
        empty = dict.fromkeys(
            ("joined_at", "source", "tg_user_id", "tg_channel_id", "channel_name", "peer_kind")
        )
        empty["precision_s"] = 0
        return dict(empty, kind=kind, at=at, call_id=call_id, **values)
