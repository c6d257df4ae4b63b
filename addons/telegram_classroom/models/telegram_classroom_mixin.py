import operator
from datetime import timedelta

import pytz

from odoo import _, api, fields, models

from odoo.addons.telegram_base.beside import each

from ..rules.admission import REFUSED, is_away
from ..rules.attendance import Thresholds
from ..rules.commands import Settings
from ..rules.title import TITLE_MAX, cut_title
from . import telegram_choices

# Who is listed twice (a former enrolment and a new one, a teacher who also supervises) counts once.
_STATUS_RANK = {"out": 0, "undecided": 1, "in": 2, "banned": 3}
_ROLE_RANK = {"student": 0, "teacher": 1, "supervisor": 2}

#: Field → parameter that holds the school's default for new classrooms, and ours.
DEFAULTS = {
    "telegram_reminder_minutes": ("telegram_classroom.reminder_minutes", 15.0),
    "telegram_open_minutes": ("telegram_classroom.open_minutes", 5.0),
    "telegram_grace_minutes": ("telegram_classroom.grace_minutes", 5.0),
    "telegram_late_minutes": ("telegram_classroom.late_minutes", 10.0),
    "telegram_early_minutes": ("telegram_classroom.early_minutes", 10.0),
    "telegram_partial_percent": ("telegram_classroom.partial_percent", 50.0),
    "telegram_bridge_seconds": ("telegram_classroom.bridge_seconds", 60.0),
}

#: The same for choices; the parameter's text is the value, of a tick box "True" or nothing.
CHOICES = {
    "telegram_mute_newcomers": ("telegram_classroom.mute_newcomers", False),
    "telegram_announce": ("telegram_classroom.announce", False),
    "telegram_record": ("telegram_classroom.record", "none"),
    "telegram_report_pdf": ("telegram_classroom.report_pdf", False),
}

#: Fields by which sheets are computed.
_MEASURES = (
    "telegram_late_minutes",
    "telegram_early_minutes",
    "telegram_partial_percent",
    "telegram_bridge_seconds",
)


def _places(entries):
    """Who has which place on a roster; entries: as for `telegram.roster._set`."""
    return {(entry["partner_id"], entry["role"], entry["status"]) for entry in entries}


def _default(name):
    return lambda self: self._telegram_default(name)


