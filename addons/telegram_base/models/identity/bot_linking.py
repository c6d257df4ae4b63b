"""The bot's conversation about personal links: one account, one person or a family.

What a person must say yes to is a command with a number (`/also_12`): Telegram shows it as a link,
it needs no memory of the conversation, and the right to say it is checked again.
"""

from odoo import _

from ...rules import identity


class LinkConversation:
    """Answers one account about links. bot: `telegram.bot` in the receiver's language; payload:
    that of a fact `bot_message`."""

    def __init__(self, bot, payload):
        self.env, self.bot, self.payload = bot.env, bot, payload
        self.tg_user_id = payload["tg_user_id"]

    def open_link(self, token):
        """Handle a personal link that the account opened, or the token of a printed one that it
        typed."""
        link = self.env["telegram.link"]._find(token)
        if not link:
            return self._say(
                _("This link is not one of ours. Please ask the school for a new one.")
            )
        asker = self._own_partners() or link.partner_id
        lang = self.bot._lang(asker, self.payload.get("lang_code"))
        return LinkConversation(self.bot.with_context(lang=lang), self.payload)._use(link)

    def _use(self, link):
        """Use the link as the rule says, and answer with a sentence in any case."""
        partner, own = link.partner_id, self._own_partners()
        contacts_before = partner._telegram_contacts()
        outcome = identity.outcome(
            link._standing(),
            partner,
            own,
            contacts_before.mapped("tg_user_id"),
            self.tg_user_id,
            partner._telegram_family(),
        )
        if outcome == identity.GREET:
            link._use(self.tg_user_id)
            greeting = _("Your Telegram account is linked already, %s.")
            return self.bot._greet(self.tg_user_id, partner, greeting)
        if outcome == identity.ASK:
            return self._ask_whether_both(link, own)
        if outcome in (identity.LINK, identity.LINK_SECOND):
            if link._use(self.tg_user_id):
                contact = self._confirm(partner)
                if outcome == identity.LINK_SECOND and not link.keeps_others:
                    self._replace_others(partner)
                    self.env["telegram.question"]._ask(contact, "second", contacts_before)
                return self.bot._greet(self.tg_user_id, partner)
            outcome = link._standing()  # somebody was quicker
        return self._say(self._refusal(outcome))

    def _ask_whether_both(self, link, own):
        """Ask whether the link, which is for somebody else than the account's people, is meant for
        both: it is not used up yet."""
        link.write({"opened_by": self.tg_user_id})
        names = ", ".join(self.bot._name_of(partner) for partner in own)
        name = self.bot._name_of(link.partner_id)
        return self._say(
            _(
                "This link is for %s, but this Telegram account is linked for %s.\n\n"
                "Do you use this account for both of you, as brothers and sisters with one "
                "telephone do? Then press /also_%s\n\n"
                "If not, do nothing, and give the link back: it still works for %s."
            )
            % (name, names, link.id, name)
        )

    def confirm_shared(self, link_id):
        """`/also_12`: use the account for the person of that link, too. The school confirms it
        first, unless its settings say otherwise."""
        link = self.env["telegram.link"].sudo().browse(link_id).exists()
        if not link or link.opened_by != self.tg_user_id:
            return self._say(_("Please open the personal link again."))
        if not link._use(self.tg_user_id):
            return self._say(self._refusal(link._standing()))
        partner = link.partner_id
        if not self._is_confirmed_by_school():
            self._confirm(partner)
            return self.bot._greet(self.tg_user_id, partner)
        contacts = self.env["telegram.contact"]
        contact = contacts._suggest(partner, self.tg_user_id, self._account_values())
        self.env["telegram.question"]._ask(contact, "shared")
        return self._say(
            _(
                "Thank you. The school will confirm that this account is also used for %s; then I "
                "shall write to you."
            )
            % self.bot._name_of(partner)
        )

    def link_ward(self, partner_id):
        """`/for_12`: use a guardian's account for this child, too."""
        own = self._own_partners()
        child = own._telegram_wards().filtered(lambda ward: ward.id == partner_id)
        if not child:
            return self._say(_("The school does not know you as this person's guardian."))
        if child not in own:
            self._confirm(child)
        return self.bot._greet(self.tg_user_id, child)

    # -- parts ------------------------------------------------------------------------------------

    def _say(self, text):
        return self.bot._say(self.tg_user_id, text)

    def _own_partners(self):
        return self.env["telegram.contact"]._partners(self.tg_user_id)

    def _account_values(self):
        return {
            "name": self.payload.get("name"),
            "username": self.payload.get("username"),
            "lang_code": self.payload.get("lang_code"),
            "origin": "link",
        }

    def _confirm(self, partner):
        """Link the account to the partner, and handle again what was reported about it before."""
        contacts = self.env["telegram.contact"]
        contact = contacts._confirm(partner, self.tg_user_id, self._account_values())
        contact._handle_reports_again()
        return contact

    def _replace_others(self, partner):
        """Unlink the accounts that `partner` had before this one, and tell those accounts: somebody
        else may have linked the new one. The gateway removes them from the groups."""
        others = partner._telegram_contacts().filtered(
            lambda contact: contact.tg_user_id != self.tg_user_id
        )
        others._retire()
        for contact in others:
            text = _(
                "Another Telegram account was linked for %s. It takes the place of this one, "
                "also in the groups. If this was not you, tell the school at once."
            ) % self.bot._name_of(partner)
            self.bot._say(contact.tg_user_id, text, part=":%s" % contact.tg_user_id)

    def _refusal(self, standing):
        """Return the sentence for a link that cannot be used, by its standing."""
        return {
            "used": _("This link has been used already. Please ask the school for a new one."),
            "superseded": _(
                "This link no longer works, because a newer one was made. Please use the newer one."
            ),
        }.get(standing, _("This link has expired. Please ask the school for a new one."))

    def _is_confirmed_by_school(self):
        """True if the school must confirm that several people share an account."""
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("telegram_base.share_freely", "False") != "True"
