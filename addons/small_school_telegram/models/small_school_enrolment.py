from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet


class ClassroomEnrolment(models.Model):
    _name = "small_school.enrolment"
    _inherit = ["small_school.enrolment", "telegram.enrolment.mixin"]

    # -- sheets of lessons within the enrolment's time, before or after a change ------------------

    @api.model_create_multi
    def create(self, vals_list):
        enrolments = super().create(vals_list)
        enrolments._telegram_mark_sheets()
        return enrolments

    def write(self, vals):
        if not {"classroom_id", "partner_id", "date_from", "date_to", "state", "ended_at"} & set(
            vals
        ):
            return super().write(vals)
        self._telegram_mark_sheets()
        result = super().write(vals)
        self._telegram_mark_sheets()
        return result

    def unlink(self):
        self._telegram_mark_sheets()
        return super().unlink()

    # -- confirmed removals -----------------------------------------------------------------------

    def action_unenrol(self, reason=False):
        result = super().action_unenrol(reason)
        self._telegram_agreed()
        return result

    def action_block(self, reason=False):
        result = super().action_block(reason)
        self._telegram_agreed()
        return result

    def _telegram_agreed(self):
        """Exempt these people from the removal limit if somebody has confirmed their names."""
        if not self.env.context.get("classroom_agreed"):
            return
        for classroom in self.sudo().mapped("classroom_id"):
            mine = self.sudo().filtered(lambda one, room=classroom: one.classroom_id == room)
            contacts = mine.mapped("partner_id")._telegram_contacts()
            accounts = sorted({one.tg_user_id for one in contacts if one.tg_user_id})
            if classroom.telegram_chat_id and accounts:
                classroom.telegram_chat_id._reconcile(allow_removals=accounts)

    def _telegram_mark_sheets(self):
        """Have the sheets of the enrolments' times computed again."""
        now, spans = fields.Datetime.now(), {}
        for enrolment in self.sudo():
            first, before = enrolment._lesson_span()
            if first <= now:
                # also lessons of the day after, which the enrolment may have included before
                last = min(before or now, now) + timedelta(days=1)
                span = (first - timedelta(days=1), last)
                spans.setdefault(enrolment.classroom_id.id, set()).add(span)
        lessons = self.env["small_school.lesson"].sudo()
        for classroom_id, own in spans.items():
            for model in (lessons, self.env["telegram.lesson"]):
                model.flush()
            self.env.cr.execute(
                """
                SELECT DISTINCT l.id FROM small_school_lesson l
                JOIN unnest(%s::timestamp[], %s::timestamp[]) AS span (first, last)
                    ON l.start BETWEEN span.first AND span.last
                JOIN telegram_lesson row ON row.res_model = 'small_school.lesson'
                    AND row.res_id = l.id AND row.sheet_state <> 'none'
                WHERE l.classroom_id = %s
                """,
                [[first for first, _last in own], [last for _first, last in own], classroom_id],
            )
            found = lessons.browse([row[0] for row in self.env.cr.fetchall()])
            if found:
                LessonSheet(found).mark()
