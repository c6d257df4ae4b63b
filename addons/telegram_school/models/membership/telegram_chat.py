from psycopg2 import sql

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.telegram_base import database

from ...rules import settings
from ...rules.defaults import CHOICES, DEFAULTS
from ...services.attendance.sheet import LessonSheet
from ...services.calls.clock import LessonClock
from ...services.membership import rights
from ...services.membership.facts import ClassFacts
from ...services.membership.roster import ClassRoster
from .. import telegram_choices


def _default(name):
    return lambda self: self._school_default(name)


def _switch(label):
    return fields.Selection(telegram_choices.notice_choices, label, required=True, default="school")


class TelegramChat(models.Model):
    """The group of a class, with the class's settings. Every class that the school shows us has a
    chat; `is_wanted` says whether a group is made for it."""

    _name = "telegram.chat"
    _inherit = ["telegram.chat", "telegram.class.page.mixin"]

    is_wanted = fields.Boolean("Has a Telegram group", default=True)
    may_see = fields.Boolean(
        compute="_compute_may_see",
        search="_search_may_see",
        help="The user teaches or supervises the class at this moment, or manages the school.",
    )
    has_class = fields.Boolean("Belongs to a class", compute="_compute_class")
    title_cut = fields.Char("Name in Telegram", compute="_compute_class")
    gone_count = fields.Integer("Went at once", compute="_compute_gone_count")
    reminder_minutes = fields.Float(
        "Reminder (minutes before)",
        default=_default("telegram_reminder_minutes"),
        help="0: no reminder.",
    )
    open_minutes = fields.Float(
        "Opening of the call (minutes before)",
        default=_default("telegram_open_minutes"),
        help="0: the call is not opened by itself.",
    )
    grace_minutes = fields.Float(
        "Let people talk after the end (minutes)",
        default=_default("telegram_grace_minutes"),
        help="The call is closed once nobody talks any more, and at the latest after this time. "
        "0: it is closed at the end.",
    )
    mute_newcomers = fields.Boolean(
        "Mute who joins",
        default=_default("telegram_mute_newcomers"),
        help="Whoever joins the call is muted until a teacher lets them speak.",
    )
    announce = fields.Boolean(
        "Announce the call",
        default=_default("telegram_announce"),
        help="With the reminder Telegram shows in the group when the call begins, and people can "
        "have themselves notified. Needs a reminder before the opening of the call.",
    )
    record = fields.Selection(
        telegram_choices.recordings,
        "Record the call",
        required=True,
        default=_default("telegram_record"),
        help="Telegram records the call and tells everybody in it. The recording goes to the Saved "
        "Messages of the school's account, nowhere else.",
    )
    late_minutes = fields.Float("Late after (minutes)", default=_default("telegram_late_minutes"))
    early_minutes = fields.Float(
        "Left early from (minutes before the end)", default=_default("telegram_early_minutes")
    )
    partial_percent = fields.Float(
        "Partly present below (%)", default=_default("telegram_partial_percent")
    )
    bridge_seconds = fields.Float(
        "Reconnect within (seconds)",
        default=_default("telegram_bridge_seconds"),
        help="Who is back in the call within this time was not away.",
    )
    notices = fields.Boolean(
        "Notices about the class",
        default=True,
        help="Who comes and goes, teachers, the name: none of it is said without this.",
    )
    report = fields.Selection(
        telegram_choices.reports,
        "Report in the group",
        required=True,
        default="counts",
    )
    report_pdf = fields.Boolean(
        "Sheet as PDF in the group",
        default=_default("telegram_report_pdf"),
        help="The attendance sheet follows the report as a PDF. Every member of the group, and whoever "
        "they pass it on to, reads everybody's name, status, arrival and departure in it; remarks "
        "are left out.",
    )
    notice_enrolled = _switch("Enrolled")
    notice_unenrolled = _switch("Unenrolled")
    notice_teachers = _switch("Teacher changed")
    notice_renamed = _switch("Classroom renamed")
    notice_welcome = _switch("Welcome")
    notice_reminder = _switch("Reminder of a lesson")
    notice_opened = _switch("Call open")
    notice_moved = _switch("Lesson moved")
    notice_cancelled = _switch("Lesson cancelled")
    notice_report = _switch("Report")
    notice_absence = _switch("Absence, to guardians")
    quiet = fields.Selection(
        telegram_choices.quiet_choices,
        "Quiet hours",
        required=True,
        default="school",
        help="What is not about a lesson waits until they are over.",
    )
    quiet_from = fields.Float("Quiet from")
    quiet_until = fields.Float("Quiet until")

    roster_at = fields.Datetime("Roster computed", readonly=True, copy=False)
    roster_due = fields.Datetime(
        "Roster computed again",
        readonly=True,
        copy=False,
        help="When the dates of who belongs bring the next change.",
    )

    def init(self):
        super().init()
        # rows made in SQL have the product's own defaults
        defaults = {
            "is_wanted": "true",
            "notices": "true",
            "report": "'counts'",
            "quiet": "'school'",
        }
        defaults.update((name[9:], repr(ours)) for name, (_parameter, ours) in DEFAULTS.items())
        for name, (_parameter, ours) in CHOICES.items():
            defaults[name[9:]] = "'%s'" % ours if isinstance(ours, str) else str(ours).lower()
        defaults.update((name, "'school'") for name in self._fields if name.startswith("notice_"))
        database.set_defaults(self.env.cr, self._table, defaults)

    @api.constrains("quiet_from", "quiet_until")
    def _check_quiet(self):
        for chat in self:
            for hour in (chat.quiet_from, chat.quiet_until):
                if not 0 <= hour < 24:
                    raise ValidationError(_("Quiet hours are between 00:00 and 23:59."))

    @api.model
    def _search_may_manage(self, operator, value):
        """Also whoever supervises the class at this moment, or manages the school."""
        return rights.leaf(rights.chats_set_up(self.env.user), operator, value)

    @api.model
    def _school_default(self, name):
        """Return the school's default for a setting; the product's own if the school has none."""
        parameter, ours = DEFAULTS.get(name) or CHOICES[name]
        value = self.env["ir.config_parameter"].sudo().get_param(parameter, ours)
        if name in CHOICES:
            return str(value).lower() in ("true", "1") if isinstance(ours, bool) else value
        try:
            return float(value)
        except ValueError:
            return ours

    @api.model_create_multi
    def create(self, vals_list):
        chats = super().create(vals_list)
        for name in self._class_models() & set(chats.mapped("res_model")):
            ids = chats.filtered(lambda chat, name=name: chat.res_model == name).mapped("res_id")
            fields_ = ["telegram_own_chat_id", "telegram_chat_id", *settings.FIELDS]
            self.env[name].invalidate_cache(fields_, ids)
        return chats

    def write(self, vals):
        """Let the class follow its settings: group, roster, commands of its lessons. Who does not
        administer Telegram writes nothing else."""
        chosen = set(settings.FIELDS.values()) & set(vals)
        is_free = self.env.su or self.env.user.has_group("telegram_base.group_manager")
        if set(vals) - chosen and not is_free:
            raise AccessError(_("Only the settings of the class can be changed here."))
        result = super().write(vals)
        for chat in self if chosen else ():
            record = chat._class().sudo()
            if not record:
                continue
            record.invalidate_cache(["telegram_chat_id", *settings.FIELDS], record.ids)
            if settings.MEASURES & chosen:
                LessonSheet(ClassRoster(record).all_lessons()).mark()
            ClassRoster(record).sync()
            LessonClock(ClassRoster(record).lessons()).write_commands()
        return result

    # -- the class ------------------------------------------------------------------------------

    @api.model
    def _class_models(self):
        """Return the names of the models that have classes."""
        return {model._name for model in self.env["telegram.classroom.mixin"]._telegram_models()}

    @api.model
    def _rows_of(self, classes):
        """Return {id of a class: its chat}, archived and unwanted ones too, of classes of one
        model; as superuser."""
        domain = [("res_model", "=", classes._name), ("res_id", "in", classes.ids)]
        chats = self.sudo().with_context(active_test=False).search(domain)
        return {chat.res_id: chat for chat in chats}

    def _let_go(self):
        """Detach the chats from classes that were deleted. A group and its history outlive their
        class: a person decides about them on the group's page. A chat that was never to have a
        group is deleted."""
        there = self.filtered(lambda chat: chat.is_wanted or chat.chat_state_ids)
        commands = self.env["telegram.outbox"].sudo().search([("chat_id", "in", self.ids)])
        there |= commands.mapped("chat_id")
        self.env["telegram.planned.place"].sudo().search([("chat_id", "in", self.ids)]).unlink()
        there.filtered("active").write({"active": False})
        (self - there).unlink()

    @api.model
    def _sweep(self, model):
        """Detach the chats of classes of `model` that were deleted without our `unlink`: in SQL, or
        by a cascade."""
        self.flush()
        self.env.cr.execute(
            sql.SQL(
                "SELECT chat.id FROM telegram_chat AS chat WHERE chat.res_model = %s"
                " AND NOT EXISTS (SELECT 1 FROM {table} AS class WHERE class.id = chat.res_id)"
                " AND (chat.active OR chat.is_wanted IS NOT TRUE AND NOT EXISTS ("
                "SELECT 1 FROM telegram_chat_state AS state WHERE state.chat_id = chat.id))"
            ).format(table=sql.Identifier(model._table)),
            [model._name],
        )
        self.sudo().browse([row[0] for row in self.env.cr.fetchall()])._let_go()

    def _with_group(self):
        """Return the chats among these that have, had or will have a group."""
        return self.filtered(lambda chat: chat.is_wanted or chat.chat_state_ids)

    @api.model
    def _domain_of_owners(self, classes, operator, value):
        """Return the domain, for the classes' model, of those with such a chat. value: an id, ids,
        a name, or False for none."""
        # chats of classes that have no group are not shown
        has_group = ["|", ("is_wanted", "=", True), ("chat_state_ids", "!=", False)]
        own = [("res_model", "=", classes._name)] + has_group
        chats = self.sudo().with_context(active_test=False)
        is_negative = operator in ("!=", "not in")
        if not value:
            return [("id", "in" if is_negative else "not in", chats.search(own).mapped("res_id"))]
        if isinstance(value, str):
            matching = chats.search(own + [("name", operator, value)])
            return [("id", "in", matching.mapped("res_id"))]
        ids = value if isinstance(value, (list, tuple)) else [value]
        matching = chats.search(own + [("id", "in", list(ids))])
        return [("id", "not in" if is_negative else "in", matching.mapped("res_id"))]

    def _call_owner(self, hook, *args):
        """Pass events of a class's group on to the class."""
        owner = self._owner()
        if not owner or owner._name not in self._class_models():
            return super()._call_owner(hook, *args)
        handler = getattr(ClassFacts(owner), hook.replace("_telegram_on_", ""), None)
        return handler(*args) if handler else None
