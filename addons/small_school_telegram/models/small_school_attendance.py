from odoo import api, models

from odoo.addons.telegram_school.models.attendance.telegram_attendance_mixin import COLUMNS


class ClassroomAttendance(models.Model):
    _name = "small_school.attendance"
    _inherit = ["small_school.attendance", "telegram.attendance.mixin"]

    _telegram_columns = {name: name for name in COLUMNS}
    _telegram_marks_corrections = True

    def _telegram_is_kept(self):
        return self.corrected or self.is_excused

    @api.model
    def _telegram_write_lines(self, lesson, lines):
        """Write computed lines, which are no corrections; then take “All present” back for people
        with a different observation."""
        # computed values are no person's correction
        computed = self.with_context(classroom_computed=True)
        result = super(ClassroomAttendance, computed)._telegram_write_lines(lesson, lines)
        # “All present” names nobody: a later observation of a person outweighs it
        lesson.line_ids.filtered(
            lambda line: line.is_all_present and line._contradicts(line.status)
        ).action_take_back()
        return result
