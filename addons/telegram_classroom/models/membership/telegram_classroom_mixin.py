from odoo import _, api, fields, models

from odoo.addons.telegram_base.beside import each

from ...rules import settings
from ...services.calls.clock import LessonClock
from ...services.membership.admission import Admission
from ...services.membership.departures import Departures
from ...services.membership.questions import Questions
from ...services.membership.roster import ClassRoster

_GROUPS = "telegram_base.group_user"


class TelegramClassroomMixin(models.AbstractModel):
    """A record that is taught in a Telegram group: a classroom, a course, a section.

    An adapter inherits it and overrides the hooks: who belongs, how the group is called, how a
    person is enrolled and unenrolled. Nothing of ours is stored on the school's table: settings
    stand on the chat, and the fields here show them.
    """

    _name = "telegram.classroom.mixin"
    _inherit = ["telegram.adapter.mixin", "telegram.classroom.settings.mixin"]
    _description = "Classroom with a Telegram group"
    #: Own fields of the adapter's model whose change concerns the group or its texts.
    _telegram_watched = ("name", "active")
    telegram_chat_id = fields.Many2one(
        "telegram.chat",
        "Telegram group",
        compute="_compute_telegram_chat_id",
        search="_search_telegram_chat_id",
    )

    def _telegram_title(self):
        """The group's title; cut at 128 characters by the caller."""
        return self.display_name

    def _telegram_people(self):
        """Who belongs, today: list of dicts(person: one record of res.partner or of another model of
        people (also under `partner`), role: `student` | `teacher` | `supervisor`, status: `in` |
        `out` | `banned`, reason: text or False, since and until: naive UTC or False). An empty
        record is left out. Whoever was listed and is no longer is turned to `out`. Whose `since` is
        still to come is not in the group before; a teacher's rights begin at that very moment."""
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

    def _telegram_lang(self):
        """Language of what is said in the group."""
        return self.lang if "lang" in self._fields else False

    def _telegram_tz(self):
        """Time zone of what is said in the group: the class's, else that of its company's contact."""
        own = self.tz if "tz" in self._fields else False
        company = self.company_id if "company_id" in self._fields else False
        company = (company or self.env.company).sudo()
        return own or company.partner_id.tz or self.env.user.tz or "UTC"

    @api.model
    def _telegram_listed(self):
        """Hook for adapters: domain of the records that may be given a group on the page of the
        first steps."""
        return []

    # -- settings, which stand on the chat ------------------------------------------------------

    def _compute_telegram_chat_id(self):
        rows = self.env["telegram.chat"]._rows_of(self)
        for record in self:
            chat = rows.get(record.id)
            record.telegram_chat_id = chat and chat._with_group()

    @api.model
    def _search_telegram_chat_id(self, operator, value):
        return self.env["telegram.chat"]._domain_of_owners(self, operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        parts = [settings.split(vals) for vals in vals_list]
        # lines that are made with a class bring it up to date, too: not before it has its chat
        creating = self.with_context(telegram_creating=True)
        records = super(TelegramClassroomMixin, creating).create([own for own, _ours in parts])
        records = records.with_env(self.env)
        for record, (_own, ours) in zip(records, parts):
            ClassRoster(record).make_chat(ours)
        ClassRoster(records).sync()
        return records

    def write(self, vals):
        own, ours = settings.split(vals)
        result = super().write(own) if own or not ours else True
        if ours:
            self.check_access_rights("write")
            self.check_access_rule("write")
            for record in self:
                ClassRoster(record).set_up(ours)
        if ours or set(self._telegram_watched) & set(own):
            ClassRoster(self).sync()
            LessonClock(ClassRoster(self).lessons()).write_commands()
        return result

    def unlink(self):
        rows = self.env["telegram.chat"]._rows_of(self)
        chats = self.env["telegram.chat"].sudo().union(*rows.values())
        LessonClock(ClassRoster(self).lessons()).cancel_commands()
        result = super().unlink()
        chats._let_go()
        return result

    @api.model
    def _telegram_models(self):
        """Models that inherit this mixin and have a table."""
        names = sorted(self.env.registry.descendants(["telegram.classroom.mixin"], "_inherit"))
        models_ = [self.env[name] for name in names]
        return [model for model in models_ if not model._abstract and not model._transient]

    @api.model
    def _cron_telegram_rosters(self):
        """Dates that arrive, and changes that no hook saw: compute all rosters again."""
        self.env["telegram.school.person"]._sweep()
        for model in self._telegram_models():
            records = model.sudo().with_context(active_test=False).search([])
            each(
                records,
                lambda record: ClassRoster(record).sync(),
                "Roster of %s could not be computed",
            )

    def _telegram_managers(self):
        """Hook for adapters: the school's managers, who are asked where a class has nobody with a
        login. Here: the administrators of Telegram, else of Odoo."""
        for group in ("telegram_base.group_manager", "base.group_system"):
            users = Questions(self).users_of(group)
            if users:
                return users
        return self.env.ref("base.user_admin")

    def _telegram_reinstate(self, partner):
        """Take back that `partner` was unenrolled a moment ago, since they went. Extend it where the
        former enrolment can be had back; else they are enrolled anew."""
        return self._telegram_enrol(partner, self.env["telegram.inbox"])

    def action_telegram_put_all_back(self):
        """Button: all those who went at once belong to the class as before."""
        Departures(self).answer_all("put_back")

    def action_telegram_ask_meant(self):
        """Button: ask whether it was meant that they went, with how many they are."""
        self.ensure_one()
        agreement = self.env["telegram.agreement"]
        chat = Departures(self).decidable()
        gone = chat.roster_ids.filtered(lambda row: row.question == "gone").mapped("partner_id")
        if chat.leave_policy == "unenrol":
            question = _("Unenrolled from %s for good: %s.")
        else:
            question = _("They stay enrolled in %s, and out of its group: %s.")
        question = question % (self.sudo().display_name, agreement._count(gone))
        return agreement._ask(_("It was meant"), question, self, "action_telegram_all_meant")

    def action_telegram_all_meant(self):
        """It was meant that they went; their enrolments end."""
        Departures(self).answer_all("meant")

    def _telegram_past(self, chat, partner):
        """Why this person does not belong to the class today although it knows them: (UNENROLLED,
        OVER, EARLY or ARCHIVED of the rules, date or None, what somebody wrote about it or False);
        None: it never had them. Extend it where more is known than the roster."""
        return Admission(self).past_by_roster(chat, partner)

    telegram_state_text = fields.Char("Group", compute="_compute_telegram_group")
    telegram_invite_link = fields.Char("Link", compute="_compute_telegram_group")
    telegram_member_ids = fields.Many2many(
        "telegram.member", string="People", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_in_count = fields.Integer(
        "In the group", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_waiting_count = fields.Integer(
        "Waiting", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_decide_count = fields.Integer(
        "To decide", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_held_count = fields.Integer(
        "Removals to be confirmed", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_gone_count = fields.Integer(
        "Went at once", compute="_compute_telegram_people", groups=_GROUPS
    )
    telegram_unseen_names = fields.Char(
        "Not looked at yet", compute="_compute_telegram_people", groups=_GROUPS
    )

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_group(self):
        chats = self.sudo().mapped("telegram_chat_id")
        chats.invalidate_cache(["state", "state_text", "invite_link"], chats.ids)
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_state_text = chat.state_text
            record.telegram_invite_link = chat.invite_link

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_people(self):
        chats = self.sudo().mapped("telegram_chat_id")
        chats.invalidate_cache(["member_ids", "roster_ids", "in_count"], chats.ids)
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_member_ids = chat.member_ids._in_order()
            record.telegram_in_count = chat.in_count
            record.telegram_waiting_count = chat.waiting_count
            record.telegram_decide_count = chat.decide_count
            record.telegram_held_count = chat.held_count
            gone = chat.roster_ids.filtered(lambda row: row.question == "gone")
            record.telegram_gone_count = len(gone)
            record.telegram_unseen_names = chat.unseen_names

    def action_telegram_ask_removals(self):
        """Button: ask whether the people shown as held are to be removed, with how many and whom."""
        return Departures(self).decidable().action_ask_removals()

    def action_telegram_allow_removals(self):
        """The people shown as held may be removed, they and no others."""
        return Departures(self).decidable().action_allow_removals()
