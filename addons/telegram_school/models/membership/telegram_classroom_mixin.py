from odoo import _, api, fields, models

from ...rules import bounds, settings
from ...services.calls.clock import LessonClock
from ...services.membership.admission import Admission
from ...services.membership.due import RostersDue
from ...services.membership.questions import Questions
from ...services.membership.roster import ClassRoster


class TelegramClassroomMixin(models.AbstractModel):
    """A record that is taught in a Telegram group: a classroom, a course, a section.

    An adapter inherits it and overrides the hooks: who belongs, the group's title, how a person is
    enrolled and unenrolled. Nothing of ours is stored on the school's table: settings are on the
    chat, and the fields here show them.
    """

    _name = "telegram.classroom.mixin"
    _inherit = ["telegram.adapter.mixin", "telegram.classroom.settings.mixin"]
    _description = "Classroom with a Telegram group"
    #: Own fields of the adapter's model whose change affects the group or its texts.
    _telegram_watched = ("name", "active")
    telegram_chat_id = fields.Many2one(
        "telegram.chat",
        "Telegram group",
        compute="_compute_telegram_chat_id",
        search="_search_telegram_chat_id",
    )

    telegram_own_chat_id = fields.Many2one(
        "telegram.chat",
        "Settings",
        compute="_compute_telegram_own_chat_id",
        help="With or without a group.",
    )

    def _telegram_title(self):
        """Return the group's title; the caller cuts it at 128 characters."""
        return self.display_name

    def _telegram_people(self, partners=None):
        """Return who belongs: list of dicts. partners: the people (res.partner) that are asked
        for; entries of others do no harm, so it may be ignored; None: everybody.

        Keys: person (one record of res.partner or of another model of people; also under
        `partner`), role (`student`, `teacher` or `supervisor`), status (`in`, `out` or `banned`),
        reason (text or False), since and until (naive UTC or False). An empty record is left out.
        People who were listed and no longer are become `out`. Before their `since` people are not
        let into the group; the rights of a teacher begin at that very moment.
        """
        return []

    def _telegram_changed_people(self):
        """Return the people (res.partner) whose place may differ from the roster; None: anybody's.
        Override it if the database finds them: nobody else is read then when a class is
        restored, and by the cron."""
        return None

    def _telegram_enrol(self, partner, fact):
        """Enrol `partner`, who came into the group; the `fact` is empty if a person decided so in a
        review of the group. Returns False if that is not possible: then a person is asked."""
        return False

    def _telegram_unenrol(self, partner, fact):
        """End the enrolment of `partner`, who left the group or was removed by somebody; the `fact`
        is empty if a person decided so in a review of the group. Returns False if that is not
        possible: then a person is told."""
        return False

    def _telegram_is_blocked(self, partner):
        """Hook: return whether the school has blocked `partner`, who then must not come in at all,
        wherever they are enrolled. Extend it with super(). Logins and archived contacts block
        nobody. Call `res.partner._telegram_follow()` whenever the answer may change."""
        return False

    def action_archive(self):
        """Ask first, with the number of people, if archiving empties a group."""
        chats = self.sudo().mapped("telegram_chat_id")
        emptied = chats.filtered(lambda chat: chat.active and chat.archive_policy == "empty")
        people = sum(emptied.mapped("in_count"))
        if not people or self.env.context.get("telegram_agreed"):
            return super().action_archive()
        question = _("Archived, %s has an empty Telegram group. People who are put out of it: %s.")
        question = question % (", ".join(emptied.mapped("name")), people)
        return self.env["telegram.agreement"]._ask(_("Archive"), question, self, "action_archive")

    def _telegram_lang(self):
        """Return the language of messages in the group."""
        return self.lang if "lang" in self._fields else False

    def _telegram_tz(self):
        """Return the time zone of messages in the group: the class's, else that of its company's
        contact."""
        own = self.tz if "tz" in self._fields else False
        company = self.company_id if "company_id" in self._fields else False
        company = (company or self.env.company).sudo()
        return own or company.partner_id.tz or self.env.user.tz or "UTC"

    @api.model
    def _telegram_listed(self):
        """Hook for adapters: return the domain of the records that may be given a group on the page
        of the first steps."""
        return []

    # -- settings, stored on the chat ------------------------------------------------------------

    def _compute_telegram_own_chat_id(self):
        rows = self.env["telegram.chat"]._rows_of(self)
        for record in self:
            record.telegram_own_chat_id = rows.get(record.id, False)

    def _compute_telegram_chat_id(self):
        for record in self:
            record.telegram_chat_id = record.sudo().telegram_own_chat_id._with_group()

    @api.model
    def _search_telegram_chat_id(self, operator, value):
        return self.env["telegram.chat"]._domain_of_owners(self, operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        parts = [settings.split(vals) for vals in vals_list]
        # lines that are created with a class bring it up to date, too, but only once it has its
        # chat
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
        watched = set(self._telegram_watched) & set(own)
        if watched == {"active"}:
            ClassRoster(self).switch()
        elif watched:
            ClassRoster(self).sync()
        if watched:
            # nobody waits for what is far ahead: the clock's cron comes to it within minutes
            span = bounds.SOON if watched == {"active"} else bounds.HORIZON
            LessonClock(ClassRoster(self).lessons(span)).write_commands()
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
        """Return the models that inherit this mixin and have a table."""
        names = sorted(self.env.registry.descendants(["telegram.classroom.mixin"], "_inherit"))
        models_ = [self.env[name] for name in names]
        return [model for model in models_ if not model._abstract and not model._transient]

    @api.model
    def _cron_telegram_rosters(self):
        """Compute the rosters that may change, for dates that arrived and changes that no hook
        saw."""
        self.env["telegram.school.person"]._sweep()
        for model in self._telegram_models():
            RostersDue(model.sudo()).compute()

    def _telegram_managers(self):
        """Hook for adapters: return the school's managers, who are asked if nobody of a class has a
        login. By default the administrators of Telegram, else of Odoo."""
        for group in ("telegram_base.group_manager", "base.group_system"):
            users = Questions(self).users_of(group)
            if users:
                return users
        return self.env.ref("base.user_admin")

    def _telegram_reinstate(self, partner):
        """Undo that `partner` was just unenrolled for leaving the group. Extend it if the former
        enrolment can be restored; by default they are enrolled again."""
        return self._telegram_enrol(partner, self.env["telegram.inbox"])

    def _telegram_past(self, chat, partner):
        """Return why this person does not belong to the class today although it knows them:
        (UNENROLLED, OVER, EARLY or ARCHIVED of `rules.admission`, date or None, a person's remark
        or False). None: the class never had them. Extend it if the school knows more than the
        roster."""
        return Admission(self).past_by_roster(chat, partner)

    telegram_state_text = fields.Char("Group", compute="_compute_telegram_group")
    telegram_invite_link = fields.Char("Link", compute="_compute_telegram_group")

    @api.depends("telegram_chat_id")
    @api.depends_context("lang")
    def _compute_telegram_group(self):
        chats = self.sudo().mapped("telegram_chat_id")
        chats.invalidate_cache(["state", "state_text", "invite_link"], chats.ids)
        for record in self:
            chat = record.sudo().telegram_chat_id
            record.telegram_state_text = chat.state_text
            record.telegram_invite_link = chat.invite_link

    def action_telegram_class(self):
        """Button: open the page of the class, for whoever may see it."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        return ClassRoster(self.sudo()).known_chat().with_env(self.env)._open()
