from datetime import timedelta

from odoo import _, api, fields, models

from ... import database
from ...fields import BigInteger
from .bot_unlinking import SchoolsDecision
from .telegram_contact_log import BECAME, PRIVATE

#: The last sight of an account is recorded at most this often.
_SEEN_AGAIN = timedelta(hours=1)


class TelegramContact(models.Model):
    """A person's Telegram identity. A partner may have several accounts, and a family one account
    for several partners; the numeric id decides, names and usernames are only shown."""

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
    origin = fields.Selection(
        [
            ("link", "Personal link"),
            ("request", "Asked to join by a personal link"),
            ("phone", "Telephone number"),
            ("person", "Somebody's word"),
        ],
        "By",
        readonly=True,
    )
    name = fields.Char("Name on Telegram", readonly=True)
    # not prefetched: reading these fields is logged (`telegram.contact.log`)
    username = fields.Char(readonly=True, prefetch=False)
    phone = fields.Char(readonly=True, prefetch=False)
    lang_code = fields.Char("Language on Telegram", readonly=True)
    confirmed_at = fields.Datetime("Linked on", readonly=True)
    seen_at = fields.Datetime("Last seen", readonly=True)
    is_deleted = fields.Boolean("Account deleted", readonly=True)
    counts_until = fields.Datetime(
        "Theirs until",
        readonly=True,
        help="The account was this person's until then: what was seen of it before counts for them.",
    )
    shared_with = fields.Char("Also used by", compute="_compute_shared_with", compute_sudo=True)

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

    # -- changes and reads by people are logged: see `telegram.contact.log` ----------------------

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        self.env["telegram.contact.log"]._log_changes(
            [
                (contact.partner_id.id, BECAME[contact.state], contact._account(), None, None)
                for contact in contacts
            ]
        )
        return contacts

    def write(self, vals):
        if not {"state", "partner_id", "phone"} & set(vals):
            return super().write(vals)
        before = {
            contact: (contact.state, contact.partner_id, contact.phone) for contact in self.sudo()
        }
        result = super().write(vals)
        rows = []
        for contact, (state, partner, phone) in before.items():
            account = contact._account()
            if contact.partner_id != partner:
                names = (partner.display_name, contact.partner_id.display_name)
                for whose in (partner, contact.partner_id):
                    rows.append((whose.id, "moved", account) + names)
            if contact.state != state:
                rows.append((contact.partner_id.id, BECAME[contact.state], account, None, None))
            if (contact.phone or "") != (phone or ""):
                change = (phone or None, contact.phone or None)
                rows.append((contact.partner_id.id, "phone", account) + change)
        self.env["telegram.contact.log"]._log_changes(rows)
        return result

    def _account(self):
        """Return the account's name and Telegram id, as the log shows them."""
        return "%s (%s)" % (self.name, self.tg_user_id) if self.name else str(self.tg_user_id)

    def _read(self, fields):
        # reading is logged: see `telegram.contact.log`
        super()._read(fields)
        if self and not self.env.su and PRIVATE & set(fields):
            # others were not read: Odoo raises once somebody asks for their values
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._log_looks(seen.mapped("partner_id").ids)

    def name_get(self):
        return [(c.id, c.name or c.username or str(c.tg_user_id)) for c in self]

    @api.depends("tg_user_id", "state")
    def _compute_shared_with(self):
        accounts = [contact.tg_user_id for contact in self if contact.state == "confirmed"]
        others = self.search([("tg_user_id", "in", accounts), ("state", "=", "confirmed")])
        for contact in self:
            names = others.filtered(
                lambda other, contact=contact: (
                    other.tg_user_id == contact.tg_user_id
                    and other.partner_id != contact.partner_id
                )
            ).mapped("partner_id.display_name")
            is_linked = contact.state == "confirmed"
            contact.shared_with = (", ".join(names) or False) if is_linked else False

    @api.model
    def _partners(self, tg_user_id):
        """Return the confirmed partners of a Telegram id, archived ones too, in the order of
        linking."""
        contacts = self.sudo().search(
            [("tg_user_id", "=", tg_user_id or 0), ("state", "=", "confirmed")],
            order="confirmed_at, id",
        )
        return contacts.mapped("partner_id").with_context(active_test=False)

    @api.model
    def _confirm(self, partner, tg_user_id, values=None):
        """Link `partner` with `tg_user_id`, and reconcile all chats that it affects.

        values: name, username, phone, lang_code, origin as far as known. Returns the contact.
        """
        confirmed = {"state": "confirmed", "confirmed_at": fields.Datetime.now()}
        contact = self._get_or_create(partner, tg_user_id, dict(values or {}, **confirmed))
        if contact.counts_until:
            contact.counts_until = False
        self.env["telegram.question"]._settle(contact, ("suggested", "shared", "recycled"), "yes")
        chats = partner._telegram_roster_chats()
        chats._reconcile()
        for chat in chats:
            chat._call_owner("_telegram_on_contact_confirmed", chat, partner)
        return contact

    @api.model
    def _suggest(self, partner, tg_user_id, values=None):
        """Note that `tg_user_id` may be `partner`; it has no effect before it is confirmed.

        Returns the contact; one that is confirmed stays so.
        """
        contact = self._get_or_create(partner, tg_user_id, values)
        if contact.state == "revoked":
            contact.state = "suggested"
        return contact

    @api.model
    def _get_or_create(self, partner, tg_user_id, values):
        """Return the contact of partner and account, made if it is missing, with these values."""
        self.env["telegram.roster"]._take_turns(partner)
        contacts = self.sudo()
        contact = contacts.search(
            [("partner_id", "=", partner.id), ("tg_user_id", "=", tg_user_id)]
        )
        vals = {name: value for name, value in (values or {}).items() if value}
        if contact:
            contact.write(vals)
            return contact
        vals.setdefault("origin", "person")
        return contacts.create(dict(vals, partner_id=partner.id, tg_user_id=tg_user_id))

    def _handle_reports_again(self):
        """Have facts handled again that reported these accounts before the school knew them: they
        were in a group, or asked to be."""
        domain = [
            ("tg_user_id", "in", self.mapped("tg_user_id")),
            ("state", "in", ("guest", "requested")),
        ]
        self.env["telegram.member"].sudo().search(domain)._handle_reports_again()

    def _revoke(self):
        """Unlink: the identities no longer count. The chats are reconciled; an account leaves a
        group only if its person has another one."""
        self.write({"state": "revoked"})
        self.env["telegram.question"]._settle(self, None, "no")
        self.mapped("partner_id")._telegram_roster_chats()._reconcile()

    def _retire(self):
        """Unlink accounts that were their person's until now: earlier presence stays that
        person's."""
        self.write({"counts_until": fields.Datetime.now()})
        self._revoke()

    @api.model
    def _persons_at(self, accounts):
        """Return {Telegram id: [(id of res.partner, until)]}: presence of these accounts up to
        `until` (naive UTC; None: for ever) is that partner's."""
        contacts = self.sudo().search(
            [
                ("tg_user_id", "in", sorted(accounts)),
                "|",
                "|",
                ("state", "=", "confirmed"),
                ("counts_until", "!=", False),
                ("is_deleted", "=", True),
            ],
            order="id",
        )
        owners = {}
        for contact in contacts:
            until = None if contact.state == "confirmed" else contact.counts_until or None
            owners.setdefault(contact.tg_user_id, []).append((contact.partner_id.id, until))
        return owners

    @api.model
    def _linked_at(self, partner_ids, at):
        """Return ids of these partners who had an account at that instant that is no longer
        theirs."""
        former = self.sudo().search(
            [("partner_id", "in", list(partner_ids)), ("counts_until", ">=", at)]
        )
        return set(former.mapped("partner_id").ids)

    def _remove_from_groups(self):
        """Remove these accounts from the groups that they joined as the wrong person, unless they
        also stand for somebody who belongs there."""
        members = self.env["telegram.member"].search(
            [
                ("tg_user_id", "in", self.mapped("tg_user_id")),
                ("seen_status", "in", ("in", "requested")),
            ]
        )
        for member in members:
            own = self._partners(member.tg_user_id)._telegram_roster_chats("in")
            if member.chat_id not in own:
                self.env["telegram.guest"]._decide(member.chat_id, {member.tg_user_id: "out"})

    # -- data follows Telegram -------------------------------------------------------------------

    @api.model
    def _partners_of_deleted(self, partners):
        """Return the partners among these who deleted a Telegram account and have linked no
        other."""
        contacts = self.sudo().search([("partner_id", "in", partners.ids)])
        linked = contacts.filtered(lambda contact: contact.state == "confirmed").mapped(
            "partner_id"
        )
        return contacts.filtered("is_deleted").mapped("partner_id") - linked

    @api.model
    def _account_deleted(self, tg_user_id):
        """Unlink an account that was deleted; its data stays. Returns the contacts that were
        linked."""
        contacts = self.sudo().search(
            [("tg_user_id", "=", tg_user_id or 0), ("state", "=", "confirmed")]
        )
        contacts.write({"is_deleted": True})
        contacts._retire()
        return contacts

    @api.model
    def _update_names(self, people):
        """Take over names from facts, [(Telegram id, name, username)]: the last one for each
        counts. Writes only what differs."""
        shown = {
            tg_user_id: (tg_user_id, name, username)
            for tg_user_id, name, username in people
            if tg_user_id and (name or username)
        }
        if not shown:
            return
        self.flush()
        ids, names, usernames = zip(*(shown[tg_user_id] for tg_user_id in sorted(shown)))
        self.env.cr.execute(
            """
            UPDATE telegram_contact c
            SET name = coalesce(s.name, c.name), username = s.username, seen_at = {now}
            FROM unnest(%(ids)s::bigint[], %(names)s::varchar[], %(usernames)s::varchar[])
                AS s (tg_user_id, name, username)
            WHERE c.tg_user_id = s.tg_user_id
              AND ((c.name, c.username) IS DISTINCT FROM (coalesce(s.name, c.name), s.username)
                   OR c.seen_at IS NULL OR c.seen_at < {now} - %(again)s)
            """.format(now=database.NOW),
            {
                "ids": list(ids),
                "names": [name or None for name in names],
                "usernames": list(usernames),
                "again": _SEEN_AGAIN,
            },
        )
        if self.env.cr.rowcount:
            self.invalidate_cache(["name", "username", "seen_at"])

    # -- buttons --------------------------------------------------------------------------------

    def action_revoke(self):
        """Button: unlink these accounts."""
        self._check_may_decide()
        self.sudo()._revoke()
        return True

    def action_wrong_person(self):
        """Button: somebody else used this person's link. The link is undone, its user is told, and
        the person gets a new one; older links of theirs no longer work."""
        self.ensure_one()
        self._check_may_decide()
        contact, partner = self.sudo(), self.partner_id
        contact._revoke()
        contact._remove_from_groups()
        self.env["telegram.link"]._supersede(partner)
        SchoolsDecision(contact).say_not_theirs()
        return partner.action_telegram_link()

    def _check_may_decide(self):
        """Raise AccessError for users who may not decide about identities; a school's own rules may
        allow it to more people."""
        self.check_access_rights("write")
        self.check_access_rule("write")

    def action_open_partner(self):
        """Button: open the person's own form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Person"),
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }
