import logging

from odoo import api, models
from odoo.tools import html_escape

_logger = logging.getLogger(__name__)

#: What is asked by the roster itself: kind → how its rows are found. Their activities go when nobody
#: is left of whom it is asked.
_BY_ROSTER = {
    "admit": [("status", "=", "undecided")],
    "left": [("question", "=", "left")],
    "gone": [("question", "=", "gone")],
}

#: Kinds of which only the newest sentence is true.
_REPLACED = ("gone", "removals", "broken", "review")


class TelegramClassroomMixin(models.AbstractModel):
    """What people of the school are asked about a class: one activity of each kind for each of
    them, brought up to date; it always reaches somebody."""

    _inherit = "telegram.classroom.mixin"

    def _telegram_log(self, sentence):
        """Keep a sentence in the record's history, if it has one."""
        if hasattr(self, "message_post"):
            self.message_post(
                body=html_escape(sentence),
                author_id=self.env.ref("base.partner_root").id,
                subtype_id=self.env.ref("mail.mt_note").id,
            )
        else:
            _logger.info("%s: %s", self, sentence)

    def _telegram_ask(self, kind, summary, sentence, users=None):
        """Ask somebody to do something (default: who decides about the class). kind: of which there
        is one activity for each of them; what it says already it does not say twice."""
        asked = users or self._telegram_deciders()
        known = self._telegram_activities([kind]).filtered(lambda one: one.user_id in asked)
        line = self._telegram_line(sentence)
        if kind not in _REPLACED or line not in known.mapped("note"):
            self._telegram_log(sentence)
        for user in asked:
            self._telegram_remind(kind, summary, sentence, user)

    def _telegram_remind(self, kind, summary, sentence, user):
        """The activity of this kind of this user, which says the sentence, too."""
        if not hasattr(self, "activity_schedule"):
            return
        line = self._telegram_line(sentence)
        activity = self._telegram_activities([kind]).filtered(lambda one: one.user_id == user)[:1]
        if not activity:
            self.activity_schedule(
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

    @api.model
    def _telegram_line(self, sentence):
        return "<p>%s</p>" % html_escape(sentence)

    def _telegram_activities(self, kinds):
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("telegram_kind", "in", list(kinds)),
                ]
            )
        )

    def _telegram_question(self, chat, partners, question):
        """What is asked about these people, who went; False: nothing any more."""
        rows = (
            self.env["telegram.roster"]
            .sudo()
            .search([("chat_id", "=", chat.id), ("partner_id", "in", partners.ids)])
        )
        rows.write({"question": question})
        self._telegram_settle(chat)

    def _telegram_settle(self, chat):
        """Take away the activities of what has been answered of everybody, or has settled itself."""
        if not hasattr(self, "activity_schedule"):
            return
        roster = self.env["telegram.roster"].sudo()
        for activity in self._telegram_activities(_BY_ROSTER):
            rows = [("chat_id", "=", chat.id)] + _BY_ROSTER[activity.telegram_kind]
            if not roster.search_count(rows):
                activity.unlink()

    # -- whom -----------------------------------------------------------------------------------

    def _telegram_deciders(self):
        """Internal users who are asked: of the supervisors, else of the teachers, else the school's
        managers, else the administrators of Telegram. Only who may see the record."""
        for role in ("supervisor", "teacher"):
            people = [
                person["partner"].id
                for person in self._telegram_people()
                if person.get("role") == role and person.get("status", "in") == "in"
            ]
            users = self.env["res.users"].search(
                [("partner_id", "in", people), ("share", "=", False)]
            )
            users = self._telegram_who_see(users)
            if users:
                return users
        managers = self._telegram_managers()
        return self._telegram_who_see(managers) or managers

    def _telegram_managers(self):
        """Hook for adapters: the school's managers, who are asked where a class has nobody with a
        login. Here: the administrators of Telegram, else of Odoo."""
        for group in ("telegram_base.group_manager", "base.group_system"):
            users = self._telegram_users_of(group)
            if users:
                return users
        return self.env.ref("base.user_admin")

    def _telegram_users_of(self, group):
        """The users of a group who work for the record's school."""
        company = self._telegram_company()
        users = self.env.ref(group).sudo().users.filtered(lambda one: one.active and not one.share)
        return users.filtered(lambda one: company in one.company_ids)

    def _telegram_who_see(self, users):
        """Those of these users who may read the record: to others nothing can be assigned."""
        found = self.env["res.users"]
        for user in users:
            record = self.with_user(user)
            if record.check_access_rights("read", raise_exception=False):
                found |= user if record._filter_access_rules("read") else found
        return found
