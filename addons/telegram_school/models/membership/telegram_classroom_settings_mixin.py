from odoo import api, fields, models

from ...rules import settings
from .. import telegram_choices


def _switch(label):
    return fields.Selection(
        telegram_choices.notice_choices,
        label,
        compute="_compute_telegram_settings",
        readonly=False,
    )


class TelegramClassroomSettingsMixin(models.AbstractModel):
    """A class's settings on the school's own form. They are stored on the chat: reading asks it,
    and `telegram.classroom.mixin` writes them there."""

    _name = "telegram.classroom.settings.mixin"
    _description = "Settings of a class with a Telegram group"

    telegram_enabled = fields.Boolean(
        "Has a Telegram group",
        compute="_compute_telegram_settings",
        search="_search_telegram_enabled",
        readonly=False,
    )
    telegram_reminder_minutes = fields.Float(
        "Reminder (minutes before)",
        help="0: no reminder.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_open_minutes = fields.Float(
        "Opening of the call (minutes before)",
        help="0: the call is not opened by itself.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_grace_minutes = fields.Float(
        "Let people talk after the end (minutes)",
        help="The call is closed once nobody talks any more, and at the latest after this time. "
        "0: it is closed at the end.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_mute_newcomers = fields.Boolean(
        "Mute who joins",
        help="Whoever joins the call is muted until a teacher lets them speak.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_announce = fields.Boolean(
        "Announce the call",
        help="With the reminder Telegram shows in the group when the call begins, and people can "
        "have themselves notified. Needs a reminder before the opening of the call.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_record = fields.Selection(
        telegram_choices.recordings,
        "Record the call",
        help="Telegram records the call and tells everybody in it. The recording goes to the Saved "
        "Messages of the school's account, nowhere else.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_late_minutes = fields.Float(
        "Late after (minutes)", compute="_compute_telegram_settings", readonly=False
    )
    telegram_early_minutes = fields.Float(
        "Left early from (minutes before the end)",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_partial_percent = fields.Float(
        "Partly present below (%)", compute="_compute_telegram_settings", readonly=False
    )
    telegram_bridge_seconds = fields.Float(
        "Reconnect within (seconds)",
        help="Who is back in the call within this time was not away.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_notices = fields.Boolean(
        "Notices about the class",
        help="Who comes and goes, teachers, the name: none of it is said without this.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_report = fields.Selection(
        telegram_choices.reports,
        "Report in the group",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_report_pdf = fields.Boolean(
        "Sheet as PDF in the group",
        help="The attendance sheet follows the report as a PDF. Every member of the group, and whoever "
        "they pass it on to, reads everybody's name, status, arrival and departure in it; remarks "
        "are left out.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
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
        help="What is not about a lesson waits until they are over.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_quiet_from = fields.Float(
        "Quiet from", compute="_compute_telegram_settings", readonly=False
    )
    telegram_quiet_until = fields.Float(
        "Quiet until", compute="_compute_telegram_settings", readonly=False
    )
    telegram_stranger_policy = fields.Selection(
        telegram_choices.stranger_policies,
        "Unknown person comes in",
        help="In a group that was made for the class: whom the school does not know, and no teacher "
        "or supervisor of the class let in or added, is put out, not banned, and the teachers are "
        "told.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_history_policy = fields.Selection(
        telegram_choices.history_policies,
        "Newcomers",
        help="Whether who comes into the group sees what was written in it before.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_join_policy = fields.Selection(
        telegram_choices.join_policies,
        "Known person joins on Telegram",
        help="Of somebody whom the school knows and who does not belong to the class today. Who was "
        "unenrolled, whose time is over or has not begun, and who is blocked is never enrolled by it.",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_leave_policy = fields.Selection(
        telegram_choices.leave_policies,
        "Person leaves on Telegram",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_title_policy = fields.Selection(
        telegram_choices.title_policies,
        "Title changed on Telegram",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_promotion_policy = fields.Selection(
        telegram_choices.promotion_policies,
        "Administrator made or unmade on Telegram",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_archive_policy = fields.Selection(
        telegram_choices.archive_policies,
        "Group of an archived classroom",
        compute="_compute_telegram_settings",
        readonly=False,
    )
    telegram_add_contacts = fields.Boolean(
        "Add contacts directly",
        help="Whoever is in the address book of the school's account, and has the account in "
        "theirs, is added to the group without a click, some a day.",
        compute="_compute_telegram_settings",
        readonly=False,
    )

    @api.model
    def _search_telegram_enabled(self, operator, value):
        own = [("res_model", "=", self._name), ("is_wanted", "=", True)]
        wanted = self.env["telegram.chat"].sudo().with_context(active_test=False).search(own)
        is_wanted = bool(value) == (operator == "=")
        return [("id", "in" if is_wanted else "not in", wanted.mapped("res_id"))]

    @api.model
    def default_get(self, fields_list):
        """Also return the settings that the chat of a new class would have."""
        values = super().default_get(fields_list)
        defaults = self._telegram_defaults()
        values.update(
            (own, defaults.get(name, False))
            for own, name in settings.FIELDS.items()
            if own in fields_list
        )
        return values

    def copy_data(self, default=None):
        """Also copy the settings of a class, which are not in its table."""
        kept = {own: self[own] for own in settings.FIELDS}
        return super().copy_data(dict(kept, **(default or {})))

    @api.model
    def _telegram_defaults(self):
        """Return the settings of a chat that is made now, by the chat's names."""
        names = list(settings.FIELDS.values())
        defaults = self.env["telegram.chat"].sudo().default_get(names)
        return dict(defaults, is_wanted=self.env.company.telegram_new_groups)

    def _compute_telegram_settings(self):
        chats = {record: record.sudo().telegram_own_chat_id for record in self}
        defaults = {} if all(chats.values()) else self._telegram_defaults()
        if self.ids:  # a class from before the addon came has no group
            defaults["is_wanted"] = False
        for record, chat in chats.items():
            for own, name in settings.FIELDS.items():
                record[own] = chat[name] if chat else defaults.get(name, False)

    def _telegram_setting(self, name):
        """Return one setting of the class, by the chat's name, without computing the others."""
        chat = self.sudo().telegram_own_chat_id
        return chat[name] if chat else self.sudo()[settings.NAMES[name]]
