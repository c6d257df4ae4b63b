from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import database

LOOKED = "looked"
#: Fields whose reading is logged.
PRIVATE = frozenset(("phone", "username"))
#: Kinds of changes, by the state that an identity has got.
BECAME = {"confirmed": "linked", "suggested": "suggested", "revoked": "unlinked"}


class TelegramContactLog(models.Model):
    """The log of reads of Telegram identities, and of changes to them.

    Appended in SQL by the models that show identities; nobody edits it. Rows are deleted by their
    age (`telegram.retention`) and with the person's erasure (`telegram.personal.data`).
    """

    _name = "telegram.contact.log"
    _description = "Telegram: who looked at or changed an identity"
    _order = "id desc"
    _rec_name = "kind"

    at = fields.Datetime("When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", readonly=True, ondelete="set null")
    partner_id = fields.Many2one(
        "res.partner", "Whose", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            (LOOKED, "Looked at"),
            ("suggested", "Suggested"),
            ("linked", "Linked"),
            ("unlinked", "Unlinked"),
            ("moved", "Given to another person"),
            ("phone", "Telephone changed"),
        ],
        "What",
        required=True,
        readonly=True,
    )
    account = fields.Char("Account on Telegram", readonly=True)
    before = fields.Char("Before", readonly=True)
    after = fields.Char("After", readonly=True)

    def init(self):
        database.create_index(
            self.env.cr,
            "telegram_contact_log_looks",
            self._table,
            "user_id, at, partner_id",
            where="kind = 'looked'",
        )
        database.create_index(self.env.cr, "telegram_contact_log_at", self._table, "at")

    def name_get(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return [(row.id, kinds[row.kind]) for row in self]

    def write(self, vals):
        raise UserError(_("The log of identities is kept as it was written and is not edited."))

    def unlink(self):
        raise UserError(_("The log of identities is kept as it was written and is not edited."))

    @api.model
    def _log_looks(self, partner_ids):
        """Log that the user sees the Telegram identities of these people: one row a day for each of
        them, except for the user's own.

        It takes two queries, however many people there are, or one if all is logged already; no
        locks, and nothing is written in a read-only transaction.
        """
        if not partner_ids:
            return
        self.env.cr.execute(
            """
            SELECT p.id FROM unnest(%(ids)s::int[]) AS p (id)
            WHERE current_setting('transaction_read_only') = 'off' AND p.id <> %(own)s
              AND NOT EXISTS (
                SELECT 1 FROM telegram_contact_log l
                WHERE l.kind = 'looked' AND l.user_id = %(uid)s AND l.partner_id = p.id
                  AND l.at >= date_trunc('day', {now}))
            """.format(now=database.NOW),
            {
                "ids": sorted(set(partner_ids)),
                "uid": self.env.uid,
                "own": self.env.user.partner_id.id or 0,
            },
        )
        new = [partner_id for (partner_id,) in self.env.cr.fetchall()]
        if new:
            self.env.cr.execute(
                """
                INSERT INTO telegram_contact_log (at, user_id, partner_id, kind)
                SELECT {now}, %s, p.id, 'looked' FROM unnest(%s) AS p (id)
                """.format(now=database.NOW),
                [self.env.uid, new],
            )

    @api.model
    def _log_changes(self, rows):
        """Append changes. rows: list of (partner id, kind, account, before, after), the last three
        text or None. They are logged as the user's; changes through Telegram by the person
        themselves are logged as OdooBot's."""
        if not rows:
            return
        partner_ids, kinds, accounts, before, after = zip(*rows)
        self.env.cr.execute(
            """
            INSERT INTO telegram_contact_log (at, user_id, partner_id, kind, account, before, after)
            SELECT {now}, %s, w.*
            FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[]) AS w
            """.format(now=database.NOW),
            [
                self.env.uid,
                list(partner_ids),
                list(kinds),
                list(accounts),
                list(before),
                list(after),
            ],
        )
