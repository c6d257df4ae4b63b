"""Reminds people who got a group's link and have not come."""

from html import escape

import pytz

from odoo import _, fields

#: Days after the link was sent on which a reminder is due; after the last one there are no more.
REMINDERS = (2, 7)


def is_daytime(chat):
    """True between 9:00 and 19:00 in the time zone of the chat's company."""
    zone = pytz.timezone(chat.company_id.partner_id.tz or chat.env.user.tz or "UTC")
    return 9 <= pytz.utc.localize(fields.Datetime.now()).astimezone(zone).hour < 19


class Reminders:
    """The reminders of one `telegram.chat`. bot: `telegram.bot`."""

    def __init__(self, bot, chat):
        self.env, self.bot, self.chat = bot.env, bot, chat

    def send(self):
        """Send one more message, in their language, to everybody whose next reminder is due."""
        chat = self.chat
        waiting = self.env["telegram.member"].search(
            [("chat_id", "=", chat.id), ("state", "=", "welcome"), ("tg_user_id", "!=", False)]
        )
        partners = {member.tg_user_id: member.partner_id for member in waiting}
        invites = self.env["telegram.outbox"].search(
            [("key", "=like", "invite:%s:%%" % chat.id), ("tg_user_id", "in", list(partners))]
        )
        link_id = chat.invite_link.rsplit("/", 1)[-1]
        rows = []
        for invite in invites.filtered(lambda command: command.key.endswith(":" + link_id)):
            age_days = (fields.Datetime.now() - invite.create_date).days
            due = [days for days in REMINDERS if days <= age_days]
            partner = partners[invite.tg_user_id]
            if not due or not partner:
                continue
            bot = self.bot.with_context(lang=self.bot._lang(partner))
            rows.append(
                {
                    "tg_user_id": invite.tg_user_id,
                    "pool": chat.pool_name,
                    "kind": "send",
                    "payload": {
                        "text": Reminders(bot, chat)._text(),
                        "buttons": [[{"text": chat.name, "url": chat.invite_link}]],
                        "silent": False,
                    },
                    "key": "remind:%s:%s" % (invite.key, due[-1]),
                }
            )
        return self.env["telegram.outbox"]._enqueue(rows)

    def _text(self):
        text = _("You are expected in the group of “%s”. Press the button to join it.")
        return text % escape(self.chat.name, quote=False)
