import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.telegram_base.rules.text import LARGEST_TG_ID, number

from ...services.attendance.channels import LessonChannels
from ...services.attendance.guests import LessonGuests
from ...services.attendance.sheet import LessonSheet
from ...services.attendance.timeline import Timeline
from ...services.calls import lesson_page
from ...services.calls.joining import Joining
from ...services.calls.log import LessonLog

#: Who works at the school: families read the rows of lessons, and none of this.
_STAFF = "base.group_user"


class TelegramLessonPageMixin(models.AbstractModel):
    """The page of a lesson, the same for every school. It is read when it is opened, from the
    school's record and by the services.

    The model has `res_model`, `res_id`, `name` and `may_see`.
    """

    _name = "telegram.lesson.page.mixin"
    _description = "Telegram: page of a lesson"

    class_name = fields.Char("Class", compute="_compute_head")
    local_time = fields.Char("Time", compute="_compute_head", help="By the clock of the class.")
    time_zone = fields.Char("Time zone", compute="_compute_head")
    call_state = fields.Selection(
        [
            (lesson_page.TO_COME, "To come"),
            (lesson_page.RUNNING, "Open"),
            (lesson_page.OVER, "Over"),
            (lesson_page.NONE, "None"),
            (lesson_page.CANCELLED, "Cancelled"),
        ],
        "State of the call",
        compute="_compute_call",
    )
    call_text = fields.Char("Call", compute="_compute_call")
    join_url = fields.Char("Link into the call", compute="_compute_join_url")
    may_see_class = fields.Boolean(compute="_compute_may_see_class", groups=_STAFF)
    is_locked = fields.Boolean("Sheet confirmed", compute="_compute_sheet", groups=_STAFF)
    has_own_sheet = fields.Boolean(
        "The school has a sheet of its own", compute="_compute_sheet", groups=_STAFF
    )
    attendance_ids = fields.One2many(
        "telegram.attendance", "lesson_id", "The sheet as observed", readonly=True, groups=_STAFF
    )
    differences = fields.Text("Computed now", compute="_compute_differences", groups=_STAFF)
    timeline = fields.Text("Timeline", compute="_compute_timeline", groups=_STAFF)
    channels = fields.Text("Took part as channels", compute="_compute_channels", groups=_STAFF)
    guest_ids = fields.Many2many(
        "telegram.member", string="Guests", compute="_compute_guests", groups=_STAFF
    )
    call_ids = fields.Many2many(
        "telegram.call", string="Calls", compute="_compute_calls", groups=_STAFF
    )
    presence_ids = fields.Many2many(
        "telegram.presence", string="As it was seen", compute="_compute_calls", groups=_STAFF
    )
    log = fields.Html("The clock", compute="_compute_log", sanitize=False, groups=_STAFF)
    recording = fields.Char(
        "Recording",
        compute="_compute_log",
        groups=_STAFF,
        help="Where Telegram has put the recording of the call.",
    )

    def _lesson(self):
        """Return the school's record of this row, as the row's user; empty if it, or its module, is
        gone."""
        self.ensure_one()
        if self.sudo().res_model in self.env:
            return self.env[self.sudo().res_model].browse(self.sudo().res_id).exists()
        return self.env["telegram.lesson.mixin"]

    def _known(self):
        """Return [(row, the school's record as superuser)] of the rows whose lesson is there."""
        known = []
        for row in self:
            lesson = row._lesson().sudo()
            if lesson:
                known.append((row, lesson))
        return known

    @api.depends_context("lang")
    def _compute_head(self):
        self.update({"class_name": False, "local_time": False, "time_zone": False})
        for row, lesson in self._known():
            row.class_name = lesson._telegram_classroom().display_name
            row.local_time = lesson_page.LessonPage(lesson).when()
            row.time_zone = lesson._telegram_classroom()._telegram_tz()

    @api.depends_context("lang")
    def _compute_call(self):
        self.update({"call_state": False, "call_text": False})
        for row, lesson in self._known():
            row.call_state, row.call_text = lesson_page.LessonPage(lesson).call()

    @api.depends_context("uid")
    def _compute_join_url(self):
        self.update({"join_url": False})
        for row, lesson in self._known():
            row.join_url = Joining(lesson).link(self.env.user.partner_id)

    @api.depends_context("uid")
    def _compute_may_see_class(self):
        chats = self.env["telegram.chat"].with_context(active_test=False)
        seen = chats.search([("id", "in", self.sudo().mapped("chat_id").ids)])
        for row in self:
            row.may_see_class = row.sudo().chat_id in seen

    def _compute_sheet(self):
        self.update({"is_locked": False, "has_own_sheet": False})
        for row, lesson in self._known():
            row.is_locked = lesson._telegram_sheet_is_locked()
            row.has_own_sheet = bool(lesson._telegram_sheet_field)

    @api.depends_context("lang")
    def _compute_differences(self):
        self.update({"differences": ""})
        for row, lesson in self._known():
            if lesson._telegram_sheet_is_locked():
                row.differences = LessonSheet(lesson).differences_text()

    @api.depends_context("lang")
    def _compute_timeline(self):
        self.update({"timeline": False})
        for row, lesson in self._known():
            row.timeline = Timeline(lesson).draw()

    @api.depends_context("lang")
    def _compute_channels(self):
        self.update({"channels": False})
        for row, lesson in self._known():
            asked = LessonChannels(lesson).asked()
            row.channels = asked and json.dumps(asked)

    @api.depends_context("uid")
    def _compute_guests(self):
        self.update({"guest_ids": False})
        for row, lesson in self._known():
            guests = LessonGuests(lesson).members().with_user(self.env.user)
            row.guest_ids = guests._filter_access_rules("read")

    @api.depends_context("uid")
    def _compute_calls(self):
        self.update({"call_ids": False, "presence_ids": False})
        for row, lesson in self._known():
            # a substitute sees the sheet, not what else happened in the group
            calls = lesson_page.LessonPage(lesson).calls().with_user(self.env.user)
            row.call_ids = calls._filter_access_rules("read")
            row.presence_ids = row.call_ids.mapped("presence_ids")

    @api.depends_context("lang")
    def _compute_log(self):
        self.update({"log": False, "recording": False})
        for row, lesson in self._known():
            log = LessonLog(lesson)
            commands = log.rows()
            row.log = log.html(commands)
            if any(one.state == "done" and one._result().get("recorded") for one in commands):
                row.recording = log.recording_place()

    # -- its buttons ----------------------------------------------------------------------------

    def _open(self):
        """Return the action that opens this lesson's page; AccessError for users who may not see
        it."""
        self.ensure_one()
        if not self.search([("id", "=", self.id)]):
            raise AccessError(
                _("This page is for the teachers and supervisors of the class, and the school.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.sudo().name or _("Lesson"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _taught(self):
        """Return the school's record as superuser; AccessError unless the user teaches or
        supervises the class now, gives the lesson, or manages the school."""
        self.ensure_one()
        self.check_access_rights("read")
        if not (self.env.su or self.may_see):
            raise AccessError(_("Only who gives the lesson, or runs the class, may do this."))
        return self._lesson().sudo()

    def action_live(self):
        """Return the picture, which the open page of a running lesson asks for. Its `data-live`
        changes whenever the lines of the sheet have changed."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        if not self.env.user.has_group(_STAFF):
            raise AccessError(_("This page is for the teachers and supervisors of the class."))
        lesson = self._lesson().sudo()
        Timeline(lesson).look()
        return Timeline(lesson).draw()

    def action_channel(self, channel, who):
        """Record who took part as this channel (its Telegram id). who: the id of a res.partner who
        is on the lesson's sheet, "other" for anybody else, False to take the answer back.

        The sheet is computed again at once. Returns the questions that are open now, as `channels`.
        Raises UserError for a locked sheet, and for a channel or person that is not of the lesson.
        """
        LessonChannels(self._taught()).say(number(channel, LARGEST_TG_ID), who)
        self.invalidate_cache(["channels"])
        return self.sudo().channels

    def action_refresh(self):
        """Button: compute the sheet from what is known now."""
        lesson = self._taught()
        if LessonSheet(lesson).is_forgotten():
            raise UserError(
                _(
                    "What was seen of this lesson is no longer kept, so its sheet cannot be computed "
                    "anew. Correct its lines by hand."
                )
            )
        LessonSheet(lesson).refresh()
        return True

    def action_join(self):
        """Button: open the call's group in Telegram."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        if not self.join_url:
            raise UserError(_("There is no call to join at the moment."))
        return {"type": "ir.actions.act_url", "url": self.join_url, "target": "new"}

    def action_class(self):
        """Button: open the page of the class."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        return self.sudo().chat_id.with_env(self.env)._open()

    def action_open_record(self):
        """Button: open the school's own record of the lesson."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        lesson = self._lesson()
        if not lesson:
            raise UserError(_("The school has deleted this lesson."))
        return {
            "type": "ir.actions.act_window",
            "res_model": lesson._name,
            "res_id": lesson.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
