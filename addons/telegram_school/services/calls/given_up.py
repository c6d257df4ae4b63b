"""Tells the teachers about a call that the gateway does not open again."""

from odoo import _
from odoo.tools import html_escape

from ..membership import questions
from ..service import LessonService


class CallGivenUp(LessonService):
    """Tells the teachers about a call that only they can open."""

    def teachers(self):
        """Return the partners who teach in the group now, substitutes included."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        domain = [("chat_id", "=", chat.id), ("role", "=", "teacher"), ("status", "=", "in")]
        return self.env["telegram.roster"].sudo().search(domain).mapped("partner_id")

    def tell(self, chat, payload):
        """Tell the teachers, by the bot and by an activity, that the call is not opened again.
        payload: that of the fact `call_given_up`."""
        teachers = self.teachers()
        rows = []
        for contact in teachers._telegram_contacts():
            lang = self.env["telegram.bot"]._lang(contact.partner_id)
            spoken = self.lesson.with_context(lang=lang)
            rows.append(
                {
                    "tg_user_id": contact.tg_user_id,
                    "pool": chat.pool_name,
                    "kind": "send",
                    "payload": {
                        "text": CallGivenUp(spoken).text(payload),
                        "buttons": [],
                        "silent": False,
                    },
                    "key": "%s:given_up:%s" % (payload["open_key"], contact.tg_user_id),
                    "expires_at": self.lesson._telegram_stop(),
                    "priority": 10,
                }
            )
        self.env["telegram.outbox"].sudo()._enqueue(rows)
        classroom = self.lesson._telegram_classroom()
        users = self.env["res.users"].search(
            [("partner_id", "in", teachers.ids), ("share", "=", False)]
        )
        questions.Questions(classroom).ask(
            "call",
            _("Telegram: open the lesson's call"),
            self.text(payload, html=False),
            users,
        )

    def text(self, payload, html=True):
        """Return what happened and what to do, in the context's language."""
        name = html_escape(self.lesson._telegram_name()) if html else self.lesson._telegram_name()
        name = "<b>%s</b>" % name if html else "“%s”" % name
        if payload.get("error_code"):
            why = self.env["telegram.words"]._error(payload["error_code"])
            why = html_escape(why) if html else why
            sentence = _(
                "The call of %s was ended before the lesson, and cannot be opened again: %s."
            )
            text = sentence % (name, why)
        else:
            sentence = _(
                "The call of %s was ended before the lesson, and was opened again %s times."
            )
            text = sentence % (name, payload.get("reopened"))
        advice = _(
            "If the lesson goes on, start a video chat in the group: it counts as the lesson's."
        )
        return "%s\n%s" % (text, advice)
