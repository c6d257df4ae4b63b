"""Accepted excuses in the sheets of the lessons that they cover. New sheets look their excuses up
when they are made (`accepted_excuses`)."""

from datetime import timedelta

from odoo import _
from odoo.tools import html_escape

from ..timetable.lesson_times import local_start


def accepted_excuses(lesson):
    """Return {student: the accepted excuse that covers the lesson}; days are by its classroom's
    clock."""
    day = local_start(lesson).date()
    excuses = lesson.env["small_school.excuse"].sudo()
    covering = excuses.search(
        [
            ("state", "=", "accepted"),
            ("company_id", "=", lesson.sudo().company_id.id),
            "|",
            ("lesson_id", "=", lesson.id),
            *("&", "&", ("lesson_id", "=", False)),
            *(("date_from", "<=", day), ("date_to", ">=", day)),
        ]
    )
    return {excuse.partner_id: excuse for excuse in covering}


class ExcuseSheets:
    """One excuse, as superuser, in the sheets of its student."""

    def __init__(self, excuse):
        excuse.ensure_one()
        self.excuse, self.env = excuse, excuse.env

    def apply(self):
        """Excuse the student in the sheets that exist; a confirmed one only gets a note."""
        excuse = self.excuse
        lines = self.env["small_school.attendance"].search(
            [
                ("partner_id", "=", excuse.partner_id.id),
                ("role", "=", "student"),
                # by UTC, with a day more on both sides for the classrooms' clocks
                ("start", ">=", excuse.date_from - timedelta(days=1)),
                ("start", "<", excuse.date_to + timedelta(days=2)),
            ]
        )
        covered = lines.filtered(lambda line: self._covers(line.lesson_id))
        locked = covered.filtered(lambda line: line.lesson_id.sheet_state == "confirmed")
        for lesson in locked.filtered(lambda line: not line.is_excused).mapped("lesson_id"):
            in_its_language = excuse.with_context(lang=lesson.classroom_id.lang)
            text = ExcuseSheets(in_its_language)._locked_text()
            lesson._message_log(body=html_escape(text))
        (covered - locked).mapped("lesson_id")._sheet_changed()

    def revoke(self):
        """Restore the observed status of the lines that this excuse excused; confirmed sheets stay
        as they are."""
        lines = self.excuse.sudo().line_ids
        lines = lines.filtered(lambda line: line.lesson_id.sheet_state != "confirmed")
        for line in lines:
            observed = line.computed_status if line.computed_status != "excused" else "unknown"
            values = {"is_excused": False, "excuse_id": False, "status": observed or "unknown"}
            line._as_computed().write(values)
        lines.mapped("lesson_id")._sheet_changed()

    def _covers(self, lesson):
        """Return whether the excuse is for this lesson, by the same criteria as
        `accepted_excuses`."""
        excuse = self.excuse
        if excuse.lesson_id:
            return lesson == excuse.lesson_id
        is_of_school = lesson.sudo().company_id == excuse.company_id
        return is_of_school and excuse.date_from <= local_start(lesson).date() <= excuse.date_to

    def _locked_text(self):
        """Return the note for a confirmed sheet that does not follow the excuse."""
        return (
            _(
                "An excuse of %s was accepted. This sheet is confirmed and stays as it is: unlock it to "
                "take the excuse over."
            )
            % self.excuse.partner_id.name
        )
