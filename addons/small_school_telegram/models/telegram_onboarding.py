from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.telegram_school.services.membership.roster import ClassRoster

#: Length of the test lesson: it begins at once, and ends then if nobody ends it.
LENGTH = timedelta(minutes=15)
#: Time until the call closes once somebody has ended the test.
CLOSES_IN = timedelta(seconds=5)


class TelegramOnboarding(models.AbstractModel):
    """The school's own steps: the first classroom, and a test lesson for oneself."""

    _inherit = "telegram.onboarding"

    @api.model
    def _steps(self):
        """Also return the steps of the first classroom and of the test."""
        steps = super()._steps()
        classrooms = self.env["small_school.classroom"]
        # administrators of Telegram may lack the rights of the school's own groups
        count = classrooms.sudo().search_count(classrooms._telegram_listed())
        steps.insert(
            3,
            {
                "title": _("The first classroom"),
                "text": _("Classrooms so far: %s.") % count
                if count
                else _("Make one, or import your lists."),
                "is_done": bool(count),
                "links": [
                    (_("Classrooms"), "/web#action=small_school.action_classroom"),
                    (_("Import a list"), "/web#action=small_school.action_import"),
                ],
            },
        )
        if classrooms.check_access_rights("create", raise_exception=False):
            steps.append(self._step_test(all(step["is_done"] for step in steps[:3])))
        return steps

    @api.model
    def _test_classroom(self):
        """Return the user's own classroom for the test, even if it is archived; empty before the
        first test."""
        classrooms = self.env["small_school.classroom"].with_context(active_test=False)
        mine = [("id", "in", classrooms._telegram_tests().ids), ("create_uid", "=", self.env.uid)]
        return classrooms.search(mine, limit=1)

    @api.model
    def _step_test(self, is_ready):
        """Return the step of the test lesson, with its parts and buttons. is_ready: the steps
        before are done."""
        classroom = self._test_classroom()
        lesson = classroom.lesson_ids[:1]
        step = {
            "title": _("A test lesson, with yourself alone"),
            "text": _(
                "Makes a classroom with you as its teacher, opens a call in its group on your "
                "phone, and writes the sheet. Nobody else sees it."
            ),
            "is_done": lesson.sheet_state in ("final", "confirmed"),
            "links": [],
            "actions": [],
            "parts": [],
        }
        if not classroom.active:
            if is_ready:
                step["actions"].append((_("Make the test classroom"), "test_begin"))
            else:
                step["text"] += " " + _("First: bot, account, and your own Telegram linked.")
            return step
        chat = classroom.sudo().telegram_chat_id
        states = chat.member_ids.filtered(lambda one: one.partner_id == self.env.user.partner_id)
        is_in = "in" in states.mapped("state")
        is_open = lesson.state in ("open", "held")
        step["parts"] = [
            (_("The group “%s” is there.") % classroom.name, chat.state == "ready"),
            (_("You are in it: the bot has sent you its link, ask to join."), is_in),
            (_("The call is open: join it on your phone."), is_open),
            (_("The sheet says that you were there."), self._was_there(lesson)),
        ]
        if is_in and (not lesson or lesson.state == "cancelled" or step["is_done"]):
            step["actions"].append((_("Open a lesson now"), "test_lesson"))
        if lesson.state == "open" and lesson.stop > fields.Datetime.now() + CLOSES_IN:
            step["actions"].append((_("End the lesson"), "test_end"))
        step["actions"].append((_("Clean up"), "test_clean"))
        if chat.state == "ready" and classroom.telegram_invite_link:
            step["links"].append((_("The group in Telegram"), classroom.telegram_invite_link))
        if lesson:
            address = "/web#id=%s&model=small_school.lesson&view_type=form" % lesson.id
            step["links"].append((_("The lesson and its sheet"), address))
        step["links"].append((_("Look again"), "/telegram/start"))
        return step

    @api.model
    def _was_there(self, lesson):
        """Return whether the final sheet shows the user in the call."""
        mine = lesson.line_ids.filtered(lambda one: one.partner_id == self.env.user.partner_id)
        seen = mine.status in ("present", "late", "left_early", "partial")
        return lesson.sheet_state in ("final", "confirmed") and seen

    @api.model
    def _do_test_begin(self):
        """Make the user's own classroom for the test, with its group."""
        classroom = self._test_classroom()
        me = self.env.user.partner_id
        if classroom:
            classroom.active = True
        else:
            classroom = classroom.create({"name": _("Test classroom"), "telegram_enabled": True})
            classroom.sudo().telegram_chat_id.is_test = True
        classroom.telegram_grace_minutes = 0  # a single person would stay in the call, and wait
        if me not in classroom.assignment_ids.mapped("partner_id"):
            values = {"classroom_id": classroom.id, "partner_id": me.id, "role": "teacher"}
            self.env["small_school.assignment"].create(values)
        ClassRoster(classroom).sync()

    @api.model
    def _do_test_lesson(self):
        """Start a test lesson now."""
        now = fields.Datetime.now()
        self.env["small_school.lesson"].create(
            {
                "classroom_id": self._test_classroom().id,
                "name": _("Test lesson"),
                "teacher_id": self.env.user.partner_id.id,
                "start": now,
                "stop": now + LENGTH,
            }
        )

    @api.model
    def _do_test_end(self):
        lesson = self._test_classroom().lesson_ids[:1]
        lesson.stop = max(fields.Datetime.now(), lesson.start) + CLOSES_IN

    @api.model
    def _do_test_clean(self):
        """Remove the test: lessons and sheets; the classroom's group is emptied."""
        classroom = self._test_classroom()
        if any(lesson.sheet_state == "confirmed" for lesson in classroom.lesson_ids):
            raise UserError(_("The test's sheet is confirmed: unlock it, then clean up."))
        running = classroom.lesson_ids.filtered(lambda lesson: lesson.state == "open")
        running.write({"state": "cancelled"})  # which closes the call; gone with the next test
        rest = classroom.lesson_ids - running
        rest.write({"state": "cancelled"})
        rest.unlink()
        classroom.telegram_archive_policy = "empty"
        classroom.active = False
