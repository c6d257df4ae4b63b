from datetime import timedelta

from odoo import _, fields, models
from odoo.tools import html_escape

from ..rules import attendance
from ..rules import commands as clock
from ..rules.intervals import Event, Presence, Window, observe
from .telegram_lesson_mixin import GRACE

#: Who comes up to so long before the start is shown as having come then.
LEAD_IN = timedelta(minutes=15)


class TelegramLessonMixin(models.AbstractModel):
    """From what was seen in the calls to the sheet and the report."""

    _inherit = "telegram.lesson.mixin"

    #: The adapter's One2many to its `telegram.attendance.mixin`.
    _telegram_sheet_field = "line_ids"

    # -- hooks for the adapter ------------------------------------------------------------------

    def _telegram_sheet_is_locked(self):
        """Whether the sheet was confirmed and must not change."""
        return False

    def _telegram_excused(self):
        """The res.partner recordset of those who are excused."""
        return self.env["res.partner"]

    def _telegram_write_sheet(self, lines, is_final):
        """Keep the computed lines (see `_telegram_compute_sheet`)."""
        model = self[self._telegram_sheet_field]
        model._telegram_write_lines(self, lines)
        self.write({"telegram_sheet_state": "final" if is_final else "live"})

    # -- when -----------------------------------------------------------------------------------

    def _telegram_refresh(self):
        """Compute the sheet with what is known now; final once it was final."""
        for lesson in self.sudo():
            is_final = lesson.telegram_sheet_state == "final"
            if lesson._telegram_sheet_is_locked() or not lesson._telegram_rule():
                continue
            if is_final or lesson._telegram_start() < fields.Datetime.now():
                lesson._telegram_write_sheet(lesson._telegram_compute_sheet(is_final), is_final)

    def _telegram_finish(self):
        """The lesson is over and all of it is known: sheet and report."""
        for lesson in self.sudo():
            if lesson._telegram_sheet_is_locked() or not lesson._telegram_rule():
                continue
            lines = lesson._telegram_compute_sheet(True)
            lesson._telegram_write_sheet(lines, True)
            lesson._telegram_report(lines)

    def _telegram_look(self):
        """Cron: the lesson runs, or it ended without a word from the gateway."""
        self.ensure_one()
        rule = self._telegram_rule()
        now = fields.Datetime.now()
        if not rule or not rule.planned or rule.start > now:
            return
        if rule.stop > now:
            self._telegram_refresh()
            return
        if self.telegram_sheet_state == "final" or rule.stop + GRACE > now:
            return
        # While the close waits or is being done the gateway has more to tell.
        closing = self._telegram_rows().get(clock.key(rule, clock.CLOSE))
        if closing and closing.state in ("done", "failed", "expired"):
            self._telegram_finish()

    # -- the sheet ------------------------------------------------------------------------------

    def _telegram_expected(self):
        """Who is on the sheet: list of (partner, role) of those whom the roster had as `in` at
        some time of the lesson."""
        start, stop = self._telegram_start(), self._telegram_stop()
        chat = self._telegram_classroom().sudo().telegram_chat_id
        rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", chat.id)])
        expected = []
        for row in rows.sorted(lambda r: (r.role, r.partner_id.name or "")):
            was_in = row.status == "in" and row.since <= stop
            left_later = row.status in ("out", "banned") and row.since > start
            if was_in or left_later:
                expected.append((row.partner_id, row.role))
        return expected

    def _telegram_observe(self, until):
        """What was seen of the lesson up to `until` (naive UTC): a `rules.intervals.Observation`
        whose persons are ids of res.partner."""
        classroom = self._telegram_classroom()
        start = self._telegram_start()
        lead_in = max(LEAD_IN, timedelta(minutes=classroom.telegram_open_minutes))
        window = Window(
            start,
            max(until, start),
            lead_in,
            timedelta(seconds=max(classroom.telegram_bridge_seconds, 0)),
        )
        chat = classroom.sudo().telegram_chat_id
        seen = self.env["telegram.presence"]._events(chat, start - lead_in, window.stop)
        accounts = {event["tg_user_id"] for event in seen if event["tg_user_id"]}
        contacts = (
            self.env["telegram.contact"]
            .sudo()
            .search([("tg_user_id", "in", sorted(accounts)), ("state", "=", "confirmed")])
        )
        persons = {}
        for contact in contacts:
            persons.setdefault(contact.tg_user_id, []).append(contact.partner_id.id)
        events = []
        for event in seen:
            account = event["tg_user_id"]
            # Everybody who shares an account was there, as far as one can see.
            for person in persons.get(account) or [None]:
                events.append(
                    Event(
                        event["kind"],
                        event["at"],
                        event["call_id"],
                        person,
                        account,
                        event["precision_s"],
                    )
                )
        return observe(events, window)

    def _telegram_compute_sheet(self, is_final):
        """The lines of the sheet: list of dicts(partner, role, status, arrived_at, departed_at
        (naive UTC or False), minutes, minutes_low, minutes_high, percentage (0 to 100), evidence
        (list of codes of `rules.attendance`))."""
        self.ensure_one()
        until = self._telegram_stop()
        if not is_final:
            until = min(until, fields.Datetime.now())
        observation = self._telegram_observe(until)
        thresholds = self._telegram_classroom()._telegram_thresholds()
        excused = self._telegram_excused()
        expected = self._telegram_expected()
        partner_ids = [partner.id for partner, _role in expected]
        linked = self.env["res.partner"].sudo().browse(partner_ids)._telegram_contacts()
        linked_ids = set(linked.mapped("partner_id").ids)
        lines = []
        for partner, role in expected:
            found = attendance.verdict(
                observation,
                observation.people.get(partner.id, Presence()),
                thresholds,
                partner in excused,
                partner.id in linked_ids,
            )
            lines.append(
                {
                    "partner": partner,
                    "role": role,
                    "status": found.status,
                    "arrived_at": found.arrived_at or False,
                    "departed_at": found.departed_at or False,
                    "minutes": round(found.minutes, 2),
                    "minutes_low": round(found.minutes_low, 2),
                    "minutes_high": round(found.minutes_high, 2),
                    "percentage": found.percentage,
                    "evidence": list(found.evidence),
                }
            )
        return lines

    # -- the report -----------------------------------------------------------------------------

    def _telegram_report(self, lines):
        """Say in the group how it was: once, as far as the classroom wants it."""
        classroom = self._telegram_classroom()
        chat = classroom.sudo().telegram_chat_id
        students = [line for line in lines if line["role"] == "student"]
        if not chat or not students or classroom.telegram_report == "none":
            return
        lesson = self.with_context(lang=chat.lang)
        chat._send(
            lesson._telegram_report_text(students),
            key=lesson._telegram_key("report"),
        )

    def _telegram_report_text(self, students):
        classroom = self._telegram_classroom()
        words = self._telegram_status_words()
        counts = {}
        for line in students:
            counts[line["status"]] = counts.get(line["status"], 0) + 1
        text = _("Attendance: <b>%s</b>, from %s to %s.") % (
            html_escape(self._telegram_name()),
            self._telegram_hour(self._telegram_start()),
            self._telegram_hour(self._telegram_stop()),
        )
        text += "\n" + _("Students: %s") % len(students)
        # Best first: a school reads who was there, then who was not.
        for status in reversed(attendance.STATUSES):
            if not counts.get(status):
                continue
            line = "\n" + _("%s: %s") % (words[status], counts[status])
            is_named = classroom.telegram_report == "full" or (
                classroom.telegram_report == "absentees" and status == attendance.ABSENT
            )
            if is_named:
                ids = [one["partner"].id for one in students if one["status"] == status]
                line += " (%s)" % self._telegram_classroom().with_context(
                    lang=self.env.context.get("lang")
                )._telegram_names(ids)
            text += line
        return text

    def _telegram_status_words(self):
        """The statuses in the context's language."""
        return {
            "excused": _("Excused"),
            "unknown": _("Unknown"),
            "absent": _("Absent"),
            "partial": _("Partly present"),
            "late": _("Late"),
            "left_early": _("Left early"),
            "present": _("Present"),
        }

    def _telegram_evidence_words(self):
        """The codes of evidence in the context's language."""
        return {
            attendance.NO_CALL: _("there was no call"),
            attendance.NOT_OBSERVED: _("a part of the lesson was not observed"),
            attendance.IMPRECISE: _("some times are not exact"),
            attendance.NOT_LINKED: _("has not linked Telegram"),
            attendance.STRANGERS: _("unknown people were in the call"),
            attendance.EXCUSED_PRESENT: _("excused, but was there"),
            attendance.RECONNECTED: _("came and went several times"),
        }
