from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.lesson_register.services.register import month_of
from odoo.addons.lesson_register.services.source import local

from ...services.attendance.papers import TelegramSource
from ...services.membership import rights
from ...services.membership.departures import Departures
from ...services.membership.roster import ClassRoster


class TelegramClassPageMixin(models.AbstractModel):
    """The page of a class, the same for every school: who may open and change what, its buttons.

    The fields are those of `telegram.chat`.
    """

    _name = "telegram.class.page.mixin"
    _description = "Telegram: page of a class"

    # -- rights ---------------------------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_may_see(self):
        mine = self.sudo().with_context(active_test=False)
        found = mine.search([("id", "in", self.ids), ("may_see", "=", True)])
        for chat in self:
            chat.may_see = chat.id in found.ids

    @api.model
    def _search_may_see(self, operator, value):
        seen = rights.chats_managed(self.env.user, rights.TAUGHT_BY)
        return rights.leaf(seen, operator, value)

    # -- what it shows --------------------------------------------------------------------------

    def _class(self):
        """Return the class, as the chat's user; empty where the chat belongs to none."""
        owner = self.sudo()._owner().with_env(self.env)
        is_class = owner._name in self._class_models()
        return owner if is_class else self.env["telegram.classroom.mixin"]

    @api.depends("name", "res_model", "res_id")
    def _compute_class(self):
        for chat in self:
            record = chat._class().sudo()
            chat.has_class = bool(record)
            chat.title_cut = bool(record and chat.is_wanted) and ClassRoster(record).title_cut()

    @api.depends("roster_ids.question")
    def _compute_gone_count(self):
        for chat in self:
            gone = chat.roster_ids.filtered(lambda row: row.question == "gone")
            chat.gone_count = len(gone)

    # -- its buttons ----------------------------------------------------------------------------

    def action_register(self):
        """Button: the class's register of this month, as a page."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        today = local(fields.Datetime.now(), TelegramSource(self.env).zone(self)).date()
        own = (TelegramSource.address, self.id, *month_of(today))
        url = "%s/register?id=%s&first=%s&last=%s&format=html" % own
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _open(self):
        """Return the action that opens the page of this class; AccessError for users who may not
        see it."""
        self.ensure_one()
        if not self.with_context(active_test=False).search([("id", "=", self.id)]):
            raise AccessError(
                _("This page is for the teachers and supervisors of the class, and the school.")
            )
        return self._window(self.name, self._name, res_id=self.id, views=[(False, "form")])

    def _window(self, name, model, **values):
        """Return the action that opens records of this model."""
        kinds = [kind for _view, kind in values["views"]]
        return dict(
            values,
            type="ir.actions.act_window",
            name=name,
            res_model=model,
            view_mode=",".join(kinds),
        )

    def _seen_class(self):
        """Return the class as superuser; AccessError for users who may not see it."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        record = self._class().sudo()
        if not record:
            raise UserError(_("This group belongs to no class any more."))
        return record

    def action_lessons(self):
        """Button: open the lessons of the class, those to come and those of the last weeks."""
        record = self._seen_class()
        self.env["telegram.lesson"]._make_near(record)
        return self._window(
            _("Lessons: %s") % self.name,
            "telegram.lesson",
            views=[(False, "tree"), (False, "form")],
            domain=[("chat_id", "=", self.id)],
            context={"search_default_near": 1},
        )

    def action_settings(self):
        """Button: open the settings of the class."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        view = self.env.ref("telegram_school.telegram_chat_settings_form")
        return self._window(
            _("Settings: %s") % self.name,
            self._name,
            res_id=self.id,
            views=[(view.id, "form")],
            context={"form_view_initial_mode": "edit"},
        )

    def action_open_record(self):
        """Button: open the school's own record of the class."""
        record = self._seen_class()
        name = record.display_name
        return self._window(name, record._name, res_id=record.id, views=[(False, "form")])

    def action_links(self):
        """Button: print or send the personal links of the students, a QR code for each."""
        self._seen_class()
        own = [("role", "=", "student"), ("status", "=", "in")]
        rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", self.id)] + own)
        partners = rows.mapped("partner_id").with_env(self.env).sorted("name")
        if not partners:
            raise UserError(_("Nobody is enrolled in this class."))
        refused = partners._telegram_refused_links()
        mine = partners.filtered(lambda one: one not in refused)
        if not mine:
            raise AccessError("\n".join(refused[one] for one in partners[:5]))
        notice = "\n".join(refused[one] for one in partners if one in refused)
        return mine._telegram_people_wizard(title=self.name, notice=notice or False)

    def action_put_all_back(self):
        """Button: restore everybody who left at once as members of the class."""
        Departures(self._seen_class().with_user(self.env.user)).answer_all("put_back")
        return True

    def action_ask_meant(self):
        """Button: ask for confirmation that they left on purpose, with their number."""
        agreement = self.env["telegram.agreement"]
        record = self._seen_class()
        chat = Departures(record.with_user(self.env.user)).decidable()
        gone = chat.roster_ids.filtered(lambda row: row.question == "gone").mapped("partner_id")
        if chat.leave_policy == "unenrol":
            question = _("Unenrolled from %s for good: %s.")
        else:
            question = _("They stay enrolled in %s, and out of its group: %s.")
        question = question % (record.display_name, agreement._count(gone))
        return agreement._ask(_("It was meant"), question, self, "action_all_meant")

    def action_all_meant(self):
        """End the enrolments of everybody who left at once: it was meant."""
        Departures(self._seen_class().with_user(self.env.user)).answer_all("meant")
        return True
