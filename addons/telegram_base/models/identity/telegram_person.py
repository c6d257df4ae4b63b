from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

#: States of a person with Telegram; also on the partner's and the user's form.
STATES = [
    ("none", "Not linked"),
    ("invited", "Has a link, not used yet"),
    ("suggested", "Suggested"),
    ("linked", "Linked"),
    ("several", "Several accounts"),
    ("shared", "Account shared"),
    ("deleted", "Account deleted"),
    ("unwanted", "Without Telegram"),
]

#: States of people who can be reached on Telegram.
LINKED = ("linked", "several", "shared")


class TelegramPerson(models.Model):
    """Everybody who could be on Telegram, in one list: people with a user, on a group's roster, or
    with an identity or a link. A view, computed by the database; its id is that of the partner."""

    _name = "telegram.person"
    _description = "Person and Telegram"
    _auto = False
    _order = "name, id"

    partner_id = fields.Many2one("res.partner", "Person", readonly=True)
    name = fields.Char(readonly=True)
    email = fields.Char("E-mail", readonly=True)
    phone = fields.Char("Telephone", readonly=True)
    company_id = fields.Many2one("res.company", "School", readonly=True)
    # not `active`, which would offer to archive the rows of a view
    is_archived = fields.Boolean("Archived", readonly=True)
    state = fields.Selection(STATES, "Telegram", readonly=True)
    since = fields.Datetime("Since", readonly=True)
    until = fields.Datetime("Link valid until", readonly=True)
    seen_at = fields.Datetime("Last seen", readonly=True)
    username = fields.Char("Telegram username", readonly=True, prefetch=False)
    accounts = fields.Integer("Accounts", readonly=True)
    has_question = fields.Boolean("To sort out", readonly=True)
    chat_ids = fields.Many2many(
        "telegram.chat", string="Groups", compute="_compute_chats", search="_search_chats"
    )

    def init(self):
        # the columns that it reads may be made after this model's turn
        self.pool.post_init(self._make_view)

    @api.model
    def _make_view(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute("CREATE VIEW telegram_person AS " + self._select())

    @api.model
    def _select(self):
        """Return the view's query: a row per person, with the most important of the states that
        apply."""
        return """
            SELECT p.id, p.id AS partner_id, p.name, p.email,
                   coalesce(nullif(p.mobile, ''), nullif(p.phone, '')) AS phone,
                   p.company_id, NOT coalesce(p.active, false) AS is_archived,
                   CASE WHEN c.linked > 0 THEN
                            CASE WHEN c.shared THEN 'shared'
                                 WHEN c.linked > 1 THEN 'several' ELSE 'linked' END
                        WHEN p.telegram_unwanted THEN 'unwanted'
                        WHEN c.suggested > 0 THEN 'suggested'
                        WHEN l.until IS NOT NULL THEN 'invited'
                        WHEN c.deleted THEN 'deleted'
                        ELSE 'none' END AS state,
                   CASE WHEN c.linked > 0 THEN c.since
                        WHEN p.telegram_unwanted THEN p.telegram_unwanted_since
                        WHEN c.suggested > 0 THEN c.suggested_since
                        WHEN l.until IS NOT NULL THEN l.since
                        ELSE c.deleted_at END AS since,
                   CASE WHEN c.linked > 0 THEN NULL ELSE l.until END AS until,
                   greatest(c.seen_at, m.seen_at) AS seen_at, c.username, c.linked AS accounts, q.id IS NOT NULL AS has_question
            FROM res_partner p
            LEFT JOIN LATERAL (
                SELECT count(*) FILTER (WHERE k.state = 'confirmed') AS linked,
                       coalesce(bool_or(k.is_deleted), false) AS deleted,
                       max(k.write_date) FILTER (WHERE k.is_deleted) AS deleted_at,
                       count(*) FILTER (WHERE k.state = 'suggested') AS suggested,
                       max(k.confirmed_at) FILTER (WHERE k.state = 'confirmed') AS since,
                       max(k.create_date) FILTER (WHERE k.state = 'suggested') AS suggested_since,
                       max(k.seen_at) FILTER (WHERE k.state = 'confirmed') AS seen_at,
                       string_agg('@' || ltrim(k.username, '@'), ', ' ORDER BY k.id)
                           FILTER (WHERE k.state = 'confirmed' AND k.username <> '') AS username,
                       coalesce(bool_or(EXISTS (
                           SELECT 1 FROM telegram_contact o
                           WHERE o.tg_user_id = k.tg_user_id AND o.state = 'confirmed'
                             AND o.partner_id <> k.partner_id))
                           FILTER (WHERE k.state = 'confirmed'), false) AS shared
                FROM telegram_contact k WHERE k.partner_id = p.id
            ) c ON true
            LEFT JOIN LATERAL (
                SELECT max(m.seen_at) AS seen_at FROM telegram_member m
                WHERE m.partner_id = p.id AND m.seen_status = 'in'
            ) m ON true
            LEFT JOIN LATERAL (
                SELECT max(t.expires_at) AS until, max(t.create_date) AS since
                FROM telegram_link t
                WHERE t.partner_id = p.id AND t.used_at IS NULL AND t.superseded_at IS NULL
                  AND t.expires_at > (now() AT TIME ZONE 'UTC')
            ) l ON true
            LEFT JOIN LATERAL (
                SELECT q.id FROM telegram_question q
                JOIN telegram_contact k ON k.id = q.contact_id
                WHERE q.state = 'open' AND k.partner_id = p.id LIMIT 1
            ) q ON true
            WHERE EXISTS (SELECT 1 FROM telegram_roster r WHERE r.partner_id = p.id)
               OR p.id IN (  -- people who log in; the doorbell's user is none
                   SELECT u.partner_id FROM res_users u
                   JOIN res_groups_users_rel g ON g.uid = u.id
                   JOIN ir_model_data d ON d.model = 'res.groups' AND d.res_id = g.gid
                   WHERE u.active AND d.module = 'base' AND d.name IN ('group_user', 'group_portal'))
               OR EXISTS (SELECT 1 FROM telegram_contact k WHERE k.partner_id = p.id)
               OR EXISTS (SELECT 1 FROM telegram_link t WHERE t.partner_id = p.id)
               OR p.telegram_unwanted
        """

    def _compute_chats(self):
        rows = self.env["telegram.roster"].search(
            [
                ("partner_id", "in", self.ids),
                ("status", "=", "in"),
                ("chat_id.active", "=", True),
            ]
        )
        chats = {}
        for row in rows:
            chats.setdefault(row.partner_id.id, []).append(row.chat_id.id)
        for person in self:
            person.chat_ids = [(6, 0, chats.get(person.id, []))]

    @api.model
    def _search_chats(self, operator, value):
        domain = [("status", "=", "in"), ("chat_id.active", "=", True)]
        if value not in (True, False):
            domain.append(("chat_id", operator, value))
        rows = self.env["telegram.roster"].search(domain)
        is_without = (operator == "=" and not value) or (operator == "!=" and value is True)
        return [("id", "not in" if is_without else "in", rows.mapped("partner_id").ids)]

    # Unflushed values are not in the view: Odoo 13 does not know that by itself.

    @api.model
    def _search(self, *args, **kwargs):
        self.flush()
        return super()._search(*args, **kwargs)

    @api.model
    def read_group(self, *args, **kwargs):
        self.flush()
        return super().read_group(*args, **kwargs)

    def _read(self, fields):
        # the list shows usernames: see `telegram.contact.log`
        super()._read(fields)
        if self and not self.env.su and "username" in fields:
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._log_looks(seen.filtered("username").ids)

    # -- buttons --------------------------------------------------------------------------------

    def action_open(self):
        """Button: open the person's form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Person"),
            "res_model": "res.partner",
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_people(self):
        """Action on the selected people: choose what to do with them."""
        if not self:
            raise UserError(_("Select some people first."))
        return self.mapped("partner_id")._telegram_people_wizard()
