"""Strangers who were put out of a group: its teachers are told at once."""

from odoo import _
from odoo.tools import html_escape

from ..service import ClassService
from . import departures, questions


class Strangers(ClassService):
    """Tells the teachers about a stranger who was put out."""

    def row(self, chat, contact, fact):
        """Return the values of the message to this contact, in their language, for the outbox."""
        lang = self.env["telegram.bot"]._lang(contact.partner_id)
        text = Strangers(self.classroom.with_context(lang=lang)).text(fact)
        return {
            "tg_user_id": contact.tg_user_id,
            "pool": chat.pool_name,
            "kind": "send",
            "payload": {"text": text, "buttons": [], "silent": False},
            "key": "stranger:%s:%s" % (fact.id, contact.tg_user_id),
            "priority": 20,
        }

    def activity(self, fact, users):
        """Make an activity about the stranger of this fact for each of these users, in their
        language."""
        if not hasattr(self.classroom, "activity_schedule"):
            return
        for user in users:
            spoken = self.classroom.with_context(lang=user.lang or self.env.lang)
            questions.Questions(spoken).remind(
                "stranger",
                Strangers(spoken).summary(),
                Strangers(spoken).text(fact, html=False),
                user,
            )

    def summary(self):
        return _("Telegram: an unknown person was put out")

    def text(self, fact, html=True):
        """Return who came, how, and how to let them in if they belong there, in the context's
        language."""
        payload = fact._payload()
        username = payload.get("username")
        shown = [payload.get("name"), username and "@" + username.lstrip("@")]
        name = " ".join(filter(None, shown)) or str(payload.get("tg_user_id"))
        title, how = self.classroom._telegram_title() or "", self.way(fact)
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

    def way(self, fact):
        """Return in words how the stranger came in, in the context's language."""
        payload = fact._payload()
        by, via = payload.get("by"), payload.get("via")
        if not by:
            return _("nobody knows how")
        if by == payload.get("tg_user_id"):
            return _("by a link") if via == "link" else _("by themselves")
        who = departures.Departures(self.classroom).who(fact)
        return _("let in by %s") % who if via == "request" else _("added by %s") % who
