from odoo import _, api, fields, models
from odoo.exceptions import UserError

#: Longest name of an invite link on Telegram.
_LONGEST_TITLE = 32


class TelegramInvite(models.Model):
    """A link into one group for one person. People pass links on: an account that uses it is only
    suggested to be that person. Each takes one call to Telegram, so they are made on request
    alone."""

    _name = "telegram.invite"
    _description = "Telegram: a person's own link into a group"
    _order = "id desc"
    _rec_name = "link"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    link = fields.Char(readonly=True, index=True)

    _sql_constraints = [
        (
            "chat_partner_unique",
            "UNIQUE (chat_id, partner_id)",
            "This person has a link into that group already.",
        ),
    ]

    @api.model
    def _make(self, chat, partner):
        """Return the person's link into `chat`, requested if there is none yet (`link` is empty
        until the gateway has made it). Raises UserError if the person does not belong there."""
        if chat not in partner._telegram_roster_chats("in"):
            raise UserError(_("%s is not enrolled there.") % partner.display_name)
        invites = self.sudo()
        invite = invites.search([("chat_id", "=", chat.id), ("partner_id", "=", partner.id)])
        if not invite:
            invite = invites.create({"chat_id": chat.id, "partner_id": partner.id})
        if not invite.link:
            self.env["telegram.outbox"]._enqueue(
                [
                    {
                        "chat_id": chat.id,
                        "kind": "make_link",
                        "payload": {
                            "title": (partner.name or "")[:_LONGEST_TITLE],
                            "invite_id": invite.id,
                        },
                        "key": invite._key(),
                    }
                ]
            )
        return invite

    def _key(self):
        """Return the key of the command that makes the link."""
        return "invite_link:%s" % self.id

    @api.model
    def _suggest(self, payload):
        """Suggest an unknown account that asks to join by a person's own link to be that person, or
        confirm it if the school's rule allows that. Returns the partner, if any."""
        invite = self.sudo().search([("link", "=", payload.get("link") or "-")], limit=1)
        contacts = self.env["telegram.contact"].sudo()
        tg_user_id = payload.get("tg_user_id")
        if not invite or contacts._partners(tg_user_id):
            return self.env["res.partner"]
        partner = invite.partner_id
        known = contacts.search([("partner_id", "=", partner.id), ("tg_user_id", "=", tg_user_id)])
        if known.state == "revoked":
            return self.env["res.partner"]  # a person has answered that it is somebody else
        contact = contacts._suggest(
            partner,
            tg_user_id,
            {
                "name": payload.get("name"),
                "username": payload.get("username"),
                "origin": "request",
            },
        )
        lookups = self.env["telegram.lookup"]
        is_first = not partner._telegram_contacts()
        if is_first and lookups._is_confirmed_by_rule(partner, contact):
            contacts._confirm(partner, tg_user_id)
        else:
            self.env["telegram.question"]._ask(contact, "suggested")
        return partner
