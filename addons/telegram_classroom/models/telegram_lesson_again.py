from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import html_escape

from .telegram_lesson_sheet import LEAD_IN


class TelegramLessonMixin(models.AbstractModel):
    """The sheet is computed again whenever something changes. A locked one stays as it is, and says
    what it would say now."""

    _inherit = "telegram.lesson.mixin"

    telegram_differences = fields.Text(
        "Computed now", compute="_compute_telegram_differences", groups="base.group_user"
    )

    # -- when -----------------------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if {self._telegram_start_field, self._telegram_stop_field} & set(vals):
            self._telegram_mark()
        return result

    def _telegram_mark(self):
        """Have those of these sheets computed again that were once."""
        computed = self.sudo().filtered(lambda one: one.telegram_sheet_state != "none")
        self.env["telegram.sheet.due"]._mark(
            computed.filtered(lambda one: not one._telegram_sheet_is_locked())
        )

    @api.model
    def _telegram_held_in(self, calls):
        """The lessons, of all models, that these calls were held for; a list."""
        found = []
        for chat in calls.mapped("chat_id"):
            own = calls.filtered(lambda call, chat=chat: call.chat_id == chat)
            for model in self._telegram_models():
                field = model._fields[model._telegram_classroom_field]
                if field.comodel_name != chat.res_model:
                    continue
                near = model.sudo().search(
                    [
                        (model._telegram_classroom_field, "=", chat.res_id),
                        (
                            model._telegram_start_field,
                            ">=",
                            min(own.mapped("opened_at")) - timedelta(days=1),
                        ),
                        (model._telegram_start_field, "<=", fields.Datetime.now()),
                    ]
                )
                found += [one for one in near if one._telegram_is_of(own)]
        return found

    def _telegram_is_of(self, calls):
        """Whether one of these calls ran in the lesson's time."""
        start, stop = self._telegram_start(), self._telegram_stop()
        return bool(start and stop) and any(
            call.opened_at <= stop and (not call.closed_at or call.closed_at >= start - LEAD_IN)
            for call in calls
        )

    def _telegram_compute_again(self):
        """Compute the sheet again; of a locked one only say, in its history, what it would say."""
        if not self._telegram_sheet_is_locked():
            self._telegram_refresh()
            return
        lang = self._telegram_classroom().sudo().telegram_chat_id.lang
        said = self.with_context(lang=lang)
        differences = said._telegram_differences_text()
        if differences and hasattr(self, "message_post"):
            said._message_log(body=html_escape(said._telegram_locked_text() % differences))

    def _telegram_locked_text(self):
        return _("The sheet is confirmed and stays as it is. Computed now, it would say: %s.")

    # -- what a locked sheet would say ----------------------------------------------------------

    @api.depends_context("lang")
    def _compute_telegram_differences(self):
        for lesson in self:
            found = ""
            if lesson.sudo()._telegram_sheet_is_locked():
                found = lesson.sudo()._telegram_differences_text()
            lesson.telegram_differences = found

    def _telegram_differences_text(self):
        """In the context's language; empty where it would say the same, or nothing."""
        words = self._telegram_status_words()
        told = []
        for partner, before, now in self._telegram_differences():
            names = [words.get(one, _("no line")) for one in (now, before)]
            told.append(_("%s: %s instead of %s") % (partner.name or "", *names))
        return "; ".join(told)

    def _telegram_differences(self):
        """[(partner, status that the rules said when the sheet was locked, the one they say now)];
        None stands for no line. Empty where what was seen is not kept any more."""
        start, stop = self._telegram_start(), self._telegram_stop()
        calls = self.env["telegram.call"]._overlapping(
            self._telegram_classroom().sudo().telegram_chat_id, start - LEAD_IN, stop
        )
        if not calls or not self._telegram_is_planned() or self._telegram_is_forgotten():
            return []
        before = self[self._telegram_sheet_field]._telegram_said_before()
        now = {line["partner"]: line["status"] for line in self._telegram_compute_sheet(True)}
        people = sorted(set(before) | set(now), key=lambda one: (one.name or "", one.id))
        return [
            (one, before.get(one), now.get(one))
            for one in people
            if before.get(one) != now.get(one) and not one.telegram_erased_at
        ]
