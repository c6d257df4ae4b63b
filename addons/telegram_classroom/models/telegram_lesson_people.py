from odoo import fields, models

from ..rules import commands as rules
from .telegram_lesson_mixin import HORIZON


class TelegramLessonMixin(models.AbstractModel):
    """What is said about a lesson beside its reminder, corrections and report: that its call is open,
    and what single people wish to be told, by the bot or by e-mail."""

    _inherit = "telegram.lesson.mixin"

    # -- in the group ---------------------------------------------------------------------------

    def _telegram_on_opened(self, call):
        super()._telegram_on_opened(call)
        lesson = self.sudo()
        rule = lesson._telegram_rule()
        if not rule or not rule.planned or rule.stop <= fields.Datetime.now():
            return
        chat = lesson._telegram_classroom().telegram_chat_id
        spoken = lesson.with_context(lang=chat.lang)
        text = spoken._telegram_said("opened")
        if text:
            buttons = spoken._telegram_spoken_classroom()._telegram_way_in()
            # of a lesson whose call is opened again this is said once
            key, until = rules.key(rule, "opened"), rule.stop
            chat._send(text, buttons, priority=30, key=key, expires_at=until)
        spoken._telegram_tell_people("opened", "opened:%s" % rules.key(rule, "opened"))

    def _telegram_spoken_classroom(self):
        return self._telegram_classroom().with_context(lang=self.env.context.get("lang"))

    # -- moved and cancelled --------------------------------------------------------------------

    def write(self, vals):
        watched = {self._telegram_start_field, self._telegram_stop_field}
        if not (watched | set(self._telegram_watched)) & set(vals):
            return super().write(vals)
        before = {lesson: lesson._telegram_standing() for lesson in self.sudo()}
        result = super().write(vals)
        for lesson, (was_at, was_planned) in before.items():
            lesson._telegram_tell_change(was_at, was_planned)
        return result

    def unlink(self):
        for lesson in self.sudo():
            was_at, was_planned = lesson._telegram_standing()
            if was_planned and was_at:
                lesson._telegram_tell_single("cancelled", was_at)
        return super().unlink()

    def _telegram_standing(self):
        return self._telegram_start(), bool(self._telegram_is_planned())

    def _telegram_tell_change(self, was_at, was_planned):
        if not was_planned or not was_at:
            return
        if not self._telegram_is_planned():
            self._telegram_tell_single("cancelled", was_at)
        elif self._telegram_start() and self._telegram_start() != was_at:
            self._telegram_tell_single("moved", was_at)

    def _telegram_tell_single(self, kind, was_at):
        """Tell single people of a change of a lesson that was to be within some days."""
        now = fields.Datetime.now()
        if not now < was_at <= now + HORIZON:
            return
        # a lesson that is moved there and back, and there again, is told of each time
        key = "%s:%s:%s:%s" % (kind, self._name, self.id, fields.Datetime.to_string(now))
        self._telegram_tell_people(kind, key, was_at)
        self.env["telegram.notice.mail"]._tell_change(self, kind, was_at)

    # -- by the bot -----------------------------------------------------------------------------

    def _telegram_single_text(self, kind, was_at=None):
        """The text of a notice for one person, in the context's language."""
        if not was_at:
            return self._telegram_said(kind)
        if kind == "cancelled":
            return self._telegram_cancelled_text(was_at)
        return self._telegram_moved_text(was_at)

    def _telegram_receivers(self, kind):
        """[(res.partner, Telegram id)] of those in the group's roster whom the bot tells this."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        if not chat._is_there() or not self._telegram_classroom()._telegram_says(kind):
            return []
        rows = (
            self.env["telegram.roster"]
            .sudo()
            .search(
                [
                    ("chat_id", "=", chat.id),
                    ("status", "=", "in"),
                    ("partner_id.telegram_private_kinds", "like", kind),
                ]
            )
        )
        contacts = rows.mapped("partner_id")._telegram_contacts()
        # an account that several people share is told once
        found = {one.tg_user_id: one.partner_id for one in contacts}
        return [(partner, tg_user_id) for tg_user_id, partner in sorted(found.items())]

    def _telegram_private_row(self, partner, tg_user_id, kind, key, was_at=None, **values):
        bot = self.env["telegram.bot"]
        spoken = self.with_context(lang=bot._lang(partner))
        text = spoken._telegram_single_text(kind, was_at)
        if not text:
            return []
        classroom = spoken._telegram_spoken_classroom()
        chat = classroom.sudo().telegram_chat_id
        buttons = [[dict(one, text=chat.name)] for [one] in classroom._telegram_way_in(True)]
        payload = {"text": text, "buttons": buttons, "silent": False}
        row = {"tg_user_id": tg_user_id, "pool": chat.pool_name, "kind": "send", "priority": 40}
        return [dict(row, payload=payload, key="%s:%s" % (key, tg_user_id), **values)]

    def _telegram_tell_people(self, kind, key, was_at=None):
        rows = []
        for partner, tg_user_id in self._telegram_receivers(kind):
            rows += self._telegram_private_row(
                partner, tg_user_id, kind, "private:%s" % key, was_at
            )
        self.env["telegram.outbox"].sudo()._enqueue(rows)

    def _telegram_write_own_commands(self):
        late = super()._telegram_write_own_commands()
        self._telegram_write_private()
        return late

    def _telegram_write_private(self):
        """Make the outbox say what single people want to be reminded of now."""
        for lesson in self.sudo():
            lesson._telegram_write_own_private()

    def _telegram_write_own_private(self):
        outbox = self.env["telegram.outbox"].sudo()
        prefix = "private:%s" % rules.prefix(self._name, self.id)
        known = outbox.search([("key", "=like", prefix.replace("_", r"\_") + "%")])
        known = {row.key: row for row in known}
        rule = self._telegram_rule()
        settings = self._telegram_classroom()._telegram_settings()
        reminders = [
            one
            for one in (rules.commands(rule, settings) if rule else [])
            if one.part == rules.REMIND and one.expires_at > fields.Datetime.now()
        ]
        wanted = {}
        for command in reminders:
            times = {"due_at": command.due_at, "expires_at": self._telegram_reminder_expires()}
            key = "private:%s" % command.key
            for partner, tg_user_id in self._telegram_receivers("reminder"):
                for row in self._telegram_private_row(
                    partner, tg_user_id, "reminder", key, **times
                ):
                    wanted[row["key"]] = dict(row, chat_id=False)
        outbox._cancel(
            [key for key, row in known.items() if row.state == "pending" and key not in wanted]
        )
        outbox._enqueue(
            [row for key, row in wanted.items() if self._telegram_differs(known.get(key), row)]
        )

    # -- to guardians ---------------------------------------------------------------------------

    def _telegram_report(self, lines):
        super()._telegram_report(lines)
        self._telegram_tell_guardians(lines)

    def _telegram_tell_guardians(self, lines):
        """Tell guardians of absences, by agreement; after the quiet hours."""
        classroom = self._telegram_classroom()
        if not classroom.sudo().telegram_chat_id or not classroom._telegram_says("absence"):
            return
        due_at = classroom._telegram_after_quiet(fields.Datetime.now())
        rows = []
        for line in lines:
            if line["role"] != "student" or line["status"] != "absent":
                continue
            student = line["partner"].sudo()
            told = student._telegram_told_guardians().filtered(
                lambda one: "absence" in one._telegram_wishes()
            )
            for contact in told._telegram_contacts():
                rows.append(self._telegram_absence_row(student, contact, due_at))
        self.env["telegram.outbox"].sudo()._enqueue(rows)

    def _telegram_absence_row(self, student, contact, due_at):
        lang = self.env["telegram.bot"]._lang(contact.partner_id, contact.lang_code)
        text = self.with_context(lang=lang)._telegram_said("absence", student=student.name or "")
        key = "absence:%s:%s:%s" % (self._telegram_key("report"), student.id, contact.tg_user_id)
        return {
            "tg_user_id": contact.tg_user_id,
            "pool": self._telegram_classroom().sudo().telegram_chat_id.pool_name,
            "kind": "send",
            "payload": {"text": text, "buttons": [], "silent": False},
            "key": key,
            "due_at": due_at,
        }
