from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    telegram_contact_ids = fields.One2many(
        "telegram.contact", "partner_id", "Telegram accounts", groups="telegram_base.group_user"
    )
    telegram_state = fields.Selection(
        [("linked", "Linked"), ("invited", "Link sent, not used yet"), ("none", "Not linked")],
        "Telegram",
        compute="_compute_telegram_state",
        search="_search_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )
    telegram_username = fields.Char(
        "Telegram username",
        compute="_compute_telegram_state",
        compute_sudo=True,
        groups="telegram_base.group_user",
    )

    @api.depends("telegram_contact_ids.state", "telegram_contact_ids.username")
    def _compute_telegram_state(self):
        links = self.env["telegram.link"].search(
            [
                ("partner_id", "in", self.ids),
                ("used_at", "=", False),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        )
        invited = set(links.mapped("partner_id").ids)
        for partner in self:
            contacts = partner._telegram_contacts()
            usernames = ["@" + name.lstrip("@") for name in contacts.mapped("username") if name]
            partner.telegram_username = ", ".join(usernames) or False
            if contacts:
                partner.telegram_state = "linked"
            else:
                partner.telegram_state = "invited" if partner.id in invited else "none"

    def _search_telegram_state(self, operator, value):
        values = value if isinstance(value, (list, tuple)) else [value]
        is_negative = operator in ("!=", "not in")
        contacts = self.env["telegram.contact"].sudo().search([("state", "=", "confirmed")])
        linked = set(contacts.mapped("partner_id").ids)
        links = (
            self.env["telegram.link"]
            .sudo()
            .search([("used_at", "=", False), ("expires_at", ">", fields.Datetime.now())])
        )
        invited = set(links.mapped("partner_id").ids) - linked
        matching = (linked if "linked" in values else set()) | (
            invited if "invited" in values else set()
        )
        if "none" in values:
            others = (linked | invited) - matching
            return [("id", "in" if is_negative else "not in", list(others))]
        return [("id", "not in" if is_negative else "in", list(matching))]

    def _telegram_contacts(self):
        """Confirmed Telegram identities of these people, the newest first."""
        return (
            self.env["telegram.contact"]
            .sudo()
            .search([("partner_id", "in", self.ids), ("state", "=", "confirmed")])
        )

    def _telegram_roster_chats(self, status=None):
        """Active chats whose roster has one of these people (with that status, if given)."""
        domain = [("partner_id", "in", self.ids), ("chat_id.active", "=", True)]
        if status:
            domain.append(("status", "=", status))
        return self.env["telegram.roster"].sudo().search(domain).mapped("chat_id").sorted("name")

    def telegram_link_url(self):
        """A new personal deep link to the pool's bot, for one use within 48 hours (settings).

        Returns the address as text. Raises UserError before the gateway has logged a bot in,
        AccessError for anybody but the person and those who may read Telegram's data.
        """
        self.ensure_one()
        self._check_may_link()
        pool = self._telegram_roster_chats("in")[:1].pool_name or "main"
        accounts = self.env["telegram.account"]
        username = accounts._bot_username(pool) or accounts._bot_username()
        if not username:
            raise UserError(
                _("There is no Telegram bot yet. It appears here once the gateway has logged in.")
            )
        token = self.env["telegram.link"]._new_token(self)
        self.invalidate_cache(["telegram_state"])
        return "https://t.me/%s?start=%s" % (username, token)

    def _check_may_link(self):
        """A link lets its holder act as this person: only for them and for Telegram's people."""
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
