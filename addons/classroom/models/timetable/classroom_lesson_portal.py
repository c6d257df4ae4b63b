from datetime import time, timedelta

from odoo import api, fields, models

from ...rules import timetable


class ClassroomLesson(models.Model):
    """Whose lessons a student on the portal sees: those of the time in which they are or were
    enrolled."""

    _inherit = "classroom.lesson"

    is_own = fields.Boolean(
        "One's own as a student", compute="_compute_is_own", search="_search_is_own"
    )

    @api.depends("classroom_id", "start")
    @api.depends_context("uid")
    def _compute_is_own(self):
        own = self.search([("id", "in", self.ids), ("is_own", "=", True)])
        for lesson in self:
            lesson.is_own = lesson in own

    @api.model
    def _search_is_own(self, operator, value):
        """A plain domain, for the record rule: two queries, however many lessons there are."""
        partner = self.env.user.partner_id
        # on whose sheet somebody stands, that lesson they see in any case: their attendance names it
        domain = [("line_ids.partner_id", "=", partner.id)]
        for one in self.env["classroom.enrolment"].sudo().search([("partner_id", "=", partner.id)]):
            first, before = one._span()
            mine = [("classroom_id", "=", one.classroom_id.id), ("start", ">=", first)]
            if before:
                mine.append(("start", "<", before))
            domain = ["|"] + domain + ["&"] * (len(mine) - 1) + mine
        is_wanted = (operator == "=") == bool(value)
        return domain if is_wanted else ["!"] + domain


class ClassroomEnrolment(models.Model):
    _inherit = "classroom.enrolment"

    def _span(self):
        """From when until before when (naive UTC; None: not over) lessons are of the enrolment's
        time, by the classroom's clock. Who is blocked sees none to come; when that was is not
        known."""
        self.ensure_one()
        zone = self.classroom_id.tz or "UTC"
        first = timetable.utc(self.date_from, time.min, zone)
        ends = []
        if self.date_to:
            ends.append(timetable.utc(self.date_to + timedelta(days=1), time.min, zone))
        if self.state != "active" and self.ended_at:
            ends.append(self.ended_at)
        if self.state != "active" and not ends:
            ends.append(fields.Datetime.now())
        return first, min(ends) if ends else None
