"""The sheet of a lesson, computed from the presence seen in its calls."""

from datetime import timedelta

from odoo import _, fields
from odoo.tools import html_escape

from ...models import telegram_choices
from ...rules import attendance
from ...rules.belonging import is_expected, narrowed
from ...rules.bounds import GRACE, LEAD_IN, LONGEST
from ...rules.channels import answered
from ...rules.intervals import CHANNEL, GROUP, THEMSELVES, Event, Presence, Window, observe
from ..calls import clock
from ..identity.persons import Persons
from ..membership import roster
from ..messages import lesson_people
from ..service import LessonService
from . import channels, report, school_sheet, timeline


class LessonSheet(LessonService):
    """Computes a lesson's sheet from the presence seen in its calls, again whenever something
    changes. A locked sheet stays as it is; the lesson's history says how it would differ."""

    def keep(self, lines, is_final):
        """Store computed lines (as of `compute`); merge them into the school's sheet if that is
        due."""
        self.row._conflict()
        school_sheet.SchoolSheet(self.lesson).keep(lines)
        if is_final or self.lesson._telegram_writes_live:
            self.lesson._telegram_write_sheet(lines, is_final)
        self.row._set(
            self.lesson,
            sheet_state="final" if is_final else "live",
            computed_at=fields.Datetime.now(),
            seen_mark=False if is_final else timeline.Timeline(self.lesson).mark_of_seen(),
        )
        if self.lesson._telegram_stop() > fields.Datetime.now() - LONGEST:
            timeline.Timeline(self.lesson).hint()

    def may_compute(self):
        """Return whether the sheet may be computed: the lesson has its times and was not cancelled,
        the sheet is not locked, and the presence is kept."""
        return (
            bool(clock.LessonClock(self.lesson).rule())
            and bool(self.lesson._telegram_is_planned())
            and not self.lesson._telegram_sheet_is_locked()
            and not self.is_forgotten()
        )

    def is_forgotten(self):
        """Return whether the presence was pruned: then lines stay as they are, even if unlocked."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        calls = self.env["telegram.call"]._overlapping(chat, start - LEAD_IN, stop)
        return any(calls.mapped("forgotten_at"))

    def needing(self, calls):
        """Return the ended calls among `calls` that a sheet may still be computed from: their group
        has a lesson within a day of them that is held and not locked."""
        day = timedelta(days=1)
        # a lesson lasts a day at most; a school's own model may have no field for its end
        lessons = self.lesson.sudo().search(
            [
                (self.lesson._telegram_start_field, "<=", max(calls.mapped("closed_at")) + day),
                (self.lesson._telegram_start_field, ">=", min(calls.mapped("opened_at")) - 2 * day),
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

    def refresh(self):
        """Compute the sheet from what is known now; a sheet that was final stays final."""
        for lesson in self.lesson.sudo():
            is_final = LessonSheet(lesson).row.sheet_state == "final"
            if not LessonSheet(lesson).may_compute():
                continue
            if is_final or lesson._telegram_start() <= fields.Datetime.now():
                LessonSheet(lesson).keep(LessonSheet(lesson).compute(is_final), is_final)

    def finish(self):
        """Make the sheet final and send the report: the lesson is over, and all of it is known."""
        for lesson in self.lesson.sudo():
            if not LessonSheet(lesson).may_compute():
                continue
            lines = LessonSheet(lesson).compute(True)
            LessonSheet(lesson).keep(lines, True)
            lines = school_sheet.SchoolSheet(lesson).as_corrected(lines)
            report.LessonReport(lesson).send(lines)
            report.LessonReport(lesson).send_file()
            lesson_people.LessonMessages(lesson).tell_guardians(lines)

    def is_to_finish(self):
        """Return whether facts are still to make the sheet final: a call was seen, or may be."""
        lesson = self.lesson.sudo()
        if self.row.sheet_state != "live":
            return False
        start, stop = lesson._telegram_start(), lesson._telegram_stop()
        chat = lesson._telegram_classroom().telegram_chat_id
        calls = self.env["telegram.call"]._overlapping(chat, start - LEAD_IN, stop)
        return bool(calls) or stop + GRACE > fields.Datetime.now()

    def window(self, until):
        """Return the `Window` of the lesson up to `until` (naive UTC), with its lead-in."""
        classroom = self.lesson._telegram_classroom()
        start = self.lesson._telegram_start()
        lead_in = max(LEAD_IN, timedelta(minutes=classroom.telegram_open_minutes))
        lead_in = max(lead_in, start - (self.lesson._telegram_opens_at() or start))
        # People who stay in the call after the lesson before did not arrive early for this one.
        before = self.stop_before(start - lead_in)
        lead_in = min(lead_in, start - before) if before else lead_in
        return Window(
            start,
            max(until, start),
            lead_in,
            timedelta(seconds=max(classroom.telegram_bridge_seconds, 0)),
        )

    def seen(self, window):
        """Return the group's events in the window, as of `telegram.presence._events`."""
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        start = window.start - window.lead_in
        return self.env["telegram.presence"]._events(chat, start, window.stop)

    def observe(self, until):
        """Return the `rules.intervals.Observation` (of ids of res.partner) up to `until`, naive
        UTC."""
        window = self.window(until)
        return observe(
            answered(self.events(window), channels.LessonChannels(self.lesson).answers()), window
        )

    def events(self, window):
        """Return the events in the window as `rules.intervals.Event`s: of people (ids of
        res.partner) and of channels (their Telegram ids)."""
        seen = self.seen(window)
        accounts = {event["tg_user_id"] for event in seen if event["tg_user_id"]}
        persons = self.env["telegram.contact"]._persons_at(accounts)
        opened = {event["call_id"]: event["at"] for event in seen if event["kind"] == "opened"}
        group = self.lesson._telegram_classroom().sudo().telegram_chat_id._row().tg_chat_id
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
            # Presence of a shared account counts for everybody who shares it.
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

    def stop_before(self, since):
        """Return the latest end (naive UTC), after `since`, of another lesson of this class that
        was over when this one began; None without one."""
        start = self.lesson._telegram_start()
        others = self.lesson.sudo().search(
            [
                (self.lesson._telegram_classroom_field, "=", self.lesson._telegram_classroom().id),
                (self.lesson._telegram_start_field, "<", start),
                (self.lesson._telegram_start_field, ">", start - LONGEST),
                ("id", "!=", self.lesson.id),
            ]
        )
        stops = [one._telegram_stop() for one in others if one._telegram_is_planned()]
        return max((stop for stop in stops if stop and since < stop <= start), default=None)

    def compute(self, is_final, observation=None):
        """Return the lines of the sheet, a list of dicts.

        Keys: partner, role, status; arrived_at, departed_at (naive UTC or False; False while still
        there); minutes, minutes_low, minutes_high; percentage (0 to 100); evidence (codes of
        `rules.attendance`). observation: as of `observe`; read anew by default.
        """
        self.lesson.ensure_one()
        if observation is None:
            until = self.lesson._telegram_stop()
            if not is_final:
                until = min(until, fields.Datetime.now())
            observation = self.observe(until)
        thresholds = roster.ClassRoster(self.lesson._telegram_classroom()).thresholds()
        excused = Persons(self.env).partners(self.lesson._telegram_excused())
        expected = self.expected(observation)
        partner_ids = [partner.id for partner, _role, _measure in expected]
        linked = self.env["res.partner"].sudo().browse(partner_ids)._telegram_contacts()
        linked_ids = set(linked.mapped("partner_id").ids)
        linked_ids |= self.env["telegram.contact"]._linked_at(
            partner_ids, self.lesson._telegram_start()
        )
        admin_ids = channels.LessonChannels(self.lesson).admin_ids()
        shared_ids = self.sharing(linked)
        until = observation.window.stop
        is_running = not is_final and until < self.lesson._telegram_stop()
        lines = []
        for partner, role, measure in expected:
            verdict = attendance.verdict(
                measure,
                observation.people.get(partner.id, Presence()),
                thresholds,
                partner in excused,
                partner.id in linked_ids,
                role != "student" or partner.id in admin_ids,
                is_running and measure.window.stop >= until,
            )
            evidence = list(verdict.evidence)
            if partner.id in shared_ids and verdict.arrived_at:
                evidence.append(attendance.SHARED)
            lines.append(
                {
                    "partner": partner,
                    "role": role,
                    "status": verdict.status,
                    "arrived_at": verdict.arrived_at or False,
                    "departed_at": verdict.departed_at or False,
                    "minutes": round(verdict.minutes, 2),
                    "minutes_low": round(verdict.minutes_low, 2),
                    "minutes_high": round(verdict.minutes_high, 2),
                    "percentage": verdict.percentage,
                    "evidence": evidence,
                }
            )
        return lines

    def sharing(self, contacts):
        """Return ids of the partners who share an account with each other: all count as present."""
        by_account = {}
        for contact in contacts:
            by_account.setdefault(contact.tg_user_id, set()).add(contact.partner_id.id)
        return {one for people in by_account.values() if len(people) > 1 for one in people}

    def status_words(self):
        """Return {status: word} in the context's language."""
        return dict(telegram_choices.statuses(self))

    def evidence_words(self):
        """Return {code of evidence: its words} in the context's language."""
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

    def belonging(self):
        """Return `_telegram_belonging`, with a res.partner for each person."""
        listed = self.lesson._telegram_belonging()
        partners = Persons(self.env).of_each([person for person, _role, _part in listed])
        return [
            (partner, role, part)
            for partner, (_person, role, part) in zip(partners, listed)
            if partner
        ]

    def belonging_by_roster(self):
        """Return who belonged to the class during the lesson, by the roster: list of (partner,
        role, part). part: (start, stop), naive UTC; None for the whole lesson."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        chat = self.lesson._telegram_classroom().sudo().telegram_chat_id
        rows = self.env["telegram.roster"].sudo().search([("chat_id", "=", chat.id)])
        belonging = []
        for row in rows.sorted(lambda one: (one.role, one.partner_id.name or "", one.id)):
            if row.status == "in":
                first, last = max(row.since, start), stop
            else:
                first, last = max(row.in_since or stop, start), min(row.in_until or start, stop)
            if first < last:
                part = None if (first, last) == (start, stop) else (first, last)
                belonging.append((row.partner_id, row.role, part))
        return belonging

    def expected(self, observation):
        """Return the people with a line: list of (partner, role, observation that they are measured
        by)."""
        thresholds = roster.ClassRoster(self.lesson._telegram_classroom()).thresholds()
        expected = []
        for partner, role, part in self.belonging():
            if partner.telegram_erased_at:
                continue  # an older line stays, without a name
            presence = observation.people.get(partner.id, Presence())
            if is_expected(observation, presence, part, thresholds):
                expected.append((partner, role, narrowed(observation, part)))
        return expected

    def mark(self):
        """Have these sheets computed again, if they ever were."""
        states = self.env["telegram.lesson"]._states(self.lesson)
        computed = self.lesson.sudo().filtered(lambda lesson: states[lesson.id] != "none")
        self.env["telegram.sheet.due"]._mark(
            computed.filtered(lambda one: not one._telegram_sheet_is_locked())
        )

    def held_in(self, calls):
        """Return a list of the lessons, of all models, that these calls were held for."""
        lessons = []
        for chat in calls.mapped("chat_id"):
            own = calls.filtered(lambda call, chat=chat: call.chat_id == chat)
            for model in self.lesson._telegram_models():
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
                lessons += [one for one in near if LessonSheet(one).is_of(own)]
        return lessons

    def is_of(self, calls):
        """Return whether one of these calls ran in the lesson's time."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        return bool(start and stop) and any(
            call.opened_at <= stop and (not call.closed_at or call.closed_at >= start - LEAD_IN)
            for call in calls
        )

    def compute_again(self):
        """Compute the sheet again; if it is locked, only note in its history how it differs."""
        if not self.lesson._telegram_sheet_is_locked():
            self.refresh()
            return
        lang = self.lesson._telegram_classroom().sudo().telegram_chat_id.lang
        spoken = self.lesson.with_context(lang=lang)
        differences = LessonSheet(spoken).differences_text()
        if differences and hasattr(self.lesson, "message_post"):
            spoken._message_log(body=html_escape(LessonSheet(spoken).locked_text() % differences))

    def locked_text(self):
        return _("The sheet is confirmed and stays as it is. Computed now, it would say: %s.")

    def differences_text(self):
        """Return `differences` in the context's language; empty if there are none."""
        words = self.status_words()
        sentences = []
        for partner, before, now in self.differences():
            names = [words.get(one, _("no line")) for one in (now, before)]
            sentences.append(_("%s: %s instead of %s") % (partner.name or "", *names))
        return "; ".join(sentences)

    def differences(self):
        """Return [(partner, status when the sheet was locked, status by the rules now)]; None
        stands for no line. Empty if the presence was pruned."""
        start, stop = self.lesson._telegram_start(), self.lesson._telegram_stop()
        calls = self.env["telegram.call"]._overlapping(
            self.lesson._telegram_classroom().sudo().telegram_chat_id, start - LEAD_IN, stop
        )
        if not calls or not self.lesson._telegram_is_planned() or self.is_forgotten():
            return []
        rows = school_sheet.SchoolSheet(self.lesson).rows().values()
        before = {row.partner_id: row.computed_status for row in rows}
        now = {line["partner"]: line["status"] for line in self.compute(True)}
        people = sorted(set(before) | set(now), key=lambda one: (one.name or "", one.id))
        return [
            (one, before.get(one), now.get(one))
            for one in people
            if before.get(one) != now.get(one) and not one.telegram_erased_at
        ]
