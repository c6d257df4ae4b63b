from html import escape

from odoo import _, api, models

from ...rules import identity


class TelegramBot(models.AbstractModel):
    """The conversation about who somebody is: personal links, families, unlinking.

    What a person must say yes to is a command with a number (`/also_12`): Telegram shows it as a
    link, it needs no memory of the conversation, and who may say it is checked again.
    """

    _inherit = "telegram.bot"

    @api.model
    def _start(self, token, payload):
        """Somebody opened a personal link, or typed the token of a printed one."""
        tg_user_id = payload["tg_user_id"]
        link = self.env["telegram.link"]._find(token)
        if not link:
            return self._say(
                tg_user_id,
                _("This link is not one of ours. Please ask the school for a new one."),
            )
        partner = link.partner_id
        asker = self.env["telegram.contact"]._partners(tg_user_id) or partner
        bot = self.with_context(lang=self._lang(asker, payload.get("lang_code")))
        return bot._start_with(link, partner, payload)

    @api.model
    def _start_with(self, link, partner, payload):
        tg_user_id = payload["tg_user_id"]
        own = self.env["telegram.contact"]._partners(tg_user_id)
        before = partner._telegram_contacts()
        found = identity.outcome(
            link._standing(),
            partner,
            own,
            before.mapped("tg_user_id"),
            tg_user_id,
            partner._telegram_family(),
        )
        if found == identity.GREET:
            link._use(tg_user_id)
            return self._greet(
                tg_user_id, partner, _("Your Telegram account is linked already, %s.")
            )
        if found == identity.ASK:
            return self._ask_whether_both(link, own, tg_user_id)
        if found in (identity.LINK, identity.LINK_SECOND):
            if link._use(tg_user_id):
                contact = self._link(partner, payload)
                if found == identity.LINK_SECOND and not link.keeps_others:
                    self._replace(partner, tg_user_id)
                    self.env["telegram.question"]._ask(contact, "second", before)
                return self._greet(tg_user_id, partner)
            found = link._standing()  # somebody was quicker
        return self._say(tg_user_id, self._refusal(found))

    @api.model
    def _refusal(self, found):
        return {
            "used": _("This link has been used already. Please ask the school for a new one."),
            "superseded": _(
                "This link no longer works, because a newer one was made. Please use the newer one."
            ),
        }.get(found, _("This link has expired. Please ask the school for a new one."))

    @api.model
    def _link(self, partner, payload):
        contact = self.env["telegram.contact"]._confirm(
            partner,
            payload["tg_user_id"],
            {
                "name": payload.get("name"),
                "username": payload.get("username"),
                "lang_code": payload.get("lang_code"),
                "origin": "link",
            },
        )
        contact._tell_again()
        return contact

    @api.model
    def _replace(self, partner, tg_user_id):
        """Unlink the accounts that `partner` had before this one, and tell those accounts: it may
        have been somebody else who linked the new one. The gateway takes them out."""
        others = partner._telegram_contacts().filtered(lambda one: one.tg_user_id != tg_user_id)
        others._retire()
        for contact in others:
            self._say(
                contact.tg_user_id,
                _(
                    "Another Telegram account was linked for %s. It takes the place of this one, "
                    "also in the groups. If this was not you, tell the school at once."
                )
                % self._name_of(partner),
                part=":%s" % contact.tg_user_id,
            )

    # -- several people behind one account -------------------------------------------------------

    @api.model
    def _ask_whether_both(self, link, own, tg_user_id):
        """The link is of somebody else than whom the account stands for: it is not used up yet."""
        link.write({"opened_by": tg_user_id})
        names = ", ".join(self._name_of(partner) for partner in own)
        return self._say(
            tg_user_id,
            _(
                "This link is for %s, but this Telegram account is linked for %s.\n\n"
                "Do you use this account for both of you, as brothers and sisters with one "
                "telephone do? Then press /also_%s\n\n"
                "If not, do nothing, and give the link back: it still works for %s."
            )
            % (self._name_of(link.partner_id), names, link.id, self._name_of(link.partner_id)),
        )

    @api.model
    def _also(self, payload, number):
        """Somebody said that their account is used for the person of a link, too."""
        tg_user_id = payload["tg_user_id"]
        link = self.env["telegram.link"].sudo().browse(number).exists()
        if not link or link.opened_by != tg_user_id:
            return self._say(tg_user_id, _("Please open the personal link again."))
        if not link._use(tg_user_id):
            return self._say(tg_user_id, self._refusal(link._standing()))
        partner, contacts = link.partner_id, self.env["telegram.contact"]
        if not self._is_confirmed_by_school():
            self._link(partner, payload)
            return self._greet(tg_user_id, partner)
        contact = contacts._suggest(
            partner,
            tg_user_id,
            {
                "name": payload.get("name"),
                "username": payload.get("username"),
                "lang_code": payload.get("lang_code"),
                "origin": "link",
            },
        )
        self.env["telegram.question"]._ask(contact, "shared")
        return self._say(
            tg_user_id,
            _(
                "Thank you. The school will confirm that this account is also used for %s; then I "
                "shall write to you."
            )
            % self._name_of(partner),
        )

    @api.model
    def _is_confirmed_by_school(self):
        """Whether the school must confirm that several people share an account."""
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("telegram_base.share_freely", "False") != "True"

    @api.model
    def _for(self, payload, number):
        """A guardian said that their account stands for their child, too."""
        tg_user_id = payload["tg_user_id"]
        own = self.env["telegram.contact"]._partners(tg_user_id)
        child = own._telegram_wards().filtered(lambda one: one.id == number)
        if not child:
            return self._say(
                tg_user_id, _("The school does not know you as this person's guardian.")
            )
        if child not in own:
            self._link(child, payload)
        return self._greet(tg_user_id, child)

    @api.model
    def _offer_wards(self, partners):
        """Lines that offer a guardian to use the account for their children, too; may be empty."""
        wards = partners._telegram_wards() - partners
        return [
            _("To use this account for %s, too: /for_%s") % (self._name_of(ward), ward.id)
            for ward in wards
        ]

    # -- unlinking -------------------------------------------------------------------------------

    @api.model
    def _unlink(self, tg_user_id, partners):
        """Asks; nothing is unlinked before the answer."""
        contacts = self._own_contacts(tg_user_id)
        lines = [
            _(
                "Do you want to unlink this Telegram account from the school? It would no longer "
                "be let into groups; it stays in those where it is."
            ),
            "",
        ]
        for contact in contacts:
            lines.append(
                _("Yes, unlink %s: /unlink_%s") % (self._name_of(contact.partner_id), contact.id)
            )
        if len(contacts) > 1:
            lines.append(_("Yes, unlink everybody: /unlink_all"))
        lines.append(_("If not, do nothing."))
        return self._say(tg_user_id, "\n".join(lines))

    @api.model
    def _own_contacts(self, tg_user_id):
        return (
            self.env["telegram.contact"]
            .sudo()
            .search([("tg_user_id", "=", tg_user_id), ("state", "=", "confirmed")], order="id")
        )

    @api.model
    def _unlink_confirmed(self, payload, which):
        tg_user_id = payload["tg_user_id"]
        contacts = self._own_contacts(tg_user_id)
        if which != "all":
            contacts = contacts.filtered(lambda one: str(one.id) == which)
        if not contacts:
            return self._say(tg_user_id, _("That is not linked with this account."))
        names = ", ".join(self._name_of(partner) for partner in contacts.mapped("partner_id"))
        contacts._retire()
        return self._say(
            tg_user_id,
            _(
                "Your Telegram account is no longer linked for %s. To link it again, ask the "
                "school for a new link."
            )
            % names,
        )

    # -- what the school decided -----------------------------------------------------------------

    @api.model
    def _speaking_to(self, contact):
        """The bot in the language of who is behind this identity."""
        return self.with_context(lang=self._lang(contact.partner_id, contact.lang_code))

    @api.model
    def _say_confirmed(self, contact):
        """The school has confirmed an identity: who is behind it hears of it. Who has never
        written to the bot cannot be written to, and is not."""
        if contact.origin == "link":
            self._greet(
                contact.tg_user_id,
                contact.partner_id,
                _("The school has confirmed that this account is used for %s."),
            )

    @api.model
    def _say_not_theirs(self, contact):
        """The school has said that this account is not the person's."""
        self._say(
            contact.tg_user_id,
            _(
                "The school says that this Telegram account does not belong to %s. It is not linked "
                "for this person any more."
            )
            % self._name_of(contact.partner_id),
        )

    @api.model
    def _name_of(self, partner):
        return escape(partner.name or "", quote=False)
