from odoo import api, fields, models

from ... import database
from ...fields import BigInteger


class TelegramGuest(models.Model):
    """A decision about a Telegram account that is not on the group's roster: the school does not
    know the person, or they are not enrolled.

    The roster is stronger: a row there that is not `out` makes this one meaningless, and an
    enrolment deletes it.
    """

    _name = "telegram.guest"
    _description = "Telegram: decision about a guest"
    _order = "chat_id, id"

    chat_id = fields.Many2one("telegram.chat", "Group", required=True, ondelete="cascade")
    tg_user_id = BigInteger("Telegram id", required=True, group_operator=False)
    decision = fields.Selection(
        [
            ("in", "May be in"),
            ("out", "Removed"),
            ("banned", "Banned"),
            ("ignored", "Not asked about any more"),
        ],
        required=True,
    )
    decided_uid = fields.Many2one("res.users", "By", ondelete="set null")
    decided_at = fields.Datetime("On", default=fields.Datetime.now)
    by_rule = fields.Boolean(
        help="Nobody decided: whom the school does not know is put out of groups made for a class. "
        "Who comes again is looked at anew."
    )

    _sql_constraints = [
        (
            "chat_user_unique",
            "UNIQUE (chat_id, tg_user_id)",
            "Somebody has decided about this account already.",
        ),
    ]

    def init(self):
        database.set_defaults(self.env.cr, self._table, {"by_rule": "false"})
        database.grant(self.env.cr, self._table, "SELECT")

    @api.model
    def _decide(self, chat, decisions):
        """Store the user's decisions: {Telegram id: decision, or False to take it back}.

        Has the chat reconciled; the removal limit does not count people whom the user removes.
        """
        rows = self.search([("chat_id", "=", chat.id), ("tg_user_id", "in", list(decisions))])
        known = {row.tg_user_id: row for row in rows}
        for tg_user_id, decision in decisions.items():
            values = {
                "decision": decision,
                "by_rule": False,
                "decided_uid": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
            row = known.get(tg_user_id)
            if row and decision:
                row.write(values)
            elif row:
                row.unlink()
            elif decision:
                self.create(dict(values, chat_id=chat.id, tg_user_id=tg_user_id))
        removed = [user for user, decision in decisions.items() if decision in ("out", "banned")]
        chat._reconcile(allow_removals=removed or None)

    @api.model
    def _forget(self, chat, partners):
        """Delete the decisions about people who come onto the roster: they do not count again when
        the people leave it."""
        for model in (self, self.env["telegram.contact"]):
            model.flush()
        self.env.cr.execute(
            "SELECT g.id FROM telegram_guest g WHERE g.chat_id = %s AND EXISTS ("
            "SELECT 1 FROM telegram_contact c"
            " WHERE c.tg_user_id = g.tg_user_id AND c.partner_id = ANY (%s))",
            [chat.id, partners.ids],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if ids:
            self.sudo().browse(ids).unlink()

    @api.model
    def _about(self, chat, tg_user_id):
        """Return the row about this account, if there is one."""
        own = [("chat_id", "=", chat.id), ("tg_user_id", "=", tg_user_id or 0)]
        return self.sudo().search(own)

    @api.model
    def _remove_stranger(self, chat, tg_user_id):
        """Remove a stranger by the school's rule. The removal limit counts them."""
        if not self._about(chat, tg_user_id):
            self.sudo().create(
                {
                    "chat_id": chat.id,
                    "tg_user_id": tg_user_id,
                    "decision": "out",
                    "by_rule": True,
                }
            )
        chat._reconcile()

    @api.model
    def _take_rule_back(self, chat, tg_user_id):
        """Take a removal by rule back: the account is no longer a stranger, or was let in."""
        row = self._about(chat, tg_user_id).filtered("by_rule")
        if row:
            row.unlink()
            chat._reconcile()
