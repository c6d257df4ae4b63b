from odoo import models

from ..rules.belonging import is_expected, narrowed
from ..rules.intervals import Presence


class TelegramLessonMixin(models.AbstractModel):
    """Who is on the sheet: whoever belonged to the class at some time of the lesson."""

    _inherit = "telegram.lesson.mixin"

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_belonging(self):
        """Who belonged at some time of the lesson: list of (partner, role, part). part: (from, until),
        naive UTC, of who belonged in a part of it only; None: in all of it.

        As the roster says, which keeps the last time that somebody came and went. A school that
        keeps the history of its enrolments answers from that.
        """
        start, stop = self._telegram_start(), self._telegram_stop()
        chat = self._telegram_classroom().sudo().telegram_chat_id
        rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", chat.id)])
        found = []
        for row in rows.sorted(lambda one: (one.role, one.partner_id.name or "", one.id)):
            if row.status == "in":
                first, last = max(row.since, start), stop
            else:
                first, last = max(row.in_since or stop, start), min(row.in_until or start, stop)
            if first < last:
                part = None if (first, last) == (start, stop) else (first, last)
                found.append((row.partner_id, row.role, part))
        return found

    # -- measuring ------------------------------------------------------------------------------

    def _telegram_expected(self, observation):
        """Who has a line: list of (partner, role, the observation by which they are measured)."""
        thresholds = self._telegram_classroom()._telegram_thresholds()
        expected = []
        for partner, role, part in self._telegram_belonging():
            if partner.telegram_erased_at:
                continue  # a line of before stays, without a name
            presence = observation.people.get(partner.id, Presence())
            if is_expected(observation, presence, part, thresholds):
                expected.append((partner, role, narrowed(observation, part)))
        return expected
