from odoo import _, models
from odoo.tools import html_escape


class TelegramClassroomMixin(models.AbstractModel):
    """Who came into the group, is nobody whom the school knows, and was let in by nobody who may is
    put out; the class's teachers hear of it at once."""

    _inherit = "telegram.classroom.mixin"

    def _telegram_on_stranger_put_out(self, chat, fact):
        super()._telegram_on_stranger_put_out(chat, fact)
        self._telegram_log(self._telegram_stranger_text(fact, html=False))
        rows = self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("status", "=", "in"),
                ("role", "in", ("teacher", "supervisor")),
            ]
        )
        people = rows.mapped("partner_id")
        contacts = people._telegram_contacts()
        self.env["telegram.outbox"].sudo()._enqueue(
            [self._telegram_stranger_row(chat, contact, fact) for contact in contacts]
        )
        unreached = people - contacts.mapped("partner_id")
        users = self.env["res.users"].search(
            [("partner_id", "in", unreached.ids), ("share", "=", False)]
        )
        if not contacts:
            users |= self._telegram_deciders()
        self._telegram_stranger_activity(fact, users)

    def _telegram_stranger_row(self, chat, contact, fact):
        lang = self.env["telegram.bot"]._lang(contact.partner_id)
        text = self.with_context(lang=lang)._telegram_stranger_text(fact)
        return {
            "tg_user_id": contact.tg_user_id,
            "pool": chat.pool_name,
            "kind": "send",
            "payload": {"text": text, "buttons": [], "silent": False},
            "key": "stranger:%s:%s" % (fact.id, contact.tg_user_id),
            "priority": 20,
        }

    def _telegram_stranger_activity(self, fact, users):
        if not hasattr(self, "activity_schedule"):
            return
        for user in users:
            said = self.with_context(lang=user.lang or self.env.lang)
            said._telegram_remind(
                "stranger",
                said._telegram_stranger_summary(),
                said._telegram_stranger_text(fact, html=False),
                user,
            )

    def _telegram_stranger_summary(self):
        return _("Telegram: an unknown person was put out")

    def _telegram_stranger_text(self, fact, html=True):
        """Who came, how, and what to do if they should be there, in the context's language."""
        payload = fact._payload()
        username = payload.get("username")
        shown = [payload.get("name"), username and "@" + username.lstrip("@")]
        name = " ".join(filter(None, shown)) or str(payload.get("tg_user_id"))
        title, how = self._telegram_title() or "", self._telegram_stranger_way(fact)
        if html:
            name, title, how = html_escape(name), html_escape(title), html_escape(how)
        text = _(
            "%s came into the group of %s (%s). The school does not know this account, so it is put "
            "out; it is not banned."
        ) % (name, title, how)
        advice = _(
            "If the person belongs there, have the school give them their personal link. Whom a "
            "teacher or supervisor of the class lets in or adds is not put out."
        )
        return "%s\n%s" % (text, advice)

    def _telegram_stranger_way(self, fact):
        payload = fact._payload()
        by, via = payload.get("by"), payload.get("via")
        if not by:
            return _("nobody knows how")
        if by == payload.get("tg_user_id"):
            return _("by a link") if via == "link" else _("by themselves")
        who = self._telegram_who(fact)
        return _("let in by %s") % who if via == "request" else _("added by %s") % who
