import re
from html import escape

from odoo import _, api, models

from ...companies import in_company
from ..identity.bot_linking import LinkConversation
from ..identity.bot_unlinking import UnlinkConversation
from .reminders import Reminders, is_daytime
from .to_invite import chats_to_invite, chats_to_remind

_COMMANDS = {"/help": "_help", "/classes": "_classes", "/today": "_today", "/unlink": "_unlink"}


#: "/also_12": a yes to what the bot asked.
_NUMBERED = re.compile(r"^/(also|for|unlink)_([0-9]{1,9}|all)$")


class TelegramBot(models.AbstractModel):
    """The bot's conversation in private chats. The gateway hands messages over as facts and sends
    the answers; only links are stored here, nothing else of the conversation."""

    _name = "telegram.bot"
    _description = "Telegram: conversation of the bot"

    @api.model
    def _answer(self, fact):
        """Answer the private message of `fact` (kind `bot_message`)."""
        payload = fact._payload()
        tg_user_id = payload.get("tg_user_id")
        words = (payload.get("text") or "").split()
        if not tg_user_id or not words:
            return
        partners = self.env["telegram.contact"]._partners(tg_user_id)
        # "/help@the_bot" is how Telegram writes a command that is meant for one bot
        command = words[0].lower().split("@")[0]
        bot = self.with_context(
            lang=self._lang(partners, payload.get("lang_code")),
            telegram_pool=fact.pool_name,
            telegram_answer="answer:%s" % fact.fact,
        )
        typed = self.env["telegram.link"]._typed(payload["text"])
        numbered = _NUMBERED.match(command)
        if command == "/start" and len(words) > 1:
            LinkConversation(bot, payload).open_link(words[1])
        elif typed:
            LinkConversation(bot, payload).open_link(typed)
        elif numbered and partners:
            bot._answer_numbered(numbered.group(1), numbered.group(2), payload)
        elif command == "/start" and partners:
            bot._greet(tg_user_id, partners)
        elif command in _COMMANDS and (partners or command == "/help"):
            getattr(bot, _COMMANDS[command])(tg_user_id, partners)
        elif partners and bot._answer_more(command, words[1:], tg_user_id, partners):
            return
        elif partners:
            bot._help(tg_user_id, partners, is_lost=True)
        else:
            bot._ask_to_link(tg_user_id)

    @api.model
    def _press(self, fact):
        """Handle a button of the bot's (`fact` is of the kind `button_pressed`): a command of the
        adapters', as if it was typed; the answer replaces the message that had the button."""
        payload = fact._payload()
        tg_user_id, words = payload.get("tg_user_id"), (payload.get("data") or "").split()
        if not tg_user_id or not words:
            return
        partners = self.env["telegram.contact"]._partners(tg_user_id)
        bot = self.with_context(
            lang=self._lang(partners, payload.get("lang_code")),
            telegram_pool=fact.pool_name,
            telegram_answer="answer:%s" % fact.fact,
            telegram_edits=payload.get("message_id"),
        )
        if partners:
            bot._answer_more(words[0].lower(), words[1:], tg_user_id, partners)
        else:
            bot._ask_to_link(tg_user_id)

    @api.model
    def _answer_more(self, command, words, tg_user_id, partners):
        """Hook for adapters: answer a command of their own, from an account that stands for
        `partners`. words: the text after the command. Returns whether it was one; extend with
        super()."""
        return False

    @api.model
    def _answer_numbered(self, what, number, payload):
        """Handle a yes to a question of the bot's: `/also_12`, `/for_12`, `/unlink_12`,
        `/unlink_all`."""
        if what == "unlink":
            UnlinkConversation(self, payload["tg_user_id"]).unlink(number)
        elif number == "all":
            self._say(payload["tg_user_id"], _("I did not understand that."))
        elif what == "also":
            LinkConversation(self, payload).confirm_shared(int(number))
        else:
            LinkConversation(self, payload).link_ward(int(number))

    @api.model
    def _lang(self, partners, lang_code=None):
        """Return `fr_FR` or `en_US`: the person's language in Odoo, else that of their Telegram."""
        lang = partners[:1].lang or lang_code or ""
        return "fr_FR" if lang.lower().startswith("fr") else "en_US"

    @api.model
    def _say(self, tg_user_id, text, buttons=None, part=""):
        """Send a message to one person. The key makes an answer unique: a fact is answered once.
        buttons: rows of dicts(text, url | data)."""
        key = self.env.context.get("telegram_answer")
        payload = {"text": text, "buttons": buttons or [], "silent": False}
        if self.env.context.get("telegram_edits"):
            payload["edits"] = self.env.context["telegram_edits"]
        return self.env["telegram.outbox"]._enqueue(
            [
                {
                    "tg_user_id": tg_user_id,
                    "pool": self.env.context.get("telegram_pool") or "main",
                    "kind": "send",
                    "payload": payload,
                    "key": key + part if key else None,
                }
            ]
        )

    @api.model
    def _ask_to_link(self, tg_user_id):
        """Ask an unknown account to open a personal link."""
        return self._say(
            tg_user_id,
            _(
                "Hello! I do not know you yet. Please open the personal link that the school "
                "gave you; if you have none, ask the school for it."
            ),
        )

    # -- answers --------------------------------------------------------------------------------

    @api.model
    def _greet(self, tg_user_id, partners, greeting=None):
        names = ", ".join(self._name_of(partner) for partner in partners)
        text, buttons = self._classes_text(partners)
        greeting = greeting or _("Hello, %s!")
        parts = [greeting % names, text] + self._offer_wards(partners)
        return self._say(tg_user_id, "\n\n".join(parts), buttons)

    @api.model
    def _help(self, tg_user_id, partners, is_lost=False):
        text = "\n".join([_("I understand:")] + self._help_lines())
        if is_lost:
            text = "%s\n\n%s" % (_("I did not understand that."), text)
        return self._say(tg_user_id, text)

    @api.model
    def _help_lines(self):
        """Hook for adapters: return a line for each command; extend with super()."""
        return [
            _("/classes – your classes and how to join their groups"),
            _("/today – today's lessons"),
            _("/unlink – unlink this Telegram account from the school"),
            _("/help – this help"),
        ]

    @api.model
    def _unlink(self, tg_user_id, _partners):
        UnlinkConversation(self, tg_user_id).ask()

    @api.model
    def _classes(self, tg_user_id, partners):
        text, buttons = self._classes_text(partners)
        parts = [text] + self._offer_wards(partners)
        return self._say(tg_user_id, "\n\n".join(parts), buttons)

    @api.model
    def _classes_text(self, partners):
        """Return text and buttons: the groups with one of `partners` as `in` on their roster; for
        several people, each with their own."""
        if not partners._telegram_roster_chats("in"):
            return _("You are in no class at the moment."), []
        parts, links = [], {}
        for partner in partners:
            lines = []
            for chat in partner._telegram_roster_chats("in"):
                name = escape(chat.name, quote=False)
                if chat.state == "ready" and chat.invite_link:
                    lines.append("• %s" % name)
                    links[chat.invite_link] = chat.name
                else:
                    lines.append(_("• %s (its group is being prepared)") % name)
            parts += self._for_whom(partners, partner, lines or [_("in no class")])
        title = (
            _("Your classes – press a button to join the group:") if links else _("Your classes:")
        )
        buttons = [[{"text": name, "url": link}] for link, name in links.items()]
        return "\n".join([title] + parts), buttons

    @api.model
    def _for_whom(self, partners, partner, lines):
        """Return the lines of one of several people, with the name before them."""
        if len(partners) < 2 or not lines:
            return lines
        return ["<b>%s</b>" % self._name_of(partner)] + lines

    @api.model
    def _offer_wards(self, partners):
        """Return lines that offer a guardian to use the account for their children, too; may be
        empty."""
        wards = partners._telegram_wards() - partners
        return [
            _("To use this account for %s, too: /for_%s") % (self._name_of(ward), ward.id)
            for ward in wards
        ]

    @api.model
    def _name_of(self, partner):
        """Return the partner's name as Telegram's HTML."""
        return escape(partner.name or "", quote=False)

    @api.model
    def _today(self, tg_user_id, partners):
        """Send the lessons of these people, and those of the children for whom they may act."""
        people, lines = partners | partners._telegram_wards(), []
        for partner in people:
            # by an account that is not the child's, nobody comes into the child's group
            today = self._telegram_today(partner, may_join=partner in partners)
            lines += self._for_whom(people, partner, today)
        return self._say(tg_user_id, "\n".join(lines) or _("You have no lesson today."))

    @api.model
    def _telegram_today(self, partner, may_join=True):
        """Return today's lessons of `partner` as a list of lines (Telegram's HTML, escaped), in the
        language of the context. may_join: with the link into an open call. Extend with super()."""
        return []

    # -- invitations ----------------------------------------------------------------------------

    @api.model
    def _invite_roster(self, chat, invite_link):
        """Send the link of a new group to everybody on its roster who has linked Telegram."""
        rows = self.env["telegram.roster"].search(
            [("chat_id", "=", chat.id), ("status", "=", "in")]
        )
        return self._invite(chat, rows.mapped("partner_id"), invite_link)

    @api.model
    def _invite(self, chat, partners, invite_link=None, is_again=False):
        """Send the link of `chat` to the people among `partners` who have linked Telegram and are
        not in the group already, each in their own language, once per link and account.

        is_again: send it even if they have got this link before. Returns the rows written; none
        before the group is ready.
        """
        invite_link = invite_link or (chat.state == "ready" and chat.invite_link)
        if not invite_link:
            return []
        contacts = partners._telegram_contacts()
        accounts = contacts.mapped("tg_user_id")
        own = [("chat_id", "=", chat.id), ("tg_user_id", "in", accounts)]
        members = self.env["telegram.member"].sudo().search(own + [("seen_status", "=", "in")])
        inside = set(members.mapped("tg_user_id"))
        rows = []
        for contact in contacts:
            if contact.tg_user_id in inside:
                continue
            bot = self.with_context(lang=self._lang(contact.partner_id, contact.lang_code))
            link_id = invite_link.rsplit("/", 1)[-1]
            rows.append(
                {
                    "tg_user_id": contact.tg_user_id,
                    "pool": chat.pool_name,
                    "kind": "send",
                    "payload": {
                        "text": bot._invite_text(chat),
                        "buttons": [[{"text": chat.name, "url": invite_link}]],
                        "silent": False,
                    },
                    "key": None
                    if is_again
                    else "invite:%s:%s:%s" % (chat.id, contact.tg_user_id, link_id),
                }
            )
        return self.env["telegram.outbox"]._enqueue(rows)

    @api.model
    def _cron_invite(self):
        """Send the group's link to everybody on the roster who has not got it (a link and an
        enrolment at the same moment do not see each other), and remind people who have not come;
        after the last of `reminders.REMINDERS` nobody is written to any more."""
        for chat in chats_to_invite(self.env):
            in_company(self, chat.company_id)._invite_roster(chat, chat.invite_link)
        for chat in chats_to_remind(self.env).filtered(is_daytime):
            Reminders(in_company(self, chat.company_id), chat).send()

    @api.model
    def _invite_text(self, chat):
        return _("The group of “%s” is open. Press the button to join it.") % escape(
            chat.name, quote=False
        )
