from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ...privacy.gateway import is_forget_waiting
from .telegram_person import STATES


class ResPartner(models.Model):
    """A person's Telegram on their own form: accounts, personal links, groups, messages.

    Also the hooks by which an adapter says who acts for whom.
    """

    _inherit = "res.partner"

    telegram_contact_ids = fields.One2many(
        "telegram.contact", "partner_id", "Telegram accounts", groups="telegram_base.group_user"
    )
    telegram_state = fields.Selection(
        STATES,
        "Telegram",
        compute="_compute_telegram_state",
        search="_search_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_since = fields.Datetime(
        "Since",
        compute="_compute_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_until = fields.Datetime(
        "Link valid until",
        compute="_compute_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_seen_at = fields.Datetime(
        "Last seen",
        compute="_compute_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_username = fields.Char(
        "Telegram username",
        compute="_compute_telegram_username",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_has_question = fields.Boolean(
        compute="_compute_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_unwanted = fields.Boolean(
        "Without Telegram",
        copy=False,
        groups="telegram_base.group_user",
        help="The person takes part without Telegram: nobody reminds them, and their attendance is "
        "filled in by hand.",
    )
    telegram_unwanted_since = fields.Datetime(
        readonly=True, copy=False, groups="telegram_base.group_user"
    )
    telegram_erased_at = fields.Datetime(
        "Erased on", readonly=True, copy=False, groups="telegram_base.group_user"
    )
    telegram_erased_uid = fields.Many2one(
        "res.users", "Erased by", readonly=True, copy=False, groups="telegram_base.group_user"
    )
    telegram_is_forgetting = fields.Boolean(
        compute="_compute_telegram_is_forgetting", groups="telegram_base.group_user"
    )
    telegram_lookup_ids = fields.One2many(
        "telegram.lookup",
        "partner_id",
        "Look-ups by telephone",
        groups="telegram_base.group_manager",
    )
    telegram_invite_ids = fields.One2many(
        "telegram.invite", "partner_id", "Links into groups", groups="telegram_base.group_user"
    )

    def unlink(self):
        """Refuse to delete people who are or were in a group: the groups' history names them."""
        own = [("partner_id", "in", self.ids)]
        for model in ("telegram.roster", "telegram.contact"):
            row = self.env[model].sudo().search(own, limit=1)
            if row:
                raise UserError(
                    _(
                        "%s is known in Telegram groups and is not deleted. Archive this person: "
                        "then the history is kept."
                    )
                    % row.partner_id.display_name
                )
        return super().unlink()

    @api.depends("telegram_contact_ids.state", "telegram_unwanted")
    def _compute_telegram_state(self):
        """Read the view `telegram.person`, in one query."""
        self.flush()
        self.env.cr.execute(
            "SELECT id, state, since, until, seen_at, has_question FROM telegram_person"
            " WHERE id = ANY (%s)",
            [self.ids],
        )
        by_id = {row["id"]: row for row in self.env.cr.dictfetchall()}
        for partner in self:
            row = by_id.get(partner.id, {})
            partner.telegram_state = row.get("state") or "none"
            partner.telegram_since = row.get("since")
            partner.telegram_until = row.get("until")
            partner.telegram_seen_at = row.get("seen_at")
            partner.telegram_has_question = row.get("has_question")

    @api.depends("telegram_contact_ids.state", "telegram_contact_ids.username")
    def _compute_telegram_username(self):
        self.flush()
        self.env.cr.execute(
            "SELECT id, username FROM telegram_person WHERE id = ANY (%s) AND username <> ''",
            [self.ids],
        )
        names = dict(self.env.cr.fetchall())
        for partner in self:
            partner.telegram_username = names.get(partner.id)
        if self.env.uid != SUPERUSER_ID:  # computed as root, for every reader
            self.env["telegram.contact.log"]._log_looks(list(names))

    def _export_rows(self, fields, *args, **kwargs):
        # Odoo checks the groups of a field when it is read, not when it is computed
        self.check_field_access_rights("read", [path[0] for path in fields if path])
        return super()._export_rows(fields, *args, **kwargs)

    def _search_telegram_state(self, operator, value):
        # Odoo guards reading a field by its groups, not searching by it
        if not (self.env.su or self.env.user.has_group("telegram_base.group_user")):
            raise AccessError(_("Only those who may see Telegram's people may search by this."))
        values = value if isinstance(value, (list, tuple)) else [value]
        if operator in ("!=", "not in"):
            values = [code for code, _name in STATES if code not in values]
        people = self.env["telegram.person"].sudo()
        if "none" in values:  # people who are not on the list are not linked
            others = [code for code, _name in STATES if code not in values]
            matching = people.search([("state", "in", others)])
            return [("id", "not in", matching.ids)]
        matching = people.search([("state", "in", values)])
        return [("id", "in", matching.ids)]

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._telegram_dated(vals) for vals in vals_list])

    def write(self, vals):
        if vals.get("active"):
            self._telegram_check_not_erased()
        return super().write(self._telegram_dated(vals))

    def _telegram_check_not_erased(self):
        """Raise UserError for erased people: their record must not stand for anybody else."""
        if self.sudo().filtered("telegram_erased_at"):
            raise UserError(
                _("This record is what is left of an erased person. Make a new contact instead.")
            )

    @api.model
    def _telegram_dated(self, vals):
        """Return the values with the time since when the person is without Telegram."""
        if "telegram_unwanted" not in vals:
            return vals
        since = fields.Datetime.now() if vals["telegram_unwanted"] else False
        return dict(vals, telegram_unwanted_since=since)

    # -- hooks for adapters ----------------------------------------------------------------------

    def _telegram_wards(self):
        """Hook: return the people for whom these may act on Telegram: a guardian's children. Empty
        here."""
        return self.browse()

    def _telegram_family(self):
        """Hook: return the people whom the school knows to share a telephone with these: guardians,
        brothers and sisters. They link one account without a question. Empty here."""
        return self.browse()

    def _telegram_contacts(self):
        """Return the confirmed Telegram identities of these people, the newest first."""
        return (
            self.env["telegram.contact"]
            .sudo()
            .search([("partner_id", "in", self.ids), ("state", "=", "confirmed")])
        )

    def _telegram_roster_chats(self, status=None):
        """Return the active chats with one of these people on their roster (with that status, if
        given)."""
        domain = [("partner_id", "in", self.ids), ("chat_id.active", "=", True)]
        if status:
            domain.append(("status", "=", status))
        return self.env["telegram.roster"].sudo().search(domain).mapped("chat_id").sorted("name")

    def _telegram_pool(self):
        return self._telegram_roster_chats("in")[:1].pool_name or "main"

    def _telegram_bot(self):
        """Return the username of the bot that these people talk to, without the @. Raises UserError
        before the gateway has logged one in."""
        accounts = self.env["telegram.account"]
        username = accounts._bot_username(self[:1]._telegram_pool()) or accounts._bot_username()
        if not username:
            raise UserError(
                _("There is no Telegram bot yet. It appears here once the gateway has logged in.")
            )
        return username

    def _telegram_own_classes(self):
        """Return the person's own groups: list of dicts(chat_id, name, state_text, is_in, url: the
        group's link or False), in as many queries for one class as for twenty."""
        self.ensure_one()
        chats = self._telegram_roster_chats("in")
        is_linked = bool(self._telegram_contacts())
        members = (
            self.env["telegram.member"]
            .sudo()
            .search([("chat_id", "in", chats.ids), ("partner_id", "=", self.id)])
        )
        states = {}
        for member in members:  # of two accounts of theirs, the one that is in counts
            if states.get(member.chat_id.id) != "in":
                states[member.chat_id.id] = member.state
        words = self.env["telegram.words"]
        classes = []
        for chat in chats:
            state = states.get(chat.id)
            link = chat.state == "ready" and chat.invite_link
            may_open = link and is_linked and state != "banned"
            if state == "in":
                link = chat._group_link() or link
            classes.append(
                {
                    "chat_id": chat.id,
                    "name": chat.name,
                    "state_text": words._own(state, is_linked, bool(link)),
                    "is_in": state == "in",
                    "url": link if may_open else False,
                }
            )
        return classes

    def telegram_link_url(self, keeps_others=False):
        """Return a new personal deep link to the pool's bot, for one use within 48 hours
        (settings).

        keeps_others: the account that uses it is an additional one; else it replaces the others.
        Returns the address as text. Raises UserError before the gateway has logged a bot in,
        AccessError for anybody but the person and users who may read Telegram's data.
        """
        return self._telegram_link_url(keeps_others=keeps_others)

    def _telegram_link_url(
        self, expires_at=None, keeps_others=False, purpose="screen", supersede=False
    ):
        """Return such a link without a check of rights, until `expires_at` (naive UTC), by default
        for the time that the settings have for its purpose (`screen`, `email` or `paper`).
        supersede: older links no longer work."""
        self.ensure_one()
        self._check_may_link()
        username = self._telegram_bot()
        token = self.env["telegram.link"]._new_token(
            self, expires_at, keeps_others, purpose, supersede
        )
        self.invalidate_cache(["telegram_state"])
        return "https://t.me/%s?start=%s" % (username, token)

    def _telegram_mail_reader(self):
        """Hook for adapters: return the partner who gets e-mails about this person: themselves,
        else the parent whom their contact belongs to. Empty: nobody has an address."""
        self.ensure_one()
        for reader in (self, self.parent_id):
            if email_normalize(reader.email) and (reader == self or not reader.is_company):
                return reader
        return self.browse()

    def _check_may_link(self):
        """Raise AccessError for all but the person and Telegram's users: a link acts as this
        person."""
        user = self.env.user
        if self.env.su or self == user.partner_id:
            return
        if not user.has_group("telegram_base.group_user"):
            raise AccessError(_("You may get a Telegram link for yourself only."))
        self.check_access_rule("read")

    def action_telegram_link(self):
        """Button: show a personal link that can be copied or sent."""
        self.ensure_one()
        wizard = self.env["telegram.link.wizard"].create({"partner_id": self.id})
        return wizard._show()

    def action_telegram_lookup(self):
        """Button: have Telegram asked which account has the person's telephone number."""
        self.ensure_one()
        self.env["telegram.lookup"].check_access_rights("create")
        self.check_access_rule("read")
        self.env["telegram.lookup"]._start(self)
        return True

    def action_telegram_invites(self):
        """Button: make the person's own links into their groups, one call to Telegram each."""
        self.ensure_one()
        self._check_may_link()
        chats = self._telegram_roster_chats("in")
        if not chats:
            raise UserError(_("%s is in no class that has a group.") % self.display_name)
        for chat in chats:
            self.env["telegram.invite"]._make(chat, self)
        return True

    def _compute_telegram_is_forgetting(self):
        for partner in self:
            partner.telegram_is_forgetting = is_forget_waiting(self.env, partner)

    def action_telegram_erase(self):
        """Button: show what an erasure of this person would do, before it is done."""
        self.ensure_one()
        return self.env["telegram.erasure.wizard"]._open(self)

    def action_telegram_export(self):
        """Button: download all data about this person as a file."""
        self.ensure_one()
        self.env["telegram.personal.data"]._check_may(self)
        return {
            "type": "ir.actions.act_url",
            "url": "/telegram/personal-data/%s" % self.id,
            "target": "self",
        }

    def action_telegram_questions(self):
        """Button: show the questions about this person."""
        self.ensure_one()
        action = self.env.ref("telegram_base.telegram_question_action").sudo().read()[0]
        action["domain"] = [("contact_id.partner_id", "=", self.id)]
        return action

    def action_telegram_log(self):
        """Button: show who looked at or changed this person's Telegram identity."""
        self.ensure_one()
        action = self.env.ref("telegram_base.telegram_contact_log_action").sudo().read()[0]
        action["domain"] = [("partner_id", "=", self.id)]
        return action

    def action_telegram_people(self):
        """Button: choose what to do with these people."""
        return self._telegram_people_wizard()

    def _telegram_people_wizard(self, **values):
        """Return the window with the choices for these people."""
        wizard = self.env["telegram.people.wizard"].create(
            dict(values, partner_ids=[(6, 0, self.ids)])
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Telegram: with these people"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _telegram_send(self, text, buttons=None, key=None, silent=False, pool=None, **values):
        """Have `text` (Telegram's HTML, escaped) sent privately to these people.

        buttons: list of rows of dicts(text, url). key: unique name of the message; a second
        account of a person gets it with its id behind. values: due_at, expires_at, priority.
        Returns the written rows, or False when nobody of them has linked Telegram.
        """
        rows, first = [], set()
        for contact in self._telegram_contacts():
            partner = contact.partner_id
            unique = key
            if key and partner.id in first:
                unique = "%s:%s" % (key, contact.tg_user_id)
            first.add(partner.id)
            rows.append(
                dict(
                    values,
                    tg_user_id=contact.tg_user_id,
                    pool=pool,
                    kind="send",
                    payload={"text": text, "buttons": buttons or [], "silent": silent},
                    key=unique,
                )
            )
        return self.env["telegram.outbox"]._enqueue(rows) if rows else False
