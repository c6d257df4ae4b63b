from html import escape

import pytz

from odoo import _, api, fields, models

#: Days after the link was sent on which who has not come is reminded; then no more.
REMINDERS = (2, 7)

_COMMANDS = {"/help": "_help", "/classes": "_classes", "/today": "_today", "/unlink": "_unlink"}


class TelegramBot(models.AbstractModel):
    """What the bot says in private chats. The gateway hands messages over as facts and sends the
    answers; nothing of the conversation is kept here but the links themselves."""

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
        if command == "/start" and len(words) > 1:
            bot._start(words[1], payload)
        elif command == "/start" and partners:
            bot._greet(tg_user_id, partners)
        elif command in _COMMANDS and (partners or command == "/help"):
            getattr(bot, _COMMANDS[command])(tg_user_id, partners)
        elif partners:
            bot._help(tg_user_id, partners)
        else:
            bot._ask_to_link(tg_user_id)

    @api.model
    def _lang(self, partners, lang_code=None):
        """`fr_FR` or `en_US`: the person's language in Odoo, else that of their Telegram."""
        lang = partners[:1].lang or lang_code or ""
        return "fr_FR" if lang.lower().startswith("fr") else "en_US"

    @api.model
    def _say(self, tg_user_id, text, buttons=None, part=""):
        """Send to one person. The key makes an answer unique: a fact is answered once."""
        key = self.env.context.get("telegram_answer")
        return self.env["telegram.outbox"]._enqueue(
            [
                {
                    "tg_user_id": tg_user_id,
                    "pool": self.env.context.get("telegram_pool") or "main",
                    "kind": "send",
                    "payload": {"text": text, "buttons": buttons or [], "silent": False},
                    "key": key + part if key else None,
                }
            ]
        )

    # -- linking --------------------------------------------------------------------------------

    @api.model
    def _start(self, token, payload):
        tg_user_id = payload["tg_user_id"]
        link = self.env["telegram.link"]._find(token)
        if not link:
            return self._say(
                tg_user_id,
                _("This link is not one of ours. Please ask the school for a new one."),
            )
        partner = link.partner_id
        bot = self.with_context(lang=self._lang(partner, payload.get("lang_code")))
        return bot._start_with(link, partner, payload)

    @api.model
    def _start_with(self, link, partner, payload):
        tg_user_id = payload["tg_user_id"]
        if partner in self.env["telegram.contact"]._partners(tg_user_id):
            link._use(tg_user_id)
            return self._greet(
                tg_user_id, partner, _("Your Telegram account is linked already, %s.")
            )
        if link._use(tg_user_id):
            self.env["telegram.contact"]._confirm(
                partner,
                tg_user_id,
                {
                    "name": payload.get("name"),
                    "username": payload.get("username"),
                    "lang_code": payload.get("lang_code"),
                },
            )
            return self._greet(tg_user_id, partner)
        if link.used_at:
            text = _("This link has been used already. Please ask the school for a new one.")
        else:
            text = _("This link has expired. Please ask the school for a new one.")
        return self._say(tg_user_id, text)

    @api.model
    def _ask_to_link(self, tg_user_id):
        return self._say(
            tg_user_id,
            _(
                "Hello! I do not know you yet. Please open the personal link that the school "
                "gave you; if you have none, ask the school for it."
            ),
        )

    @api.model
    def _unlink(self, tg_user_id, partners):
        contacts = self.env["telegram.contact"].search(
            [("tg_user_id", "=", tg_user_id), ("state", "=", "confirmed")]
        )
        contacts._revoke()
        return self._say(
            tg_user_id,
            _(
                "Your Telegram account is no longer linked with the school. To link it again, "
                "ask the school for a new link."
            ),
        )

    # -- answers --------------------------------------------------------------------------------

    @api.model
    def _greet(self, tg_user_id, partners, greeting=None):
        names = ", ".join(escape(partner.name or "", quote=False) for partner in partners)
        text, buttons = self._classes_text(partners)
        greeting = greeting or _("Hello, %s!")
        return self._say(tg_user_id, "%s\n\n%s" % (greeting % names, text), buttons)

    @api.model
    def _help(self, tg_user_id, partners):
        return self._say(
            tg_user_id,
            _(
                "I understand:\n"
                "/classes – your classes and how to join their groups\n"
                "/today – today's lessons\n"
                "/unlink – unlink this Telegram account from the school\n"
                "/help – this help"
            ),
        )

    @api.model
    def _classes(self, tg_user_id, partners):
        text, buttons = self._classes_text(partners)
        return self._say(tg_user_id, text, buttons)

    @api.model
    def _classes_text(self, partners):
        """Text and buttons: the groups whose roster has one of `partners` as `in`."""
        chats = partners._telegram_roster_chats("in")
        if not chats:
            return _("You are in no class at the moment."), []
        lines, buttons = [], []
        for chat in chats:
            name = escape(chat.name, quote=False)
            if chat.state == "ready" and chat.invite_link:
                lines.append("• %s" % name)
                buttons.append([{"text": chat.name, "url": chat.invite_link}])
            else:
                lines.append(_("• %s (its group is being prepared)") % name)
        title = (
            _("Your classes – press a button to join the group:") if buttons else _("Your classes:")
        )
        return "\n".join([title] + lines), buttons

    @api.model
    def _today(self, tg_user_id, partners):
        lines = [line for partner in partners for line in self._telegram_today(partner)]
        return self._say(tg_user_id, "\n".join(lines) or _("You have no lesson today."))

    @api.model
    def _telegram_today(self, partner):
        """Hook for adapters: today's lessons of `partner` as a list of lines (Telegram's HTML,
        escaped), in the language of the context. Extend with super()."""
        return []

    # -- invitations ----------------------------------------------------------------------------

    @api.model
    def _invite_roster(self, chat, invite_link):
        """Send the link of a new group to everybody of its roster who has linked Telegram."""
        rows = self.env["telegram.roster"].search(
            [("chat_id", "=", chat.id), ("status", "=", "in")]
        )
        return self._invite(chat, rows.mapped("partner_id"), invite_link)

    @api.model
    def _invite(self, chat, partners, invite_link=None, is_again=False):
        """Send the link of `chat` to those of `partners` who have linked Telegram and are not in
        the group already, each in their own language, once per link and account.

        is_again: they may have got this link before and shall have it again.
        Returns the rows written; none before the group is ready.
        """
        invite_link = invite_link or (chat.state == "ready" and chat.invite_link)
        if not invite_link:
            return []
        members = (
            self.env["telegram.member"]
            .sudo()
            .search(
                [("chat_id", "=", chat.id), ("seen_status", "=", "in"), ("tg_user_id", "!=", False)]
            )
        )
        inside = set(members.mapped("tg_user_id"))
        rows = []
        for contact in partners._telegram_contacts():
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
        """Send their link to those who should have it and have not (a link and an enrolment at the
        same moment do not see each other), and remind those who have not come; after the last of
        `REMINDERS` nobody is written to any more."""
        for chat in self.env["telegram.chat"].search([]):
            if chat.state == "ready" and chat.is_reviewed:
                self._invite_roster(chat, chat.invite_link)
                if self._is_daytime(chat):
                    self._remind(chat)

    @api.model
    def _is_daytime(self, chat):
        zone = pytz.timezone(chat.company_id.partner_id.tz or self.env.user.tz or "UTC")
        return 9 <= pytz.utc.localize(fields.Datetime.now()).astimezone(zone).hour < 19

    @api.model
    def _remind(self, chat):
        """One more message to those who got the link of `chat` some days ago and have not come."""
        prefix = "invite:%s:" % chat.id
        waiting = self.env["telegram.member"].search(
            [("chat_id", "=", chat.id), ("state", "=", "welcome"), ("tg_user_id", "!=", False)]
        )
        users = {one.tg_user_id: one.partner_id for one in waiting}
        invites = self.env["telegram.outbox"].search(
            [("key", "=like", prefix + "%"), ("tg_user_id", "in", list(users))]
        )
        link_id = chat.invite_link.rsplit("/", 1)[-1]
        rows = []
        for invite in invites.filtered(lambda one: one.key.endswith(":" + link_id)):
            age = (fields.Datetime.now() - invite.create_date).days
            due = [days for days in REMINDERS if days <= age]
            if not due or not users[invite.tg_user_id]:
                continue
            bot = self.with_context(lang=self._lang(users[invite.tg_user_id]))
            rows.append(
                {
                    "tg_user_id": invite.tg_user_id,
                    "pool": chat.pool_name,
                    "kind": "send",
                    "payload": {
                        "text": bot._remind_text(chat),
                        "buttons": [[{"text": chat.name, "url": chat.invite_link}]],
                        "silent": False,
                    },
                    "key": "remind:%s:%s" % (invite.key, due[-1]),
                }
            )
        return self.env["telegram.outbox"]._enqueue(rows)

    @api.model
    def _remind_text(self, chat):
        return _("You are expected in the group of “%s”. Press the button to join it.") % escape(
            chat.name, quote=False
        )

    @api.model
    def _invite_text(self, chat):
        return _("The group of “%s” is open. Press the button to join it.") % escape(
            chat.name, quote=False
        )
