"""Texts of a class's group: whether they are sent, in which words, and when."""

import pytz

from odoo import _, fields

from ...models.messages import telegram_notice_kinds as kinds
from ...rules.quiet import Quiet, due_at
from ..service import ClassService


class GroupTexts(ClassService):
    """Sends notices of a class by the class's switches, words and quiet hours, or else the
    school's."""

    def local(self, at):
        """Return a naive UTC datetime as an aware one in the class's time zone."""
        return pytz.utc.localize(at).astimezone(self.zone())

    def company(self):
        """Return the company whose texts and switches apply."""
        record = self.classroom.sudo()
        own = record.company_id if "company_id" in record._fields else False
        return own or record.telegram_chat_id.company_id or self.env.company

    def says(self, kind):
        """Return whether this notice is sent: by the class's setting, else by the school's."""
        record = self.classroom
        if kind in kinds.OF_CLASS and not record._telegram_setting("notices"):
            return False
        own = record._telegram_setting("notice_" + kind)
        return own == "on" if own != "school" else self.company()._telegram_notice_is_on(kind)

    def text(self, said):
        """Return one message of these notices, in the context's language. said: list of (kind,
        values)."""
        company = self.company()
        both = {
            "classroom": self.classroom.sudo()._telegram_title() or "",
            "school": company.name or "",
        }
        said = [(kind, dict(both, **values)) for kind, values in said]
        return self.env["telegram.notice.template"]._render(company, said)

    def tell(self, kind, values, **row):
        """Send a notice into the group, in its language, if the classroom wants it and has a group:
        at once if it is about a lesson, else after the quiet hours. row: as for
        `telegram.outbox._enqueue`, and `buttons`. Returns the rows written."""
        chat = self.classroom.sudo().telegram_chat_id
        if not chat or not self.says(kind):
            return []
        text = GroupTexts(self.classroom.with_context(lang=chat.lang)).text([(kind, values)])
        if kind not in kinds.OF_LESSON:
            row.setdefault("due_at", self.after_quiet(fields.Datetime.now()))
        return chat._send(text, **row) if text else []

    def way_in(self, is_private=False):
        """Return the rows of buttons that lead into the group, for its members; none before it is
        made.

        is_private: the button is for one person. Without a known message of the group, that person
        is given the group's link: it opens the group for members, and others may ask to be let in.
        """
        chat = self.classroom.sudo().telegram_chat_id
        link = chat and chat._group_link()
        if not link and is_private:
            link = chat.state == "ready" and chat.invite_link
        return [[{"text": _("Open the group"), "url": link}]] if link else []

    def after_quiet(self, at):
        """Return the earliest time, from `at` on, for a message that is not about a lesson (naive
        UTC)."""
        record = self.classroom.sudo()
        choice = record._telegram_setting("quiet")
        if choice == "none":
            return at
        source = record if choice == "own" else self.company()
        hours = (source.telegram_quiet_from, source.telegram_quiet_until)
        quiet = Quiet(*[round(60 * hour) % (24 * 60) for hour in hours])
        return due_at(at, quiet, self.zone())

    def zone(self):
        try:
            return pytz.timezone(self.classroom._telegram_tz())
        except pytz.UnknownTimeZoneError:
            return pytz.utc
