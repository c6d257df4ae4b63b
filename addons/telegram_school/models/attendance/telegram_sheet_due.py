from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.telegram_base.beside import each

from ...services.attendance.sheet import LessonSheet

#: Number of sheets that are computed again in one run.
BATCH = 100
#: A sheet that could not be computed is tried again after this time.
PAUSE = timedelta(hours=1)
#: Sheets of older lessons stay as they are when an account is linked or unlinked.
LOOKED_BACK = timedelta(days=30)


class TelegramSheetDue(models.Model):
    """Lessons whose sheet must be computed again, since something that it depends on has changed.

    Rows are only added, and no lesson is touched, so that linking an account or changing an
    enrolment waits for nobody. The cron of the lessons works through them; a row is deleted in the
    transaction that has computed its sheet, and no earlier.
    """

    _name = "telegram.sheet.due"
    _description = "Telegram: sheet to be computed again"
    _order = "id"
    _rec_name = "res_model"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True, group_operator=False)
    failed_at = fields.Datetime("Could not be computed", readonly=True)

    @api.model
    def _mark(self, lessons):
        """Have the sheets of these lessons computed again."""
        self.sudo().create([{"res_model": one._name, "res_id": one.id} for one in lessons])

    @api.model
    def _mark_seen(self, accounts):
        """Have the sheets of lessons of the last `LOOKED_BACK` computed again in whose calls one of
        these Telegram accounts was seen, unless they are locked."""
        since = fields.Datetime.now() - LOOKED_BACK
        presences = self.env["telegram.presence"].sudo()
        seen = presences.search([("tg_user_id", "in", accounts), ("at", ">=", since)])
        lessons = LessonSheet(self.env["telegram.lesson.mixin"]).held_in(seen.mapped("call_id"))
        self._mark([one for one in lessons if not one._telegram_sheet_is_locked()])

    @api.model
    def _work(self):
        """Compute a batch of sheets again; a failure is logged, and tried again later."""
        before = fields.Datetime.now() - PAUSE
        free = ["|", ("failed_at", "=", False), ("failed_at", "<", before)]
        firsts = {}
        for row in self.sudo().search(free, limit=BATCH):
            firsts.setdefault((row.res_model, row.res_id), row.id)
        each(
            self.sudo().browse(sorted(firsts.values())),
            lambda row: row._compute(),
            "The sheet that %s is for could not be computed again",
            failed=lambda row: row._set_back(),
        )

    def _of_same(self):
        """Return all rows of this row's sheet; empty if another transaction has computed it
        meanwhile."""
        own = self.exists()
        return own.search([("res_model", "=", own.res_model), ("res_id", "=", own.res_id)])

    def _compute(self):
        """Compute the sheet of this row again."""
        due = self._of_same()
        for one in due[:1]:
            lesson = one.res_model in self.env and self.env[one.res_model].browse(one.res_id)
            if lesson and lesson.exists():
                LessonSheet(lesson).in_company().compute_again()
        due.unlink()

    def _set_back(self):
        self._of_same().write({"failed_at": fields.Datetime.now()})
