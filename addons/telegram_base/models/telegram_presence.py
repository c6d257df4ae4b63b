from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..fields import BigInteger


class TelegramPresence(models.Model):
    """What was seen in a call: somebody came or went, our sight was lost or came back.
    Appended from facts, never edited; the rules of attendance pair them."""

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
    peer_kind = fields.Selection([("user", "Person"), ("channel", "Channel")], readonly=True)
    kind = fields.Selection(
        [
            ("joined", "Joined"),
            ("left", "Left"),
            ("lost", "Sight lost"),
            ("back", "Sight back"),
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
    source = fields.Selection([("update", "Update"), ("look", "Look")], readonly=True)
    fact = fields.Char(required=True, readonly=True)
    person = fields.Char(compute="_compute_person")

    _sql_constraints = [
        ("fact_unique", "UNIQUE (fact)", "This was recorded already."),
    ]

    @api.depends("tg_user_id", "peer_kind")
    @api.depends_context("lang")
    def _compute_person(self):
        contacts = self.env["telegram.contact"]
        for row in self:
            if row.peer_kind == "channel":
                row.person = _("a channel")
            elif not row.tg_user_id:
                row.person = False
            else:
                partners = contacts._partners(row.tg_user_id)
                row.person = ", ".join(partners.mapped("display_name")) or str(row.tg_user_id)

    def write(self, vals):
        raise UserError(_("Presence is recorded as it was seen and is not edited."))

    @api.model
    def _events(self, chat, start, stop):
        """All that is known of the calls of `chat` that overlap [start, stop] (naive UTC).

        Returns dicts ordered by `at`: kind (`opened` | `closed` for the call, `joined` | `left`
        for somebody, `lost` | `back` for our sight of it), at (naive UTC datetime; the true
        instant lies in [at − precision_s, at]), precision_s, source, call_id (of telegram.call),
        tg_user_id (None for a channel, for `lost` and `back`, and for the call), peer_kind.
        Events of these calls outside the window are among them.
        """
        calls = self.env["telegram.call"]._overlapping(chat, start, stop)
        events = []
        for call in calls:
            events.append(self._event("opened", call.opened_at, call))
            if call.closed_at:
                events.append(self._event("closed", call.closed_at, call))
        for row in self.sudo().search([("call_id", "in", calls.ids)], order="at, id"):
            events.append(
                self._event(
                    row.kind,
                    row.at,
                    row.call_id,
                    precision_s=row.precision_s,
                    source=row.source or None,
                    tg_user_id=row.tg_user_id or None,
                    peer_kind=row.peer_kind or None,
                )
            )
        # at the same instant: the call opens first and closes last
        rank = {"opened": 0, "closed": 2}
        return sorted(events, key=lambda event: (event["at"], rank.get(event["kind"], 1)))

    @api.model
    def _event(self, kind, at, call, **values):
        empty = {"precision_s": 0, "source": None, "tg_user_id": None, "peer_kind": None}
        return dict(empty, kind=kind, at=at, call_id=call.id, **values)
