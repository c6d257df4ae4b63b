"""The page on which a sheet is filled in by hand, on a phone: its content, and saving. One save can
be repeated any number of times. The page itself is `controllers/sheet.py`."""

from datetime import timedelta

from odoo import _, fields
from odoo.exceptions import UserError

from ...rules.names import plain
from ...rules.sheet_changes import sheet_changes
from ..timetable.lesson_times import local_start
from .sheet import Sheet
from .sheet_by_hand import SheetByHand

#: The statuses that are chosen by hand; the others are observed.
CHOICES = ("present", "absent", "late", "excused")
#: The most minutes late that are accepted.
MOST_LATE = 24 * 60
_ROLES = {"student": 0, "teacher": 1, "supervisor": 2}


class SheetPage:
    """The page of one lesson, for the user of its environment."""

    def __init__(self, lesson):
        lesson.ensure_one()
        self.lesson, self.env = lesson, lesson.env

    def content(self):
        """Return the whole page: the dict of `sheet()`, with

        may_undo: True if “All present” can be taken back; join: the address of the call for the
        user, or empty; again_s: seconds until the page asks again (0: never automatically).
        """
        lesson = self.lesson
        lesson._refresh_sheets()
        return dict(
            self.sheet(),
            may_undo=lesson.may_undo_all_present,
            join=lesson._join_url_for(self.env.user.partner_id),
            again_s=lesson._page_refresh_s(),
        )

    def sheet(self):
        """Return dict(refusal, lines, asked). A line: id (of the person), name, role, status, late
        (minutes), observed (the observation in words, or empty), observed_status, by (who corrected
        it). asked: see `_sheet_questions` of the lesson."""
        lesson = self.lesson
        lines = [self._line(line.partner_id, line, line.role) for line in lesson.line_ids]
        if lesson.sheet_state != "confirmed":
            have_lines = lesson.line_ids.mapped("partner_id")
            lines += [
                self._line(partner, lesson.line_ids.browse(), role)
                for partner, role in Sheet(lesson).people()
                if partner not in have_lines
            ]
        lines.sort(key=lambda line: (_ROLES[line["role"]], plain(line["name"]), line["id"]))
        refusal = SheetByHand(lesson).refusal()
        return {"refusal": refusal, "lines": lines, "asked": lesson._sheet_questions()}

    def _line(self, partner, line, role):
        """Return the dict of one line. line: empty for a person without one."""
        is_observed = line.computed_status not in (False, "unknown")
        return {
            "id": partner.id,
            "name": partner.name or "",
            "role": role,
            "status": line.status or "unknown",
            "late": line.late_minutes,
            "observed": line._status_label(line.computed_status) if is_observed else "",
            "observed_status": line.computed_status if is_observed else "",
            "by": line.corrected_by.sudo().name or "",
        }

    def save(self, changes, reason):
        """Store the choices of the page.

        changes: list of dicts(id: of the person, status: one of CHOICES, late: minutes, was: the
        status that the page showed, all: True if it was chosen by “All present”, and not for this
        person). reason: for a status that differs from the observation. A choice that equals the
        sheet changes nothing. A line that somebody else has changed meanwhile stays as it is.

        Returns the ids of the people of such lines. Raises UserError, and AccessError.
        """
        lesson = self.lesson
        lesson.check_access_rights("write")
        lesson.check_access_rule("write")
        by_hand = SheetByHand(lesson)
        by_hand.check()
        changes = sheet_changes(changes)
        if changes is None:
            raise UserError(_("This sheet has changed: load the page again."))
        Sheet(lesson).prepare()
        lines = {line.partner_id.id: line for line in lesson.line_ids}
        clashes = []
        for change in changes:
            line = lines.get(change["id"])
            is_late_possible = 0 <= change["late"] <= MOST_LATE
            if not line or change["status"] not in CHOICES or not is_late_possible:
                raise UserError(_("This sheet has changed: load the page again."))
            if not self._save_line(line, change, reason):
                clashes.append(line.partner_id.id)
        by_hand.after_filling()
        return clashes

    def _save_line(self, line, change, reason):
        """Write a choice to its line, unless it is an exception from “All present”. Returns False
        if somebody else has changed the line meanwhile."""
        status = change["status"]
        late = change["late"] if status == "late" else 0
        current = line.status or "unknown"
        if (current, line.late_minutes if current == "late" else 0) == (status, late):
            return True
        if change["all"] and current != "unknown":
            return True  # an observation or correction since then is an exception
        if current not in (change["was"], status):
            return False
        values = {"status": status, "late_minutes": late}
        if reason and line._contradicts(status):
            values["correction_reason"] = reason
        line.write(values)
        if change["all"] and status == "present" and not line._contradicts(status):
            line._as_computed().write({"is_all_present": True})
        return True


def lessons_to_fill_in(lessons):
    """Return (today's lessons, lessons of the last week with an empty sheet) of the user as a
    teacher, supervisor or substitute, by each classroom's clock. A lesson that runs beyond midnight
    is today's until it ends. lessons: the model."""
    me = lessons.env.user.partner_id
    now = fields.Datetime.now()
    own = lessons.search(
        [
            *("|", "|", ("classroom_id.assignment_ids.partner_id", "=", me.id)),
            *(("teacher_id", "=", me.id), ("substitute_id", "=", me.id)),
            ("start", ">=", now - timedelta(days=7)),
            ("start", "<=", now + timedelta(days=1)),
            ("state", "!=", "cancelled"),
        ],
        order="start",
    )
    today = own.filtered(
        lambda lesson: (
            lesson.start <= now < lesson.stop
            or local_start(lesson).date() == lesson.sudo().classroom_id._today()
        )
    )
    earlier = (own - today).filtered(
        lambda lesson: (
            lesson.stop < now
            and lesson.sheet_state != "confirmed"
            and all(line.status in (False, "unknown") for line in lesson.line_ids)
        )
    )
    return today, earlier
