import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

#: Sheets that are computed again in one run.
BATCH = 100


class TelegramSheetDue(models.Model):
    """Lessons whose sheet must be computed again, since something that it depends on has changed.

    Only rows are added, never a lesson's own touched, so that whoever links an account or changes an
    enrolment waits for nobody. The cron of the lessons works them off.
    """

    _name = "telegram.sheet.due"
    _description = "Telegram: sheet to be computed again"
    _order = "id"
    _rec_name = "res_model"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True, group_operator=False)

    @api.model
    def _mark(self, lessons):
        """These sheets are to be computed again."""
        self.sudo().create([{"res_model": one._name, "res_id": one.id} for one in lessons])

    @api.model
    def _mark_seen(self, accounts):
        """Those of the lessons in whose calls one of these Telegram accounts was."""
        presences = self.env["telegram.presence"].sudo()
        calls = presences.search([("tg_user_id", "in", accounts)]).mapped("call_id")
        self._mark(self.env["telegram.lesson.mixin"]._telegram_held_in(calls))

    @api.model
    def _work(self):
        """Compute sheets again, some at a time; one that fails is told of and does not come back."""
        due = self.sudo().search([], limit=BATCH)
        for model, res_id in sorted({(one.res_model, one.res_id) for one in due}):
            lesson = model in self.env and self.env[model].sudo().browse(res_id).exists()
            if not lesson:
                continue
            try:
                with self.env.cr.savepoint():
                    lesson._telegram_compute_again()
            except Exception:  # one sheet must not hold up the others
                _logger.exception("Sheet of %s could not be computed again", lesson)
        due.unlink()
