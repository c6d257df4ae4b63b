"""The test lesson: an administrator's own class, a call in its group, and the sheet, without a
model of the school's."""

from datetime import timedelta

from odoo import _, fields

from ..membership.roster import ClassRoster
from .joining import Joining

#: Length of the test lesson: it begins at once, and ends then if nobody ends it.
LENGTH = timedelta(minutes=15)
#: Time until the call closes once somebody has ended the test.
CLOSES_IN = timedelta(seconds=5)
#: Statuses of somebody who was seen in the call.
SEEN = ("present", "late", "left_early", "partial")


class Trial:
    """The test of the user who asks. Works as superuser on what is theirs alone: administrators of
    Telegram need no rights of the school's."""

    def __init__(self, env):
        self.env = env
        self.me = env.user.partner_id

    def classroom(self):
        """Return the user's own class for the test, even if it is archived; empty before the first
        test."""
        classes = self.env["telegram.trial.class"].sudo().with_context(active_test=False)
        return classes.search([("teacher_id", "=", self.me.id)], order="id desc", limit=1)

    def lessons(self):
        """Return the lessons of the test, the latest first."""
        own = [("class_id", "=", self.classroom().id)]
        return self.env["telegram.trial.lesson"].sudo().search(own)

    def step(self, is_ready):
        """Return the step of the test lesson, with its parts and buttons, as `_steps` of
        `telegram.onboarding` wants it. is_ready: the steps before are done."""
        classroom, lesson = self.classroom(), self.lessons()[:1]
        row = self.env["telegram.lesson"].sudo().browse(lesson.telegram_row_id.id)
        step = {
            "title": _("A test lesson, with yourself alone"),
            "text": _(
                "Makes a class with you as its teacher, opens a call in its group on your phone, "
                "and writes the sheet. Nobody else sees it."
            ),
            "is_done": row.sheet_state == "final",
            "links": [],
            "actions": [],
            "parts": [],
        }
        if not classroom.active:
            if is_ready:
                step["actions"].append((_("Make the test class"), "test_begin"))
            else:
                step["text"] += " " + _("First: bot, account, and your own Telegram linked.")
            return step
        chat = classroom.telegram_chat_id
        mine = chat.member_ids.filtered(lambda one: one.partner_id == self.me)
        is_in = "in" in mine.mapped("state")
        is_opened = bool(lesson) and not lesson.is_cancelled and Joining(lesson).is_opened()
        step["parts"] = [
            (_("The group “%s” is there.") % classroom.name, chat.state == "ready"),
            (_("You are in it: the bot has sent you its link, ask to join."), is_in),
            (_("The call is open: join it on your phone."), is_opened),
            (_("The sheet says that you were there."), self._was_there(row)),
        ]
        if is_in and (not lesson or lesson.is_cancelled or step["is_done"]):
            step["actions"].append((_("Open a lesson now"), "test_lesson"))
        if is_opened and lesson.stop > fields.Datetime.now() + CLOSES_IN:
            step["actions"].append((_("End the lesson"), "test_end"))
        step["actions"].append((_("Clean up"), "test_clean"))
        if chat.state == "ready" and chat.invite_link:
            step["links"].append((_("The group in Telegram"), chat.invite_link))
        if row:
            address = "/web#id=%s&model=telegram.lesson&view_type=form" % row.id
            step["links"].append((_("The lesson and its sheet"), address))
        step["links"].append((_("Look again"), "/telegram/start"))
        return step

    def _was_there(self, row):
        """Return whether the final sheet shows the user in the call. row: of the lesson."""
        own = [("lesson_id", "=", row.id), ("partner_id", "=", self.me.id)]
        line = self.env["telegram.attendance"].sudo().search(own)
        return row.sheet_state == "final" and line.status in SEEN

    def begin(self):
        """Make the user's own class, with its group."""
        classroom = self.classroom()
        if classroom:
            classroom.write({"active": True, "telegram_enabled": True})
        else:
            classroom = classroom.create(
                {
                    "name": _("Test class"),
                    "teacher_id": self.me.id,
                    "lang": self.env.lang,
                    "tz": self.env.user.tz,
                    "company_id": self.env.company.id,
                    "telegram_enabled": True,
                }
            )
        classroom.telegram_grace_minutes = 0  # a single person would stay in the call, and wait
        ClassRoster(classroom).sync()

    def open_lesson(self):
        """Begin a lesson now."""
        now = fields.Datetime.now()
        values = {"class_id": self.classroom().id, "name": _("Test lesson")}
        self.lessons().create(dict(values, start=now, stop=now + LENGTH))

    def end_lesson(self):
        """End the lesson, and its call a moment later."""
        lesson = self.lessons()[:1]
        lesson.stop = max(fields.Datetime.now(), lesson.start) + CLOSES_IN

    def clean(self):
        """Remove lessons and sheets, empty the group, and archive the class."""
        lessons = self.lessons()
        running = lessons.filtered(
            lambda one: one.stop > fields.Datetime.now() and Joining(one).is_opened()
        )
        # which closes the call; gone with the next test
        lessons.write({"is_cancelled": True})
        (lessons - running).unlink()
        self.classroom().write({"telegram_archive_policy": "empty"})
        self.classroom().active = False
