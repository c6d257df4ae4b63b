from odoo import api, fields, models

from .. import database
from ..fields import BigInteger


class TelegramContact(models.Model):
    """A person's Telegram identity. A partner may have several accounts, and a family one
    account for several partners; the numeric id decides, names and usernames only show."""

    _name = "telegram.contact"
    _description = "Telegram identity of a person"
    _order = "confirmed_at desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="restrict"
    )
    tg_user_id = BigInteger("Telegram id", required=True, readonly=True, group_operator=False)
    state = fields.Selection(
        [("confirmed", "Linked"), ("suggested", "Suggested"), ("revoked", "Unlinked")],
        required=True,
        default="suggested",
        readonly=True,
    )
    name = fields.Char("Name on Telegram", readonly=True)
    username = fields.Char(readonly=True)
    phone = fields.Char(readonly=True)
    lang_code = fields.Char("Language on Telegram", readonly=True)
    confirmed_at = fields.Datetime("Linked on", readonly=True)

    _sql_constraints = [
        (
            "partner_user_unique",
            "UNIQUE (partner_id, tg_user_id)",
            "This person has that Telegram account already.",
        ),
    ]

    def init(self):
        cr = self.env.cr
        database.grant(cr, self._table, "SELECT")
        database.create_index(
            cr,
            "telegram_contact_confirmed_user",
            self._table,
            "tg_user_id",
            where="state = 'confirmed'",
        )

    def name_get(self):
        return [(c.id, c.name or c.username or str(c.tg_user_id)) for c in self]

    @api.model
    def _partners(self, tg_user_id):
        """Confirmed partners of a Telegram id, archived ones too."""
        contacts = self.sudo().search(
            [("tg_user_id", "=", tg_user_id or 0), ("state", "=", "confirmed")]
        )
        return contacts.mapped("partner_id").with_context(active_test=False)

    @api.model
    def _confirm(self, partner, tg_user_id, values=None):
        """Link `partner` with `tg_user_id` and let all chats in which that matters follow.

        values: name, username, phone, lang_code as far as known. Returns the contact.
        """
        contacts = self.sudo()
        contact = contacts.search(
            [("partner_id", "=", partner.id), ("tg_user_id", "=", tg_user_id)]
        )
        vals = dict(values or {}, state="confirmed", confirmed_at=fields.Datetime.now())
        if contact:
            contact.write(vals)
        else:
            contact = contacts.create(dict(vals, partner_id=partner.id, tg_user_id=tg_user_id))
        chats = partner._telegram_roster_chats()
        chats._reconcile()
        for chat in chats:
            chat._call_owner("_telegram_on_contact_confirmed", chat, partner)
        return contact

    def _revoke(self):
        """Unlink: the identities no longer count. The chats follow; nobody is removed."""
        self.write({"state": "revoked"})
        self.mapped("partner_id")._telegram_roster_chats()._reconcile()

    @api.model
    def _see(self, tg_user_id, name=None, username=None):
        """Take over what a fact shows of a person; writes only what differs."""
        if not tg_user_id or not (name or username):
            return
        self.flush()
        self.env.cr.execute(
            """
            UPDATE telegram_contact SET name = coalesce(%(name)s, name), username = %(username)s
            WHERE tg_user_id = %(tg_user_id)s
              AND (name, username) IS DISTINCT FROM (coalesce(%(name)s, name), %(username)s)
            """,
            {"tg_user_id": tg_user_id, "name": name or None, "username": username or None},
        )
        if self.env.cr.rowcount:
            self.invalidate_cache(["name", "username"])

    def action_revoke(self):
        """Button: unlink these accounts."""
        self.check_access_rights("write")
        self.sudo()._revoke()
        return True
