import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..rules.quiet import Quiet, due_at
from . import telegram_choices
from . import telegram_notice_kinds as kinds


def _switch(label):
    return fields.Selection(telegram_choices.notice_choices, label, required=True, default="school")


class TelegramClassroomMixin(models.AbstractModel):
    """What is said in the group, in which words, and when."""

    _inherit = "telegram.classroom.mixin"

    telegram_notice_enrolled = _switch("Enrolled")
    telegram_notice_unenrolled = _switch("Unenrolled")
    telegram_notice_teachers = _switch("Teacher changed")
    telegram_notice_renamed = _switch("Classroom renamed")
    telegram_notice_welcome = _switch("Welcome")
    telegram_notice_reminder = _switch("Reminder of a lesson")
    telegram_notice_opened = _switch("Call open")
    telegram_notice_moved = _switch("Lesson moved")
    telegram_notice_cancelled = _switch("Lesson cancelled")
    telegram_notice_report = _switch("Report")
    telegram_notice_absence = _switch("Absence, to guardians")
    telegram_quiet = fields.Selection(
        telegram_choices.quiet_choices,
        "Quiet hours",
        required=True,
        default="school",
        help="What is not about a lesson waits until they are over.",
    )
    telegram_quiet_from = fields.Float("Quiet from")
    telegram_quiet_until = fields.Float("Quiet until")

    @api.constrains("telegram_quiet_from", "telegram_quiet_until")
    def _check_telegram_quiet(self):
        for record in self:
            for hour in (record.telegram_quiet_from, record.telegram_quiet_until):
                if not 0 <= hour < 24:
                    raise ValidationError(_("Quiet hours are between 00:00 and 23:59."))

    # -- whether --------------------------------------------------------------------------------

    def _telegram_company(self):
        """Whose texts and switches hold."""
        record = self.sudo()
        own = record.company_id if "company_id" in record._fields else False
        return own or record.telegram_chat_id.company_id or self.env.company

    def _telegram_says(self, kind):
        """Whether this notice is said: the classroom's word, else the school's."""
        record = self.sudo()
        if kind in kinds.OF_CLASS and not record.telegram_notices:
            return False
        own = record["telegram_notice_" + kind]
        return (
            own == "on"
            if own != "school"
            else self._telegram_company()._telegram_notice_is_on(kind)
        )

    # -- in which words -------------------------------------------------------------------------

    def _telegram_text(self, said):
        """The message of these notices, in the context's language. said: list of (kind, values)."""
        company = self._telegram_company()
        both = {"classroom": self.sudo()._telegram_title() or "", "school": company.name or ""}
        said = [(kind, dict(both, **values)) for kind, values in said]
        return self.env["telegram.notice.template"]._render(company, said)

    def _telegram_tell(self, kind, values, **row):
        """Say a notice in the group, in its language, if the classroom wants it and has a group:
        at once where it is of a lesson, else after the quiet hours. row: as for
        `telegram.outbox._enqueue`, and `buttons`. Returns the rows written."""
        chat = self.sudo().telegram_chat_id
        if not chat or not self._telegram_says(kind):
            return []
        text = self.with_context(lang=chat.lang)._telegram_text([(kind, values)])
        if kind not in kinds.OF_LESSON:
            row.setdefault("due_at", self._telegram_after_quiet(fields.Datetime.now()))
        return chat._send(text, **row) if text else []

    def _telegram_way_in(self, is_private=False):
        """The rows of buttons that lead into the group, for its members; none before it is made.

        is_private: the button is for one person. Where no message of the group is known, that one
        is given the group's link: to members it opens the group, others may ask to be let in.
        """
        chat = self.sudo().telegram_chat_id
        link = chat and chat._group_link()
        if not link and is_private:
            link = chat.state == "ready" and chat.invite_link
        return [[{"text": _("Open the group"), "url": link}]] if link else []

    # -- when -----------------------------------------------------------------------------------

    def _telegram_after_quiet(self, at):
        """When something that is not about a lesson may be said at the earliest (naive UTC)."""
        record = self.sudo()
        if record.telegram_quiet == "none":
            return at
        source = record if record.telegram_quiet == "own" else self._telegram_company()
        hours = (source.telegram_quiet_from, source.telegram_quiet_until)
        quiet = Quiet(*[round(60 * hour) % (24 * 60) for hour in hours])
        return due_at(at, quiet, self._telegram_zone())

    def _telegram_zone(self):
        try:
            return pytz.timezone(self._telegram_tz())
        except pytz.UnknownTimeZoneError:
            return pytz.utc
