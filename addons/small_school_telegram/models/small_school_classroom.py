from datetime import datetime, time, timedelta

import pytz

from odoo import _, api, fields, models

from odoo.addons.telegram_school.rules.admission import EARLY, OVER, UNENROLLED
from odoo.addons.telegram_school.services.membership.departures import Departures
from odoo.addons.telegram_school.services.membership.questions import Questions
from odoo.addons.telegram_school.services.messages.announcements import VISITOR

from .changed_people import changed_people
from .small_school_lesson import AFTER

#: State of an enrolment → status on the roster.
_STATUS = {"active": "in", "ended": "out", "blocked": "banned"}


class ClassroomClassroom(models.Model):
    _name = "small_school.classroom"
    # activities: the supervisors are asked about people who come and go on Telegram
    _inherit = ["small_school.classroom", "telegram.classroom.mixin", "mail.activity.mixin"]

    _telegram_watched = ("name", "active", "lang", "tz", "company_id")

    # -- who belongs ----------------------------------------------------------------------------

    def _telegram_title(self):
        return self.name

    def _telegram_people(self, partners=None):
        """Return students by their enrolments, teachers and supervisors by their assignments, and
        the substitutes of lessons near now."""
        if partners is None:
            enrolments, assignments = self.enrolment_ids, self.assignment_ids
        else:
            own = [("classroom_id", "=", self.id), ("partner_id", "in", partners.ids)]
            enrolments = self.env["small_school.enrolment"].search(own, order="id")
            assignments = self.env["small_school.assignment"].search(own, order="id")
        return self._telegram_entries(enrolments, assignments) + self._telegram_visitors(partners)

    def _telegram_entries(self, enrolments, assignments):
        """Return the entries of `_telegram_people` that these enrolments and assignments make."""
        today = self._today()
        people = []
        for dated in enrolments:
            status = _STATUS[dated.state]
            if status == "in" and not self._telegram_is_current(dated, today):
                status = "out"
            people.append(
                {
                    "partner": dated.partner_id,
                    "role": "student",
                    "status": status,
                    "reason": dated.reason,
                }
            )
        for dated in assignments:
            if not dated.date_to or dated.date_to >= today:
                people.append(
                    {
                        "partner": dated.partner_id,
                        "role": dated.role,
                        "status": "in",
                        "since": dated.date_from and self._telegram_midnight(dated.date_from),
                        "until": dated.date_to
                        and self._telegram_midnight(dated.date_to + timedelta(days=1)),
                    }
                )
        return people

    def _telegram_visitors(self, partners=None):
        """Return substitutes, from before the opening of their lesson until after its end; only
        `partners` if they are given."""
        now = fields.Datetime.now()
        domain = [
            ("classroom_id", "=", self.id),
            ("substitute_id", "!=", False),
            ("start", "<", now + timedelta(days=1)),
            ("stop", ">", now - timedelta(days=1)),
        ]
        if partners is not None:
            domain.append(("substitute_id", "in", partners.ids))
        lessons = self.env["small_school.lesson"].search(domain)
        return [
            {
                "partner": lesson.substitute_id,
                "role": "teacher",
                "status": "in",
                "reason": VISITOR,
                "until": lesson.stop + AFTER,
            }
            for lesson in lessons
            if lesson._telegram_is_visited(now)
        ]

    def _telegram_midnight(self, day):
        """Return the naive UTC time at which `day` begins at the class."""
        zone = pytz.timezone(self.tz or "UTC")
        midnight = datetime.combine(day, time())
        return zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _telegram_is_current(self, dated, today):
        """Return whether the record's dates (both included, both may be empty) hold today."""
        has_begun = not dated.date_from or dated.date_from <= today
        return has_begun and (not dated.date_to or dated.date_to >= today)

    def _telegram_changed_people(self):
        return changed_people(self)

    def _telegram_past(self, chat, partner):
        """Return the past by the dates and reasons of enrolments and assignments."""
        mine = self.enrolment_ids.filtered(lambda former: former.partner_id == partner)
        today = self._today()
        dated = list(mine.filtered(lambda former: former.state == "active"))
        dated += list(self.assignment_ids.filtered(lambda former: former.partner_id == partner))
        ended = mine.filtered(lambda former: former.state == "ended")
        if not partner.active or not (dated or ended):
            return super()._telegram_past(chat, partner)
        for former in dated:
            reason = former.reason if former._name == "small_school.enrolment" else False
            if former.date_to and former.date_to < today:
                return (OVER, former.date_to, reason)
            if former.date_from and former.date_from > today:
                return (EARLY, former.date_from, reason)
        last = ended.sorted(lambda former: (former.date_to or former.date_from, former.id))[-1:]
        return (UNENROLLED, last.date_to, last.reason)

    def _telegram_is_blocked(self, partner):
        return partner.student_blocked or super()._telegram_is_blocked(partner)

    def _telegram_enrol(self, partner, fact):
        """Enrol `partner` from today on, or extend the dates of an enrolment. Returns False for a
        blocked student."""
        enrolments = self.env["small_school.enrolment"]
        own = [("classroom_id", "=", self.id), ("partner_id", "=", partner.id)]
        current = enrolments.search(own + [("state", "!=", "ended")])
        today = self._today()
        if current.state == "blocked":
            return False
        if current:  # its dates are over, or still to come
            current.write({"date_from": min(current.date_from, today), "date_to": False})
            return True
        enrolments.create(
            {
                "classroom_id": self.id,
                "partner_id": partner.id,
                "date_from": today,
                "reason": _("came into the Telegram group")
                if fact
                else _("was in the Telegram group"),
            }
        )
        return True

    def _telegram_unenrol(self, partner, fact):
        """End the active enrolments of `partner`, with the reason that the fact gives. Returns
        False without one."""
        mine = self.enrolment_ids.filtered(
            lambda enrolment: enrolment.partner_id == partner and enrolment.state == "active"
        )
        if not mine:
            return False
        reason = {
            False: _("was not in the Telegram group"),
            "member_left": _("left the Telegram group"),
        }.get(fact.kind, _("was removed from the Telegram group"))
        if fact.kind == "member_left" and fact._payload().get("is_witnessed") is False:
            reason = _("was not in the Telegram group any more")
        who = fact and fact.kind == "member_removed" and Departures(self).who(fact)
        if who:
            reason = _("was removed from the Telegram group by %s") % who
        place = self.env["telegram.roster"]._place(self, partner)
        place.enrolled_to = mine.sorted("id")[-1].date_to
        for enrolment in mine:
            enrolment.write(
                {
                    "state": "ended",
                    # the instant on Telegram, which may have been a while ago
                    "ended_at": fact._instant(None) if fact else fields.Datetime.now(),
                    "date_to": max(enrolment.date_from, self._today()),
                    "reason": reason,
                }
            )
        return True

    def _telegram_reinstate(self, partner):
        """Restore the last enrolment of `partner` with its dates."""
        mine = self.enrolment_ids.filtered(lambda one: one.partner_id == partner)
        if mine.filtered(lambda one: one.state != "ended"):
            return True
        last = mine.sorted("id")[-1:]
        if not last:
            return super()._telegram_reinstate(partner)
        place = self.env["telegram.roster"]._place(self, partner)
        last.write({"state": "active", "date_to": place.enrolled_to, "reason": False})
        return True

    def _telegram_managers(self):
        users = Questions(self).users_of("small_school.group_manager")
        return users or super()._telegram_managers()
