"""Questions to the people of the school about a class: one activity of each kind for each user,
kept up to date. A question always reaches somebody."""

import logging

from odoo.tools import html_escape

from ..messages import group_texts
from ..service import ClassService
from . import roster

_logger = logging.getLogger(__name__)

#: Questions that follow from the roster: kind → domain of its rows. Their activities go once no row
#: is left.
_BY_ROSTER = {
    "admit": [("status", "=", "undecided")],
    "left": [("question", "=", "left")],
    "gone": [("question", "=", "gone")],
}

#: Kinds whose newest sentence replaces the older ones.
_REPLACED = ("gone", "removals", "broken", "review")


class Questions(ClassService):
    """Asks the people who decide about a class."""

    def log(self, sentence):
        """Keep a sentence in the record's history, if it has one."""
        if hasattr(self.classroom, "message_post"):
            self.classroom.message_post(
                body=html_escape(sentence),
                author_id=self.env.ref("base.partner_root").id,
                subtype_id=self.env.ref("mail.mt_note").id,
            )
        else:
            _logger.info("%s: %s", self.classroom, sentence)

    def ask(self, kind, summary, sentence, users=None):
        """Ask users to do something; by default those who decide about the class. kind: each user
        has one activity of it; a sentence that is in it already is not added again."""
        asked = users or self.deciders()
        known = self.activities([kind]).filtered(lambda one: one.user_id in asked)
        line = self.line(sentence)
        if kind not in _REPLACED or line not in known.mapped("note"):
            self.log(sentence)
        for user in asked:
            self.remind(kind, summary, sentence, user)

    def remind(self, kind, summary, sentence, user):
        """Add the sentence to this user's activity of this kind, which is made if it is missing."""
        if not hasattr(self.classroom, "activity_schedule"):
            return
        line = self.line(sentence)
        activity = self.activities([kind]).filtered(lambda one: one.user_id == user)[:1]
        if not activity:
            self.classroom.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=line,
                user_id=user.id,
                telegram_kind=kind,
            )
        elif kind in _REPLACED:
            activity.write({"summary": summary, "note": line})
        elif line not in (activity.note or ""):
            activity.write({"summary": summary, "note": (activity.note or "") + line})

    def line(self, sentence):
        return "<p>%s</p>" % html_escape(sentence)

    def activities(self, kinds):
        """Return the activities of these kinds about the class."""
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self.classroom._name),
                    ("res_id", "in", self.classroom.ids),
                    ("telegram_kind", "in", list(kinds)),
                ]
            )
        )

    def question(self, chat, partners, question):
        """Set which question is open about these people, who left; False closes it."""
        rows = (
            self.env["telegram.roster"]
            .sudo()
            .search([("chat_id", "=", chat.id), ("partner_id", "in", partners.ids)])
        )
        rows.write({"question": question})
        self.settle(chat)

    def settle(self, chat):
        """Delete the activities whose questions are answered for everybody, or need no answer any
        more."""
        if not hasattr(self.classroom, "activity_schedule"):
            return
        roster = self.env["telegram.roster"].sudo()
        for activity in self.activities(_BY_ROSTER):
            rows = [("chat_id", "=", chat.id)] + _BY_ROSTER[activity.telegram_kind]
            if not roster.search_count(rows):
                activity.unlink()

    def deciders(self):
        """Return the internal users to ask: the supervisors, else the teachers, else the school's
        managers, else the administrators of Telegram; only users who may read the record."""
        for role in ("supervisor", "teacher"):
            people = [
                person["partner"].id
                for person in roster.ClassRoster(self.classroom).people()
                if person.get("role") == role and person.get("status", "in") == "in"
            ]
            users = self.env["res.users"].search(
                [("partner_id", "in", people), ("share", "=", False)]
            )
            users = self.who_see(users)
            if users:
                return users
        managers = self.classroom._telegram_managers()
        return self.who_see(managers) or managers

    def users_of(self, group):
        """The users of a group who work for the record's school."""
        company = group_texts.GroupTexts(self.classroom).company()
        users = self.env.ref(group).sudo().users.filtered(lambda one: one.active and not one.share)
        return users.filtered(lambda one: company in one.company_ids)

    def who_see(self, users):
        """Return the users who may read the record: nothing can be assigned to others."""
        readers = self.env["res.users"]
        for user in users:
            record = self.classroom.with_user(user)
            if record.check_access_rights("read", raise_exception=False):
                readers |= user if record._filter_access_rules("read") else readers
        return readers