class TelegramClassroomMixin(models.AbstractModel):
    """A record that is taught in a Telegram group: a classroom, a course, a section.

    An adapter inherits it and says, by overriding the hooks below, who belongs, how the group is
    called, and how somebody is enrolled and unenrolled. Nothing else is needed.
    """

    _name = "telegram.classroom.mixin"
    _inherit = "telegram.chat.owner.mixin"
    _description = "Classroom with a Telegram group"

    #: Own fields of the adapter's model whose change concerns the group or its texts.
    _telegram_watched = ("name", "active")

    telegram_enabled = fields.Boolean(
        "Has a Telegram group", default=lambda self: self.env.company.telegram_new_groups
    )
    telegram_chat_id = fields.Many2one(
        "telegram.chat", "Telegram group", readonly=True, copy=False, ondelete="set null"
    )
    telegram_reminder_minutes = fields.Float(
        "Reminder (minutes before)",
        default=_default("telegram_reminder_minutes"),
        help="0: no reminder.",
    )
    telegram_open_minutes = fields.Float(
        "Opening of the call (minutes before)",
        default=_default("telegram_open_minutes"),
        help="0: the call is not opened by itself.",
    )
    telegram_grace_minutes = fields.Float(
        "Let people talk after the end (minutes)",
        default=_default("telegram_grace_minutes"),
        help="The call is closed once nobody talks any more, and at the latest after this time. "
        "0: it is closed at the end.",
    )
    telegram_mute_newcomers = fields.Boolean(
        "Mute who joins",
        default=_default("telegram_mute_newcomers"),
        help="Whoever joins the call is muted until a teacher lets them speak.",
    )
    telegram_announce = fields.Boolean(
        "Announce the call",
        default=_default("telegram_announce"),
        help="With the reminder Telegram shows in the group when the call begins, and people can "
        "have themselves notified. Needs a reminder before the opening of the call.",
    )
    telegram_record = fields.Selection(
        telegram_choices.recordings,
        "Record the call",
        required=True,
        default=_default("telegram_record"),
        help="Telegram records the call and tells everybody in it. The recording goes to the Saved "
        "Messages of the school's account, nowhere else.",
    )
    telegram_late_minutes = fields.Float(
        "Late after (minutes)", default=_default("telegram_late_minutes")
    )
    telegram_early_minutes = fields.Float(
        "Left early from (minutes before the end)", default=_default("telegram_early_minutes")
    )
    telegram_partial_percent = fields.Float(
        "Partly present below (%)", default=_default("telegram_partial_percent")
    )
    telegram_bridge_seconds = fields.Float(
        "Reconnect within (seconds)",
        default=_default("telegram_bridge_seconds"),
        help="Who is back in the call within this time was not away.",
    )
    telegram_notices = fields.Boolean(
        "Notices about the class",
        default=True,
        help="Who comes and goes, teachers, the name: none of it is said without this.",
    )
    telegram_report = fields.Selection(
        telegram_choices.reports,
        "Report in the group",
        required=True,
        default="counts",
    )
    telegram_report_pdf = fields.Boolean(
        "Sheet as PDF in the group",
        default=_default("telegram_report_pdf"),
        help="The attendance sheet follows the report as a PDF. Every member of the group, and whoever "
        "they pass it on to, reads everybody's name, status, arrival and departure in it; remarks "
        "are left out.",
    )
    telegram_stranger_policy = fields.Selection(
        telegram_choices.stranger_policies,
        "Unknown person comes in",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_stranger_policy",
        help="In a group that was made for the class: whom the school does not know, and no teacher "
        "or supervisor of the class let in or added, is put out, not banned, and the teachers are "
        "told.",
    )
    telegram_history_policy = fields.Selection(
        telegram_choices.history_policies,
        "Newcomers",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_history_policy",
        help="Whether who comes into the group sees what was written in it before.",
    )
    telegram_join_policy = fields.Selection(
        telegram_choices.join_policies,
        "Known person joins on Telegram",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_join_policy",
        help="Of somebody whom the school knows and who does not belong to the class today. Who was "
        "unenrolled, whose time is over or has not begun, and who is blocked is never enrolled by it.",
    )
    telegram_leave_policy = fields.Selection(
        telegram_choices.leave_policies,
        "Person leaves on Telegram",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_leave_policy",
    )
    telegram_title_policy = fields.Selection(
        telegram_choices.title_policies,
        "Title changed on Telegram",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_title_policy",
    )
    telegram_promotion_policy = fields.Selection(
        telegram_choices.promotion_policies,
        "Administrator made or unmade on Telegram",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_promotion_policy",
    )
    telegram_archive_policy = fields.Selection(
        telegram_choices.archive_policies,
        "Group of an archived classroom",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_archive_policy",
    )
    telegram_add_contacts = fields.Boolean(
        "Add contacts directly",
        compute="_compute_telegram_policies",
        inverse="_inverse_telegram_add_contacts",
        help="Whoever is in the address book of the school's account, and has the account in "
        "theirs, is added to the group without a click, some a day.",
    )

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_title(self):
        """The group's title; cut at 128 characters by the caller."""
        return self.display_name

    def _telegram_people(self):
        """Who belongs, today: list of dicts(partner: res.partner of one, role: `student` |
        `teacher` | `supervisor`, status: `in` | `out` | `banned`, reason: text or False).
        Whoever was listed and is no longer is turned to `out`."""
        return []

    def _telegram_enrol(self, partner, fact):
        """Enrol `partner`, who came into the group; without a `fact` (an empty recordset), since a
        person decided so when a group was reviewed. Returns False when that is not possible: then
        a person is asked."""
        return False

    def _telegram_unenrol(self, partner, fact):
        """End what makes `partner` belong, since they left the group or were removed by somebody;
        without a `fact`, since a person decided so when a group was reviewed.
        Returns False when that is not possible: then a person is told."""
        return False

    def _telegram_is_blocked(self, partner):
        """Hook: whether the school has blocked `partner`, who then must not come in at all, wherever
        they are enrolled. Extend it with super(). Logins and archived contacts block nobody. When
        what it looks at changes, call `res.partner._telegram_follow()`."""
        return False

    def action_archive(self):
        """Where a group is emptied by it, ask first, with how many people are in it."""
        chats = self.sudo().mapped("telegram_chat_id")
        emptied = chats.filtered(lambda chat: chat.active and chat.archive_policy == "empty")
        people = sum(emptied.mapped("in_count"))
        if not people or self.env.context.get("telegram_agreed"):
            return super().action_archive()
        question = _("Archived, %s has an empty Telegram group. People who are put out of it: %s.")
        question = question % (", ".join(emptied.mapped("name")), people)
        return self.env["telegram.agreement"]._ask(_("Archive"), question, self, "action_archive")

    @api.model
    def _telegram_is_away(self, partner):
        """Whether the contact has been archived so long that the person is out of all groups."""
        partner = partner.sudo()
        return is_away(partner.active, partner.telegram_archived_at or None, fields.Datetime.now())

    def _telegram_rename(self, title):
        """Take over the title that somebody gave the group."""
        self.write({self._rec_name or "name": title})

    def _telegram_lang(self):
        """Language of what is said in the group."""
        return self.lang if "lang" in self._fields else False

    def _telegram_tz(self):
        """Time zone of what is said in the group."""
        return (self.tz if "tz" in self._fields else False) or self.env.user.tz or "UTC"

    def _telegram_is_active(self):
        """Whether the group is in use; what becomes of it else, `telegram_archive_policy` says."""
        return bool(self.telegram_enabled and ("active" not in self._fields or self.active))

    @api.model
    def _telegram_listed(self):
        """Hook for adapters: domain of the records that may be given a group on the page of the
        first steps."""
        return []

    # -- policies -------------------------------------------------------------------------------

    @api.model
    def _telegram_default(self, name):
        parameter, ours = DEFAULTS.get(name) or CHOICES[name]
        found = self.env["ir.config_parameter"].sudo().get_param(parameter, ours)
        if name in CHOICES:
            return str(found).lower() in ("true", "1") if isinstance(ours, bool) else found
        try:
            return float(found)
        except ValueError:
            return ours

    @api.depends(
        "telegram_chat_id.stranger_policy",
        "telegram_chat_id.history_policy",
        "telegram_chat_id.join_policy",
        "telegram_chat_id.leave_policy",
        "telegram_chat_id.title_policy",
        "telegram_chat_id.promotion_policy",
        "telegram_chat_id.archive_policy",
        "telegram_chat_id.add_contacts",
    )
    def _compute_telegram_policies(self):
        adds = self.env["telegram.chat"].sudo().default_get(["add_contacts"]).get("add_contacts")
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_stranger_policy = chat.stranger_policy or "school"
            record.telegram_history_policy = chat.history_policy or "school"
            record.telegram_join_policy = chat.join_policy or "ask"
            record.telegram_leave_policy = chat.leave_policy or "unenrol"
            record.telegram_title_policy = chat.title_policy or "accept"
            record.telegram_promotion_policy = chat.promotion_policy or "restore"
            record.telegram_archive_policy = chat.archive_policy or "read_only"
            record.telegram_add_contacts = chat.add_contacts if chat else adds

    def _inverse_telegram_stranger_policy(self):
        self._telegram_write_policy("stranger_policy", "telegram_stranger_policy")

    def _inverse_telegram_history_policy(self):
        self._telegram_write_policy("history_policy", "telegram_history_policy")

    def _inverse_telegram_join_policy(self):
        self._telegram_write_policy("join_policy", "telegram_join_policy")

    def _inverse_telegram_leave_policy(self):
        self._telegram_write_policy("leave_policy", "telegram_leave_policy")

    def _inverse_telegram_title_policy(self):
        self._telegram_write_policy("title_policy", "telegram_title_policy")

    def _inverse_telegram_promotion_policy(self):
        self._telegram_write_policy("promotion_policy", "telegram_promotion_policy")

    def _inverse_telegram_archive_policy(self):
        self._telegram_write_policy("archive_policy", "telegram_archive_policy")

    def _inverse_telegram_add_contacts(self):
        self._telegram_write_policy("add_contacts", "telegram_add_contacts")

    def _telegram_write_policy(self, name, own):
        # Read all first: making a chat empties the cache of what was asked for.
        for record, value in [(record, record[own]) for record in self]:
            chat = record._telegram_chat()
            is_said = value or self._fields[own].type == "boolean"
            if chat and is_said and chat[name] != value:
                chat.write({name: value})

    def _telegram_settings(self):
        """Lead times in whole seconds, as the rules want them."""
        return Settings(
            timedelta(seconds=round(60 * self.telegram_reminder_minutes))
            if self._telegram_says("reminder")
            else timedelta(0),
            timedelta(seconds=round(60 * self.telegram_open_minutes)),
            self.telegram_announce,
        )

    def _telegram_thresholds(self):
        """Thresholds of attendance, as the rules want them."""
        return Thresholds(
            self.telegram_partial_percent,
            timedelta(minutes=self.telegram_late_minutes),
            timedelta(minutes=self.telegram_early_minutes),
        )

    # -- CRUD -----------------------------------------------------------------------------------

    def _init_column(self, column_name):
        """What was there before the addon came is not switched on by its coming."""
        if column_name != "telegram_enabled":
            return super()._init_column(column_name)
        self.env.cr.execute(
            'UPDATE "%s" SET telegram_enabled = false WHERE telegram_enabled IS NULL' % self._table
        )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([self._telegram_with_group(vals) for vals in vals_list])
        records._telegram_sync()
        return records

    @api.model
    def _telegram_with_group(self, vals):
        """The values, with whether the record gets a group: its own company's setting says so,
        where it is another one than the user's."""
        if (
            "telegram_enabled" in vals
            or not vals.get("company_id")
            or "company_id" not in self._fields
        ):
            return vals
        company = self.env["res.company"].sudo().browse(vals["company_id"])
        return dict(vals, telegram_enabled=company.telegram_new_groups)

    def write(self, vals):
        result = super().write(vals)
        if set(vals) & set(_MEASURES):
            self._telegram_all_lessons()._telegram_mark()
        mine = {name for name in vals if name.startswith("telegram_")} - {"telegram_chat_id"}
        if mine or set(self._telegram_watched) & set(vals):
            self._telegram_sync()
            self._telegram_lessons()._telegram_write_commands()
        return result

    def unlink(self):
        chats = self.sudo().mapped("telegram_chat_id")
        self._telegram_lessons()._telegram_cancel_commands()
        result = super().unlink()
        # The group and its history outlive the record: what becomes of it, a person decides on its
        # page, where it is listed as belonging to nothing.
        chats.write({"active": False})
        return result

    # -- chat and roster ------------------------------------------------------------------------

    def _telegram_chat(self):
        """This record's chat, made and brought up to date if need be; empty without a group."""
        self.ensure_one()
        record = self.sudo()
        chat, is_active = record.telegram_chat_id, record._telegram_is_active()
        if not chat and not is_active:
            return chat
        vals = record._telegram_chat_values()
        is_new = not chat
        if is_new:
            chat = self.env["telegram.chat"]._for_record(record, vals)
            record.write({"telegram_chat_id": chat.id})
        vals["active"] = is_active
        changes = {
            name: value
            for name, value in vals.items()
            if chat._fields[name].convert_to_write(chat[name], chat) != value
        }
        before = chat.name
        if changes:
            chat.write(changes)
        if "name" in changes or is_new:
            record._telegram_tell_cut(chat)
        if "name" in changes and not is_new:
            record._telegram_tell_renamed(chat, before)
        return chat

    def _telegram_tell_cut(self, chat):
        """Tell whoever gave a longer name than a group can have, in the record's history."""
        if self._telegram_title_cut():
            self._telegram_log(
                _(
                    "The name is longer than the %s characters that Telegram allows. In Telegram "
                    "the group is called “%s”."
                )
                % (TITLE_MAX, chat.name)
            )

    def _telegram_title_cut(self):
        """The group's title where it had to be cut; False where it is the whole name."""
        whole = " ".join((self._telegram_title() or "").split())
        title = cut_title(whole)
        return title if title != whole else False

    def _telegram_chat_values(self):
        title = cut_title(self._telegram_title() or "")
        vals = {"name": title} if title else {}
        lang = self._telegram_lang()
        if lang and lang in dict(self.env["res.lang"].get_installed()):
            vals["lang"] = lang
        if "company_id" in self._fields and self.company_id:
            vals["company_id"] = self.company_id.id
        return vals

    def _telegram_sync(self, extra=()):
        """Bring chat and roster of these records up to date and say in the group what changed.

        Writes only rows that differ, and never a row that two enrolments share. extra: further
        entries like those of `_telegram_people`, for persons who are not listed there as `in`.
        Does nothing while two people are being united (`telegram_uniting` in the context): who
        belongs is known when that is over.
        """
        if self.env.context.get("telegram_uniting"):
            return
        for record in self.sudo().exists():
            chat = record._telegram_chat()
            if not chat:
                continue
            rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", chat.id)])
            entries = record._telegram_entries(rows, extra)
            if not chat.active:
                kept = record._telegram_only_bans(chat, rows, entries)
                if _places(kept) != _places(entries):
                    # not on the roster yet: whoever restores the classroom at this moment must see it
                    chat._conflict()
                chat._set_roster(kept)
                continue
            changed = chat._set_roster(entries)
            if chat.archive_policy == "empty" and any(row["status"] == "in" for row in changed):
                # whoever archives the classroom at this moment must put them out, too
                chat._conflict()
            if changed:
                record._telegram_settle(chat)
            # What changes before there is a group is not news in it.
            is_told = record.telegram_notices and not self.env.context.get("telegram_quietly")
            if changed and is_told and chat._row().state == "ready":
                record.with_context(lang=chat.lang)._telegram_announce(chat, changed)

    def _telegram_only_bans(self, chat, rows, entries):
        """The roster of an archived group stays as it was, but for those whom the school blocks or
        does not block any more."""
        computed = {entry["partner_id"]: entry for entry in entries}
        kept = []
        for row in rows:
            entry = row._entry()
            wished = computed.get(row.partner_id.id)
            if wished and "banned" in (wished["status"], row.status):
                entry = dict(wished)
                if chat.archive_policy == "empty" and entry["status"] == "in":
                    entry["status"] = "out"
            kept.append(entry)
        return kept

    def _telegram_entries(self, rows, extra):
        known = set(rows.mapped("partner_id").ids)
        found = {}
        for person in list(self._telegram_people()) + list(extra):
            if person["partner"].telegram_erased_at:
                continue  # a former enrolment, without a name
            entry = {
                "partner_id": person["partner"].id,
                "role": person.get("role") or "student",
                "status": person.get("status") or "in",
                "reason": person.get("reason") or False,
            }
            if self._telegram_is_blocked(person["partner"]):
                entry["status"] = "banned"
            elif entry["status"] == "in" and self._telegram_is_away(person["partner"]):
                entry.update(status="out", reason="archived")
            before = found.get(entry["partner_id"])
            if before is None or self._telegram_rank(entry) > self._telegram_rank(before):
                found[entry["partner_id"]] = entry
        # Who is blocked and came all the same stays banned, though they are enrolled nowhere.
        for row in rows.filtered(lambda one: one.status == "banned"):
            is_out = found.get(row.partner_id.id, {}).get("status", "out") == "out"
            if is_out and self._telegram_is_blocked(row.partner_id):
                found[row.partner_id.id] = {
                    "partner_id": row.partner_id.id,
                    "role": row.role,
                    "status": "banned",
                    "reason": row.reason,
                }
        wished = {person["partner"].id for person in extra}
        # A person's refusal outlives what is read of former enrolments: it is not asked again.
        refused = {person["partner"].id for person in extra if person.get("reason") == REFUSED}
        refused |= set(rows.filtered(lambda r: r.reason == REFUSED).mapped("partner_id").ids)
        for partner_id in refused & set(found):
            if found[partner_id]["status"] == "out":
                found[partner_id]["reason"] = REFUSED
        # Of whom a person must decide, a former enrolment that is still listed decides nothing.
        asked = set(rows.filtered(lambda r: r.status == "undecided").mapped("partner_id").ids)
        known -= asked
        # Who is out and was never in need not be named: nobody unknown is ever removed.
        return [
            entry
            for partner_id, entry in sorted(found.items())
            if entry["status"] != "out" or partner_id in known or partner_id in wished
        ]

    @api.model
    def _telegram_rank(self, entry):
        return (_STATUS_RANK[entry["status"]], _ROLE_RANK[entry["role"]])

    # -- time -----------------------------------------------------------------------------------

    def _telegram_local(self, at):
        """A naive UTC datetime → an aware one in the classroom's time zone."""
        return pytz.utc.localize(at).astimezone(self._telegram_zone())

    # -- lessons and crons ----------------------------------------------------------------------

    def _telegram_lessons(self):
        """The lessons of these records within the horizon, of whatever model; empty without."""
        return self._telegram_all_lessons(within_horizon=True)

    def _telegram_all_lessons(self, within_horizon=False):
        """All lessons of these records, of whatever model; empty without."""
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            field = model._fields.get(model._telegram_classroom_field)
            if field is not None and field.comodel_name == self._name:
                domain = [(model._telegram_classroom_field, "in", self.ids)]
                horizon = model._telegram_horizon() if within_horizon else []
                return model.sudo().search(domain + horizon)
        return self.env["telegram.lesson.mixin"]

    def _telegram_next_lessons(self):
        """{id: naive UTC start of the record's next lesson}, of those that have one to come."""
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            field = model._fields.get(model._telegram_classroom_field)
            if field is not None and field.comodel_name == self._name:
                start = model._telegram_start_field
                domain = [(field.name, "in", self.ids), (start, ">=", fields.Datetime.now())]
                found = {}
                for lesson in model.sudo().search(domain, order=start):
                    if lesson._telegram_is_planned():
                        found.setdefault(lesson[field.name].id, lesson[start])
                return found
        return {}

    @api.model
    def _telegram_models(self):
        """Models that inherit this mixin and have a table."""
        names = sorted(self.env.registry.descendants(["telegram.classroom.mixin"], "_inherit"))
        models_ = [self.env[name] for name in names]
        return [model for model in models_ if not model._abstract and not model._transient]

    @api.model
    def _cron_telegram_rosters(self):
        """Dates that arrive, and changes that no hook saw: compute all rosters again."""
        for model in self._telegram_models():
            records = model.sudo().with_context(active_test=False).search([])
            work = operator.methodcaller("_telegram_sync")
            each(records, work, "Roster of %s could not be computed")
