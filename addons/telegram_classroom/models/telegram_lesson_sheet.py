from datetime import timedelta

from odoo import _, api, fields, models

from ..rules import attendance
from ..rules import commands as clock
from ..rules.channels import answered
from ..rules.intervals import CHANNEL, GROUP, THEMSELVES, Event, Presence, Window, observe
from .telegram_lesson_mixin import GRACE

#: Who comes up to so long before the start is shown as having come then.
LEAD_IN = timedelta(minutes=15)
#: No lesson is thought to last longer, where the ones before it are looked for.
LONGEST = timedelta(days=1)


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

    def _telegram_may_compute(self):
        """Whether the sheet may be computed: the lesson has its times and was not cancelled, the
        sheet is not locked, and what was seen is still kept."""
        return (
            bool(self._telegram_rule())
            and bool(self._telegram_is_planned())
            and not self._telegram_sheet_is_locked()
            and not self._telegram_is_forgotten()
        )

    def _telegram_is_forgotten(self):
        """Whether what was seen in the lesson's calls is no longer kept: then its lines stay as
        they are, also where somebody unlocks the sheet."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        start, stop = self._telegram_start(), self._telegram_stop()
        calls = self.env["telegram.call"]._overlapping(chat, start - LEAD_IN, stop)
        return any(calls.mapped("forgotten_at"))

    @api.model
    def _telegram_needing(self, calls):
        """Those of these ended calls that a sheet may still be computed from: a lesson of their
        group within a day of them is held and not locked."""
        day = timedelta(days=1)
        # a lesson lasts a day at most; a school's own model may have no field for its end
        lessons = self.sudo().search(
            [
                (self._telegram_start_field, "<=", max(calls.mapped("closed_at")) + day),
                (self._telegram_start_field, ">=", min(calls.mapped("opened_at")) - 2 * day),
            ]
        )
        spans = {}
        for lesson in lessons:
            if lesson._telegram_is_planned() and not lesson._telegram_sheet_is_locked():
                chat = lesson._telegram_classroom().telegram_chat_id
                span = lesson._telegram_start() - day, lesson._telegram_stop() + day
                spans.setdefault(chat, []).append(span)
        return calls.filtered(
            lambda call: any(
                call.opened_at <= stop and call.closed_at >= start
                for start, stop in spans.get(call.chat_id, ())
            )
        )

    def _telegram_refresh(self):
        """Compute the sheet with what is known now; final once it was final."""
        for lesson in self.sudo():
            is_final = lesson.telegram_sheet_state == "final"
            if not lesson._telegram_may_compute():
                continue
            if is_final or lesson._telegram_start() <= fields.Datetime.now():
                lesson._telegram_write_sheet(lesson._telegram_compute_sheet(is_final), is_final)

    def _telegram_finish(self):
        """The lesson is over and all of it is known: sheet and report."""
        for lesson in self.sudo():
            if not lesson._telegram_may_compute():
                continue
            lines = lesson._telegram_compute_sheet(True)
            lesson._telegram_write_sheet(lines, True)
            lesson._telegram_report(lines)

    def _telegram_is_last_close(self, key):
        """Whether nothing of the lesson is to come after the close with this key: it is that of
        the lesson's end, or the end was set back since and no other close waits."""
        rows = self._telegram_rows()
        rule = self._telegram_rule(rows)
        if not rule or not clock.is_close_of(rule, key):
            return False
        waiting = [one for one, row in rows.items() if row.state in ("pending", "working")]
        is_over = rule.stop <= fields.Datetime.now()
        return key == clock.key(rule, clock.CLOSE) or (
            is_over and not any(clock.is_close_of(rule, one) for one in waiting if one != key)
        )

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

    def _telegram_is_to_finish(self):
        """Whether the sheet is still to be made final by what the gateway tells: a call was seen, or
        may be."""
        lesson = self.sudo()
        if lesson.telegram_sheet_state != "live":
            return False
        start, stop = lesson._telegram_start(), lesson._telegram_stop()
        chat = lesson._telegram_classroom().telegram_chat_id
        calls = self.env["telegram.call"]._overlapping(chat, start - LEAD_IN, stop)
        return bool(calls) or stop + GRACE > fields.Datetime.now()

    # -- the sheet ------------------------------------------------------------------------------

    def _telegram_window(self, until):
        """The part of the lesson up to `until` (naive UTC) that is looked at, with its lead-in."""
        classroom = self._telegram_classroom()
        start = self._telegram_start()
        lead_in = max(LEAD_IN, timedelta(minutes=classroom.telegram_open_minutes))
        lead_in = max(lead_in, start - (self._telegram_opens_at() or start))
        # Whoever stays in the call for the next lesson did not come to it before.
        before = self._telegram_stop_before(start - lead_in)
        lead_in = min(lead_in, start - before) if before else lead_in
        return Window(
            start,
            max(until, start),
            lead_in,
            timedelta(seconds=max(classroom.telegram_bridge_seconds, 0)),
        )

    def _telegram_seen(self, window):
        """What was seen in the calls of that time: see `telegram.presence._events`."""
        chat = self._telegram_classroom().sudo().telegram_chat_id
        start = window.start - window.lead_in
        return self.env["telegram.presence"]._events(chat, start, window.stop)

    def _telegram_observe(self, until):
        """What was seen of the lesson up to `until` (naive UTC): a `rules.intervals.Observation`
        whose persons are ids of res.partner."""
        window = self._telegram_window(until)
        return observe(answered(self._telegram_events(window), self._telegram_answers()), window)

    def _telegram_events(self, window):
        """What was seen in the calls of that time, as events of `rules.intervals` of people (ids of
        res.partner) and of channels (their Telegram ids), whoever is behind those."""
        seen = self._telegram_seen(window)
        accounts = {event["tg_user_id"] for event in seen if event["tg_user_id"]}
        persons = self.env["telegram.contact"]._persons_at(accounts)
        opened = {event["call_id"]: event["at"] for event in seen if event["kind"] == "opened"}
        group = self._telegram_classroom().sudo().telegram_chat_id._row().tg_chat_id
        events = []
        for event in seen:
            account, mask = event["tg_user_id"], THEMSELVES
            if event["peer_kind"] == "channel":
                account = event["tg_channel_id"]
                mask = GROUP if account == group else CHANNEL
            theirs = [
                person
                for person, until in persons.get(event["tg_user_id"], ())
                if until is None or opened[event["call_id"]] <= until
            ]
            # Everybody who shares an account was there, as far as one can see.
            for person in theirs or [None]:
                events.append(
                    Event(
                        event["kind"],
                        event["at"],
                        event["call_id"],
                        person,
                        account,
                        event["precision_s"],
                        mask,
                        event["joined_at"],
                    )
                )
        return events

    def _telegram_stop_before(self, since):
        """The latest end, after `since`, of another lesson of this classroom that was over when
        this one began; None: there was none."""
        start = self._telegram_start()
        others = self.sudo().search(
            [
                (self._telegram_classroom_field, "=", self._telegram_classroom().id),
                (self._telegram_start_field, "<", start),
                (self._telegram_start_field, ">", start - LONGEST),
                ("id", "!=", self.id),
            ]
        )
        stops = [one._telegram_stop() for one in others if one._telegram_is_planned()]
        return max((stop for stop in stops if stop and since < stop <= start), default=None)

    def _telegram_compute_sheet(self, is_final, observation=None):
        """The lines of the sheet: list of dicts(partner, role, status, arrived_at, departed_at
        (naive UTC or False; who is still there has not left), minutes, minutes_low, minutes_high,
        percentage (0 to 100), evidence (list of codes of `rules.attendance`)). observation: what was
        seen, where it is at hand."""
        self.ensure_one()
        if observation is None:
            until = self._telegram_stop()
            if not is_final:
                until = min(until, fields.Datetime.now())
            observation = self._telegram_observe(until)
        thresholds = self._telegram_classroom()._telegram_thresholds()
        excused = self._telegram_excused()
        expected = self._telegram_expected(observation)
        partner_ids = [partner.id for partner, _role, _measure in expected]
        linked = self.env["res.partner"].sudo().browse(partner_ids)._telegram_contacts()
        linked_ids = set(linked.mapped("partner_id").ids)
        linked_ids |= self.env["telegram.contact"]._linked_at(partner_ids, self._telegram_start())
        admin_ids = self._telegram_admin_ids()
        shared_ids = self._telegram_sharing(linked)
        until = observation.window.stop
        is_running = not is_final and until < self._telegram_stop()
        lines = []
        for partner, role, measure in expected:
            found = attendance.verdict(
                measure,
                observation.people.get(partner.id, Presence()),
                thresholds,
                partner in excused,
                partner.id in linked_ids,
                role != "student" or partner.id in admin_ids,
                is_running and measure.window.stop >= until,
            )
            evidence = list(found.evidence)
            if partner.id in shared_ids and found.arrived_at:
                evidence.append(attendance.SHARED)
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
                    "evidence": evidence,
                }
            )
        return lines

    @api.model
    def _telegram_sharing(self, contacts):
        """Ids of the partners among whom several use one account: each counts as present."""
        by_account = {}
        for contact in contacts:
            by_account.setdefault(contact.tg_user_id, set()).add(contact.partner_id.id)
        return {one for people in by_account.values() if len(people) > 1 for one in people}

    # -- the report -----------------------------------------------------------------------------

    def _telegram_report(self, lines):
        """Say in the group how it was: once, as far as the classroom wants it."""
        classroom = self._telegram_classroom()
        chat = classroom.sudo().telegram_chat_id
        students = [line for line in lines if line["role"] == "student"]
        if not chat or not students or classroom.telegram_report == "none":
            return
        if not classroom._telegram_says("report"):
            return
        lesson = self.with_context(lang=chat.lang)
        chat._send(
            lesson._telegram_report_text(students),
            key=lesson._telegram_key("report"),
        )

    def _telegram_report_text(self, students):
        classroom = self._telegram_classroom().with_context(lang=self.env.context.get("lang"))
        words = self._telegram_status_words()
        by_status = {}
        for line in students:
            by_status.setdefault(line["status"], []).append(line["partner"].id)
        counts = []
        # Best first: a school reads who was there, then who was not.
        for status in reversed(attendance.STATUSES):
            if not by_status.get(status):
                continue
            counts += ["\n"] if counts else []
            counts.append(_("%s: %s") % (words[status], len(by_status[status])))
            is_named = classroom.telegram_report == "full" or (
                classroom.telegram_report == "absentees" and status == attendance.ABSENT
            )
            if is_named:
                counts += [" ("] + classroom._telegram_names(by_status[status]) + [")"]
        for sentence in self._telegram_channel_notes(self._telegram_channel_stays()):
            counts += ["\n", sentence]
        return self._telegram_said("report", count=str(len(students)), counts=counts)

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
            attendance.HIDDEN: _("Telegram did not show those who only listened"),
            attendance.IMPRECISE: _("some times are not exact"),
            attendance.NOT_LINKED: _("has not linked Telegram"),
            attendance.STRANGERS: _("unknown people were in the call"),
            attendance.MASKED: _("somebody took part as a channel, and nobody has said who"),
            attendance.ANONYMOUS: _(
                "an administrator took part as the group itself, and nobody has said who"
            ),
            attendance.AS_CHANNEL: _("took part as a channel"),
            attendance.EXCUSED_PRESENT: _("excused, but was there"),
            attendance.SHARED: _("shares the account with somebody of the class"),
            attendance.RECONNECTED: _("came and went several times"),
        }
