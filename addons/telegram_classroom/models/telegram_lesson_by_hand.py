from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import html_escape

from ..rules import commands as rules

#: What its keys begin with: once per opening and person.
BY_HAND = "by_hand:"
#: Of lessons that begin later the clock's cron sees to it in time.
AHEAD = timedelta(days=1)


class TelegramLessonMixin(models.AbstractModel):
    """While the school's account cannot open calls (it is frozen, or lost), the bot asks those who
    teach to open the lesson's call themselves, when the account would have; a call that they start
    counts as the lesson's."""

    _inherit = "telegram.lesson.mixin"

    def _telegram_write_own_commands(self):
        late = super()._telegram_write_own_commands()
        self.sudo()._telegram_write_by_hand()
        return late

    def _telegram_cancel_commands(self):
        super()._telegram_cancel_commands()
        for lesson in self:
            waiting = [
                k for k, row in lesson._telegram_by_hand_known().items() if row.state == "pending"
            ]
            self.env["telegram.outbox"].sudo()._cancel(waiting)

    def _telegram_by_hand_known(self):
        """The messages that were ever written for this lesson, by key."""
        prefix = (BY_HAND + rules.prefix(self._name, self.id)).replace("_", r"\_")
        rows = self.env["telegram.outbox"].sudo().search([("key", "=like", prefix + "%")])
        return {row.key: row for row in rows}

    def _telegram_write_by_hand(self):
        """Make the outbox ask for what is to be done by hand now; what is no longer is taken back."""
        outbox = self.env["telegram.outbox"].sudo()
        known = self._telegram_by_hand_known()
        wanted = {row["key"]: row for row in self._telegram_by_hand_rows()}
        outbox._cancel(
            [key for key, row in known.items() if row.state == "pending" and key not in wanted]
        )
        outbox._enqueue(
            [row for key, row in wanted.items() if self._telegram_differs(known.get(key), row)]
        )

    def _telegram_by_hand_rows(self):
        """The messages, as rows for the outbox; none where the account can open the call, or one
        runs."""
        now = fields.Datetime.now()
        classroom = self._telegram_classroom().sudo()
        chat = classroom.telegram_chat_id
        if not chat or not self.env["telegram.account"]._cannot_call(chat.pool_name):
            return []
        rule = self._telegram_rule()
        if not rule or rule.stop <= now or rule.start > now + AHEAD:
            return []
        commands = rules.commands(rule, classroom._telegram_settings())
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
                "payload": self._telegram_by_hand_payload(contact),
                "due_at": opening.due_at,
                "expires_at": opening.expires_at,
                "priority": 10,
                "key": "%s%s:%s" % (BY_HAND, opening.key, contact.tg_user_id),
            }
            for contact in self._telegram_openers()
        ]

    def _telegram_openers(self):
        """Contacts of those who teach in the group; of its supervisors where none of them has
        Telegram."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        contacts = self._telegram_teachers()._telegram_contacts()
        if not contacts:
            domain = [("chat_id", "=", chat.id), ("role", "=", "supervisor"), ("status", "=", "in")]
            rows = self.env["telegram.roster"].sudo().search(domain)
            contacts = rows.mapped("partner_id")._telegram_contacts()
        # an account that several people share is told once
        return {one.tg_user_id: one for one in contacts}.values()

    def _telegram_by_hand_payload(self, contact):
        lang = self.env["telegram.bot"]._lang(contact.partner_id)
        said = self.with_context(lang=lang)
        classroom = said._telegram_spoken_classroom()
        chat = classroom.sudo().telegram_chat_id
        buttons = [[dict(one, text=chat.name)] for [one] in classroom._telegram_way_in()]
        return {"text": said._telegram_by_hand_text(), "buttons": buttons, "silent": False}

    def _telegram_by_hand_text(self):
        """What to do, and how, in the context's language."""
        values = {
            "lesson": html_escape(self._telegram_name()),
            "group": html_escape(self._telegram_classroom().sudo().telegram_chat_id.name),
            "start": self._telegram_hour(self._telegram_start()),
            "end": self._telegram_hour(self._telegram_stop()),
        }
        first = _(
            "Please open the call of <b>%(lesson)s</b> (%(start)s to %(end)s) yourself: the "
            "school's Telegram account cannot do it at the moment."
        )
        if self._telegram_start() < fields.Datetime.now():  # no hour that is past
            first = _(
                "Please open the call of <b>%(lesson)s</b> (until %(end)s) yourself: the school's "
                "Telegram account cannot do it at the moment."
            )
        sentences = [
            first,
            # what an entry of its menus is called differs from app to app
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


class TelegramAccount(models.Model):
    _inherit = "telegram.account"

    @api.model
    def _on_standing(self, pool):
        super()._on_standing(pool)
        now = fields.Datetime.now()
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            start, stop = model._telegram_start_field, now + AHEAD
            # a lesson lasts a day at most; see `telegram_lesson_sheet`
            lessons = model.sudo().search([(start, ">", now - AHEAD), (start, "<=", stop)])
            for lesson in lessons:
                if lesson._telegram_classroom().sudo().telegram_chat_id.pool_name == pool:
                    lesson._telegram_write_by_hand()
