"""Asks a teacher to open the call while the school's account cannot."""

from odoo import _, fields
from odoo.tools import html_escape

from ...rules import commands as rules
from ...rules.bounds import AHEAD
from ..membership import roster
from ..messages import group_texts, lesson_texts
from ..service import LessonService
from . import clock, given_up
from .written import BY_HAND, CLOCK


class OpenByHand(LessonService):
    """Has the bot ask the teachers to open the lesson's call themselves while the account is frozen
    or lost. A call that they start counts as the lesson's."""

    def cancel(self, written):
        known = written.rows(self.lesson, BY_HAND)
        waiting = [key for key, row in known.items() if row.state == "pending"]
        self.env["telegram.outbox"].sudo()._cancel(waiting)

    def write(self, written):
        """Make the outbox hold the requests that are needed now; others are withdrawn. written: the
        `Written` of this lesson and others, which writes the rest."""
        outbox = self.env["telegram.outbox"].sudo()
        known = written.rows(self.lesson, BY_HAND)
        wanted = {row["key"]: row for row in self.rows(written)}
        outbox._cancel(
            [key for key, row in known.items() if row.state == "pending" and key not in wanted]
        )
        written.to_write += [
            row
            for key, row in wanted.items()
            if clock.LessonClock(self.lesson).differs(known.get(key), row)
        ]

    def rows(self, written):
        """Return the messages as values for the outbox; none if the account can open the call, or
        if one runs."""
        now = fields.Datetime.now()
        classroom = self.lesson._telegram_classroom().sudo()
        chat = classroom.telegram_chat_id
        if not chat:
            return []
        rule = clock.LessonClock(self.lesson).rule(written.rows(self.lesson, CLOCK))
        if not rule or not rule.planned or rule.stop <= now or rule.start > now + AHEAD:
            return []
        pool, accounts = chat.pool_name, self.env["telegram.account"]
        if not written.once(("cannot_call", pool), lambda: accounts._cannot_call(pool)):
            return []
        commands = rules.commands(rule, roster.ClassRoster(classroom).settings())
        [opening] = [one for one in commands if one.part == rules.OPEN] or [None]
        chat.invalidate_cache(["has_running_call"], chat.ids)
        if opening is None or (opening.due_at <= now and chat.has_running_call):
            return []
        return [
            {
                "chat_id": False,
                "tg_user_id": contact.tg_user_id,
                "pool": chat.pool_name,
                "kind": "send",
                "payload": self.payload(contact),
                "due_at": opening.due_at,
                "expires_at": opening.expires_at,
                "priority": 10,
                "key": "%s%s:%s" % (BY_HAND, opening.key, contact.tg_user_id),
            }
            for contact in self.openers()
        ]

    def openers(self):
        """Return the contacts of the people who teach in the group; of its supervisors if none of
        those has Telegram."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        contacts = given_up.CallGivenUp(self.lesson).teachers()._telegram_contacts()
        if not contacts:
            domain = [("chat_id", "=", chat.id), ("role", "=", "supervisor"), ("status", "=", "in")]
            rows = self.env["telegram.roster"].sudo().search(domain)
            contacts = rows.mapped("partner_id")._telegram_contacts()
        # one message for an account that several people share
        return {one.tg_user_id: one for one in contacts}.values()

    def payload(self, contact):
        """Return the payload of the message to this contact, in their language."""
        lang = self.env["telegram.bot"]._lang(contact.partner_id)
        spoken = self.lesson.with_context(lang=lang)
        classroom = lesson_texts.LessonTexts(spoken).spoken_classroom()
        chat = classroom.sudo().telegram_chat_id
        buttons = [
            [dict(one, text=chat.name)] for [one] in group_texts.GroupTexts(classroom).way_in()
        ]
        return {"text": OpenByHand(spoken).text(), "buttons": buttons, "silent": False}

    def text(self):
        """Return the request and the instructions, in the context's language."""
        values = {
            "lesson": html_escape(self.lesson._telegram_name()),
            "group": html_escape(self.lesson._telegram_classroom().sudo().telegram_chat_id.name),
            "start": lesson_texts.LessonTexts(self.lesson).hour(self.lesson._telegram_start()),
            "end": lesson_texts.LessonTexts(self.lesson).hour(self.lesson._telegram_stop()),
        }
        first = _(
            "Please open the call of <b>%(lesson)s</b> (%(start)s to %(end)s) yourself: the "
            "school's Telegram account cannot do it at the moment."
        )
        if self.lesson._telegram_start() < fields.Datetime.now():  # a past start is not named
            first = _(
                "Please open the call of <b>%(lesson)s</b> (until %(end)s) yourself: the school's "
                "Telegram account cannot do it at the moment."
            )
        sentences = [
            first,
            # the names of menu entries differ from app to app
            _(
                "On a phone: open the group “%(group)s”, tap its name or the menu ⋮, and start a "
                "video chat."
            ),
            _("On a computer: in the group, open the menu ⋮ and start a video chat."),
            _(
                "It counts as the lesson's, and the attendance is noted as ever. End it for everybody "
                "when the lesson is over."
            ),
        ]
        return "\n\n".join(sentence % values for sentence in sentences)
