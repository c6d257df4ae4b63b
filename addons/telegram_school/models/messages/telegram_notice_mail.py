import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models

from odoo.addons.telegram_base.beside import each

from ...services.calls.clock import LessonClock
from ...services.messages.group_texts import GroupTexts
from ...services.messages.lesson_people import LessonMessages
from ...services.messages.lesson_texts import LessonTexts
from . import telegram_notice_kinds as kinds

_logger = logging.getLogger(__name__)

#: An e-mail reminds this long before the lesson: nobody reads it some minutes before.
LEAD = timedelta(hours=24)


class TelegramNoticeMail(models.Model):
    """The people who were reminded of a lesson by e-mail, so that nobody is reminded twice."""

    _name = "telegram.notice.mail"
    _description = "Telegram: reminder of a lesson by e-mail"
    _rec_name = "key"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True, help="The lesson and its start.")

    _sql_constraints = [("once", "UNIQUE (key, partner_id)", "They were reminded already.")]

    @api.model
    def _readers(self, lesson):
        """Return [(person, reader)] for people of the lesson's class who asked for e-mails, always
        or while they have not linked Telegram. Empty before the class's group is there."""
        classroom = lesson._telegram_classroom().sudo()
        company = GroupTexts(classroom).company()
        chat = classroom.telegram_chat_id
        if not company.telegram_mail or not chat._is_there() or not chat.is_reviewed:
            return []
        rows = self.env["telegram.roster"].search(
            [
                ("chat_id", "=", chat.id),
                ("status", "=", "in"),
                ("partner_id.active", "=", True),
                ("partner_id.telegram_mail_wish", "in", ("always", "unlinked")),
            ]
        )
        people = rows.mapped("partner_id")
        linked = people._telegram_contacts().mapped("partner_id")
        wanted = people.filtered(
            lambda one: one.telegram_mail_wish == "always" or one not in linked
        )
        readers = [(partner, partner._telegram_mail_reader()) for partner in wanted]
        return [(partner, reader) for partner, reader in readers if reader]

    @api.model
    def _tell_change(self, lesson, kind, was_at):
        """Write e-mails that a lesson was moved or cancelled. was_at: its former start, naive
        UTC."""
        if GroupTexts(lesson._telegram_classroom()).says(kind):
            for partner, reader in self.sudo()._readers(lesson):
                self.sudo()._write(lesson, kind, partner, reader, was_at)

    @api.model
    def _cron_remind(self):
        """Write e-mails about the lessons of the next day."""
        now = fields.Datetime.now()
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            start = model._telegram_start_field
            domain = [(start, ">", now), (start, "<=", now + LEAD)]
            lessons = model.sudo().search(domain, order=start)
            each(
                self._not_reminded(lessons),
                self._remind,
                "Nobody could be reminded of %s by e-mail",
            )

    @api.model
    def _not_reminded(self, lessons):
        """Return those of these lessons, of one model, that somebody is still to be reminded of."""
        self.env["base"].flush()
        self.env.cr.execute(
            """
            SELECT row.res_id, r.partner_id FROM telegram_lesson AS row
            JOIN telegram_roster AS r ON r.chat_id = row.chat_id AND r.status = 'in'
            JOIN res_partner AS p ON p.id = r.partner_id AND p.active
            WHERE row.res_model = %s AND row.res_id = ANY (%s) AND (
                p.telegram_mail_wish = 'always' OR p.telegram_mail_wish = 'unlinked'
                AND NOT EXISTS (SELECT 1 FROM telegram_contact AS c
                                WHERE c.partner_id = p.id AND c.state = 'confirmed'))
            """,
            [lessons._name, lessons.ids],
        )
        wanted = {}
        for lesson_id, partner_id in self.env.cr.fetchall():
            wanted.setdefault(lesson_id, set()).add(partner_id)
        near = lessons.filtered(lambda lesson: lesson.id in wanted)
        clocks = {lesson.id: LessonClock(lesson).in_company() for lesson in near}
        keys = {number: clock.reminder_key() for number, clock in clocks.items()}
        told = {}
        for row in self.search([("key", "in", list(filter(None, keys.values())))]):
            told.setdefault(row.key, set()).add(row.partner_id.id)
        return near.filtered(lambda lesson: wanted[lesson.id] - told.get(keys[lesson.id], set()))

    @api.model
    def _remind(self, lesson):
        """Write an e-mail about this lesson to everybody who was not reminded yet."""
        lesson = LessonClock(lesson).in_company().lesson
        classroom = lesson._telegram_classroom()
        rule = LessonClock(lesson).rule()
        if not rule or not rule.planned or not GroupTexts(classroom).says("reminder"):
            return
        key = LessonClock(lesson).reminder_key()
        known = self.search([("key", "=", key)]).mapped("partner_id")
        for partner, reader in self._readers(lesson):
            if partner not in known:
                self.create({"partner_id": partner.id, "key": key})
                self._write(lesson, "reminder", partner, reader)

    @api.model
    def _write(self, lesson, kind, partner, reader, was_at=None):
        """Put one e-mail into Odoo's queue; a broken template does not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._queue(lesson, kind, partner, reader, was_at)
        except OperationalError:
            raise  # all of it is done again
        except Exception:
            _logger.exception("No e-mail about %s could be written to %s", lesson, partner)

    @api.model
    def _queue(self, lesson, kind, partner, reader, was_at):
        """Put one e-mail into Odoo's queue, in the reader's language; none without a text."""
        lang = reader.lang or self.env.user.lang or "en_US"
        spoken = lesson.with_context(lang=lang)
        classroom = LessonTexts(spoken).spoken_classroom().sudo()
        text = LessonMessages(spoken).single_text(kind, was_at)
        if not text:
            return
        values = {
            "telegram_subject": "%s: %s"
            % (kinds.labels(self.with_context(lang=lang))[kind], spoken._telegram_name()),
            "telegram_text": text.replace("\n", "<br/>"),
            "telegram_class": classroom._telegram_title(),
            "telegram_when": LessonTexts(spoken).day_and_hour(spoken._telegram_start()),
            "telegram_is_held": kind != "cancelled",
        }
        self.env["telegram.mailing"]._queue(
            "telegram_school.mail_template_notice",
            partner,
            reader,
            GroupTexts(classroom).company(),
            values,
        )
