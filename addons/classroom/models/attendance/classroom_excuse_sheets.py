from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import html_escape


class ClassroomExcuse(models.Model):
    """What an excuse does in the sheets, and how long it is kept."""

    _inherit = "classroom.excuse"

    # -- in the sheets --------------------------------------------------------------------------

    @api.model
    def _covering(self, lesson):
        """{student: the accepted excuse that covers this lesson}; days are by its classroom's
        clock."""
        day = lesson._local_start().date()
        found = self.search(
            [
                ("state", "=", "accepted"),
                ("company_id", "=", lesson.sudo().company_id.id),
                "|",
                ("lesson_id", "=", lesson.id),
                *("&", "&", ("lesson_id", "=", False)),
                *(("date_from", "<=", day), ("date_to", ">=", day)),
            ]
        )
        return {one.partner_id: one for one in found}

    def _covers(self, lesson):
        """Whether the excuse is for this lesson: the same as `_covering` asks of all of them."""
        if self.lesson_id:
            return lesson == self.lesson_id
        is_of_school = lesson.sudo().company_id == self.company_id
        return is_of_school and self.date_from <= lesson._local_start().date() <= self.date_to

    def _put_in(self):
        """Excuse the student in the sheets that there are; those to come ask for it themselves."""
        lines = self.env["classroom.attendance"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("role", "=", "student"),
                ("start", ">=", self.date_from - timedelta(days=1)),
                ("start", "<", self.date_to + timedelta(days=2)),
            ]
        )
        covered = lines.filtered(lambda line: self._covers(line.lesson_id))
        locked = covered.filtered(lambda line: line.lesson_id.sheet_state == "confirmed")
        for lesson in locked.filtered(lambda line: not line.is_excused).mapped("lesson_id"):
            said = self.with_context(lang=lesson.classroom_id.lang)
            lesson._message_log(body=html_escape(said._locked_text()))
        (covered - locked).mapped("lesson_id")._sheet_changed()

    def _locked_text(self):
        return (
            _(
                "An excuse of %s was accepted. This sheet is confirmed and stays as it is: unlock it to "
                "take the excuse over."
            )
            % self.partner_id.name
        )

    def _take_out(self):
        """What this excuse has excused is as it was observed; confirmed sheets stay."""
        lines = self.sudo().mapped("line_ids")
        lines = lines.filtered(lambda line: line.lesson_id.sheet_state != "confirmed")
        for line in lines:
            observed = line.computed_status if line.computed_status != "excused" else "unknown"
            values = {"is_excused": False, "excuse_id": False, "status": observed or "unknown"}
            line._computed().write(values)
        lines.mapped("lesson_id")._sheet_changed()

    # -- forgetting -----------------------------------------------------------------------------

    @api.model
    def _cron_forget(self):
        """Each night: what families told of what is long over goes; that somebody was excused
        stays."""
        for company in self.env["res.company"].sudo().search([("classroom_excuse_days", ">", 0)]):
            before = fields.Date.today() - timedelta(days=company.classroom_excuse_days)
            old = self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("date_to", "<", before),
                    ("state", "!=", "asked"),
                    *("|", "|", ("reason", "!=", False)),
                    *(("answer", "!=", False), ("has_document", "=", True)),
                ]
            )
            old.write({"document": False, "reason": False, "answer": False})
