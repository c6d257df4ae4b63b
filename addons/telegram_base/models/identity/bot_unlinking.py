"""The bot's conversation about unlinking an account, and its messages about the school's
decisions."""

from odoo import _


class UnlinkConversation:
    """Asks one account whether to unlink it, and does it. bot: `telegram.bot` in its language."""

    def __init__(self, bot, tg_user_id):
        self.env, self.bot, self.tg_user_id = bot.env, bot, tg_user_id

    def ask(self):
        """Ask; nothing is unlinked before the answer."""
        contacts = self._contacts()
        lines = [
            _(
                "Do you want to unlink this Telegram account from the school? It would no longer "
                "be let into groups; it stays in those where it is."
            ),
            "",
        ]
        for contact in contacts:
            name = self.bot._name_of(contact.partner_id)
            lines.append(_("Yes, unlink %s: /unlink_%s") % (name, contact.id))
        if len(contacts) > 1:
            lines.append(_("Yes, unlink everybody: /unlink_all"))
        lines.append(_("If not, do nothing."))
        return self.bot._say(self.tg_user_id, "\n".join(lines))

    def unlink(self, which):
        """`/unlink_12`: unlink one person of the account, by their contact's id, or `all`."""
        contacts = self._contacts()
        if which != "all":
            contacts = contacts.filtered(lambda contact: str(contact.id) == which)
        if not contacts:
            return self.bot._say(self.tg_user_id, _("That is not linked with this account."))
        names = ", ".join(self.bot._name_of(partner) for partner in contacts.mapped("partner_id"))
        contacts._retire()
        text = _(
            "Your Telegram account is no longer linked for %s. To link it again, ask the "
            "school for a new link."
        )
        return self.bot._say(self.tg_user_id, text % names)

    def _contacts(self):
        domain = [("tg_user_id", "=", self.tg_user_id), ("state", "=", "confirmed")]
        return self.env["telegram.contact"].sudo().search(domain, order="id")


class SchoolsDecision:
    """Tells the account of a `telegram.contact` about the school's decision, in its language."""

    def __init__(self, contact):
        bot = contact.env["telegram.bot"]
        lang = bot._lang(contact.partner_id, contact.lang_code)
        self.bot, self.contact = bot.with_context(lang=lang), contact
        self.env = self.bot.env

    def say_confirmed(self):
        """Say that the account is the person's. An account that has never written to the bot cannot
        be written to, and is not."""
        if self.contact.origin == "link":
            self.bot._greet(
                self.contact.tg_user_id,
                self.contact.partner_id,
                _("The school has confirmed that this account is used for %s."),
            )

    def say_not_theirs(self):
        """Say that the account is not the person's."""
        text = _(
            "The school says that this Telegram account does not belong to %s. It is not linked "
            "for this person any more."
        )
        self.bot._say(self.contact.tg_user_id, text % self.bot._name_of(self.contact.partner_id))
