from odoo import api, fields, models

from ... import database

ROLES = [("student", "Student"), ("teacher", "Teacher"), ("supervisor", "Supervisor")]
STATUSES = [
    ("in", "In"),
    ("out", "Out"),
    ("banned", "Banned"),
    ("undecided", "To be decided"),
]
#: Questions about people who left: one person (was it meant?), or many at once.
QUESTIONS = [("left", "Left: was it meant?"), ("gone", "One of many who went at once")]


class TelegramRoster(models.Model):
    """The people who must be in a chat, out of it, or banned.

    Rows are never deleted but turned to `out`: a person without a row is unknown and left alone.
    """

    _name = "telegram.roster"
    _description = "Telegram: who belongs into a group"
    _order = "chat_id, role, id"

    chat_id = fields.Many2one("telegram.chat", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="restrict"
    )
    role = fields.Selection(ROLES, required=True, readonly=True, default="student")
    status = fields.Selection(STATUSES, required=True, readonly=True, default="in")
    reason = fields.Char(readonly=True)
    since = fields.Datetime(readonly=True, default=fields.Datetime.now)
    in_since = fields.Datetime(
        "Belongs since",
        readonly=True,
        help="When the person last came to belong; empty: they never did.",
    )
    in_until = fields.Datetime(
        "Belonged until", readonly=True, help="When they ceased to; empty: they do, or never did."
    )
    valid_until = fields.Datetime(
        "Belongs until",
        readonly=True,
        help="When the person's place ends as it is planned; empty: no end is known. Rights end "
        "then, whether a cron has run or not.",
    )
    question = fields.Selection(
        QUESTIONS,
        readonly=True,
        help="What somebody of the school is asked about this person who went, until they answer or "
        "the school changes their place itself.",
    )

    _sql_constraints = [
        (
            "chat_partner_unique",
            "UNIQUE (chat_id, partner_id)",
            "This person is on the roster of that group already.",
        ),
    ]

    def init(self):
        database.grant(self.env.cr, self._table, "SELECT")
        self.env.cr.execute(
            "CREATE TABLE IF NOT EXISTS telegram_turn"
            " (partner_id int PRIMARY KEY, taken bigint NOT NULL DEFAULT 1)"
        )

    @api.model
    def _take_turns(self, partners):
        """Serialize transactions that change the facts from which a person's place on rosters
        follows.

        Each of them writes the same row of that person. So the second one waits, fails since it
        does not see the changes of the first, and is repeated by Odoo; the moment of this call
        within the transaction does not matter. Changes of several people take their turns in one
        call, in the order of their ids, so that no two wait for each other.
        """
        if not partners:
            return
        self.env.cr.execute(
            "INSERT INTO telegram_turn AS t (partner_id) SELECT unnest(%s::int[])"
            " ON CONFLICT (partner_id) DO UPDATE SET taken = t.taken + 1",
            [sorted(set(partners.ids))],
            log_exceptions=False,
        )

    def _entry(self):
        """Return this row as an entry for `_set`."""
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "role": self.role,
            "status": self.status,
            "reason": self.reason,
            "until": self.valid_until,
        }

    @api.model
    def _set(self, chat, entries, people=None):
        """Make `entries` the roster of `chat`, in one statement, and ask for a reconciliation if
        that changed anything. people: those (res.partner) of whom it is said; the others' rows
        stay as they are. None: of everybody.

        entries: list of dicts(partner_id, role, status, reason, until); `role` defaults to
        `student`, `status` to `in`, `until` (naive UTC) to no end. For a partner given twice the
        last entry counts. People with a row and without an entry are turned to `out`, except for
        undecided ones, whom only a person's decision moves.

        Returns the changed rows: dicts(partner_id, role, status, reason, old_role, old_status,
        old_reason), the old ones None for a new row.

        Only rows that differ are touched: enrolments of two people at the same time neither wait
        for each other nor fail. The people of changed rows take their turns.
        """
        by_partner = {entry["partner_id"]: entry for entry in entries}
        listed = list(by_partner.values())
        self.flush()
        self.env.cr.execute(
            """
            WITH wanted AS (
                SELECT * FROM unnest(%(partners)s::int[], %(roles)s::varchar[],
                                     %(statuses)s::varchar[], %(reasons)s::varchar[],
                                     %(untils)s::timestamp[])
                    AS w (partner_id, role, status, reason, valid_until)
            ), before AS (
                SELECT id, partner_id, role, status, reason, valid_until
                FROM telegram_roster WHERE chat_id = %(chat)s {of_people}
            ), upserted AS (
                INSERT INTO telegram_roster AS r
                    (chat_id, partner_id, role, status, reason, valid_until, since, in_since,
                     create_uid, create_date, write_uid, write_date)
                SELECT %(chat)s, w.partner_id, w.role, w.status, w.reason, w.valid_until, {now},
                       CASE w.status WHEN 'in' THEN {now} END,
                       %(uid)s, {now}, %(uid)s, {now}
                FROM wanted w LEFT JOIN before b USING (partner_id)
                WHERE (b.role, b.status, b.reason, b.valid_until)
                    IS DISTINCT FROM (w.role, w.status, w.reason, w.valid_until)
                ON CONFLICT (chat_id, partner_id) DO UPDATE
                SET role = excluded.role, status = excluded.status, reason = excluded.reason,
                    valid_until = excluded.valid_until,
                    since = CASE WHEN r.status = excluded.status THEN r.since
                                 ELSE excluded.since END,
                    in_since = CASE WHEN r.status = excluded.status THEN r.in_since
                                    ELSE coalesce(excluded.in_since, r.in_since) END,
                    in_until = CASE WHEN excluded.status = 'in' THEN NULL
                                    WHEN r.status = 'in' THEN excluded.since
                                    ELSE r.in_until END,
                    question = CASE WHEN r.status = excluded.status THEN r.question END,
                    write_uid = excluded.write_uid, write_date = excluded.write_date
                RETURNING r.partner_id, r.role, r.status, r.reason
            ), turned AS (
                UPDATE telegram_roster r
                SET status = 'out', reason = 'not_listed', since = {now}, question = NULL,
                    valid_until = NULL,
                    in_until = CASE status WHEN 'in' THEN {now} ELSE in_until END,
                    write_uid = %(uid)s, write_date = {now}
                WHERE r.chat_id = %(chat)s AND r.status NOT IN ('out', 'undecided')
                  AND r.partner_id <> ALL (%(partners)s::int[]) {of_people}
                RETURNING r.partner_id, r.role, r.status, r.reason
            )
            SELECT c.partner_id, c.role, c.status, c.reason,
                   b.role AS old_role, b.status AS old_status, b.reason AS old_reason
            FROM (SELECT * FROM upserted UNION ALL SELECT * FROM turned) c
            LEFT JOIN before b USING (partner_id)
            ORDER BY c.partner_id
            """.format(
                now=database.NOW,
                of_people="" if people is None else "AND partner_id = ANY (%(people)s::int[])",
            ),
            {
                "people": people.ids if people is not None else None,
                "chat": chat.id,
                "uid": self.env.uid,
                "partners": [e["partner_id"] for e in listed],
                "roles": [e.get("role") or "student" for e in listed],
                "statuses": [e.get("status") or "in" for e in listed],
                "reasons": [e.get("reason") or None for e in listed],
                "untils": [e.get("until") or None for e in listed],
            },
        )
        changed = self.env.cr.dictfetchall()
        if changed:
            partners = self.env["res.partner"].browse([row["partner_id"] for row in changed])
            self._take_turns(partners)
            self.invalidate_cache(list(self._fields))
            chat.invalidate_cache(["roster_ids"])
            if any((c["old_role"], c["old_status"]) != (c["role"], c["status"]) for c in changed):
                chat._reconcile()
            entered = [row["partner_id"] for row in changed if row["status"] == "in"]
            self.env["telegram.guest"]._forget(chat, self.env["res.partner"].browse(entered))
            self._invite_newcomers(chat, changed)
        return changed

    @api.model
    def _invite_newcomers(self, chat, changed):
        """Have the bot send the link of a group that is open already to people who come onto its
        roster."""
        if not chat.is_reviewed or not chat.active:
            return  # many may be in the group already: invited after the review
        bot = self.env["telegram.bot"].sudo()
        partners = self.env["res.partner"].sudo()
        entered = [row for row in changed if row["status"] == "in" and row["old_status"] != "in"]
        for is_again in (False, True):
            ids = [row["partner_id"] for row in entered if bool(row["old_status"]) == is_again]
            if ids:
                bot._invite(chat.sudo(), partners.browse(ids), is_again=is_again)
