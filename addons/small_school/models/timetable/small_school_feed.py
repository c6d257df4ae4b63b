"""A person's lessons as an iCalendar, for programs that follow a calendar by its address."""

import hashlib
import hmac
from datetime import timedelta

import pytz
import vobject

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.lesson_register.rules import asked

from ...rules import timetable as rules

#: The time in the past that a calendar shows; it shows all lessons to come.
PAST = timedelta(days=60)
#: Interval at which a program that follows the calendar should read it again.
REFRESH = "PT1H"


class ClassroomFeed(models.Model):
    """A person's lessons as an iCalendar, under an address that only they know.

    The secret of the address is stored nowhere: it is derived from the database's own secret, the
    person, and a number that grows with each renewal. So it can be shown again, cannot be read from
    this table or an export of it, and differs in a database with another secret.
    """

    _name = "small_school.feed"
    _description = "Calendar address of a person"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer("Renewals", readonly=True, default=0)
    url = fields.Char("Calendar address", compute="_compute_url")

    _sql_constraints = [
        ("once", "unique (partner_id)", "This person has a calendar address already."),
    ]

    @api.depends("partner_id", "number")
    def _compute_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        for feed in self:
            feed.url = "%s/classroom/calendar/%s.ics" % (base, feed.sudo()._token())

    # -- the address ----------------------------------------------------------------------------

    @api.model
    def _of(self, partner):
        """The person's feed, made when there is none yet."""
        feeds = self.sudo()
        return feeds.search([("partner_id", "=", partner.id)]) or feeds.create(
            {"partner_id": partner.id}
        )

    def _token(self):
        """The secret part of the address: the id of the feed and a keyed hash."""
        self.ensure_one()
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        message = "small_school.feed %s %s %s" % (self.id, self.partner_id.id, self.number)
        digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256)
        return "%s-%s" % (self.id, digest.hexdigest()[:40])

    @api.model
    def _find(self, token):
        """Return the feed of this token; empty if it is unknown, or was renewed since."""
        feed = self.sudo().browse(asked.number(token.partition("-")[0]) or 0)
        if not feed.exists() or not feed.partner_id.active:
            return feed.browse()
        is_right = hmac.compare_digest(feed._token().encode(), token.encode())
        return feed if is_right else feed.browse()

    def action_renew(self):
        """Button: another address; the old one stops working at once."""
        is_manager = self.env.user.has_group("small_school.group_manager")
        for feed in self:
            if feed.sudo().partner_id != self.env.user.partner_id and not is_manager:
                raise AccessError(_("This is somebody else's calendar address."))
            feed.sudo().number += 1
        return True

    # -- the lessons ----------------------------------------------------------------------------

    @api.model
    def _lessons_of(self, partner, since):
        """The person's lessons that end after `since` (naive UTC), in order: as a student while
        enrolled, as a teacher or supervisor while assigned, as the lesson's teacher or substitute.
        Cancelled ones too. A constant number of queries."""
        spans = {}
        own = [("partner_id", "=", partner.id)]
        rows = list(self.env["small_school.assignment"].search(own))
        if not partner.student_blocked:
            rows += self.env["small_school.enrolment"].search(own + [("state", "=", "active")])
        for row in rows:
            spans.setdefault(row.classroom_id.id, []).append((row.date_from, row.date_to))
        lessons = self.env["small_school.lesson"].search(
            [
                ("stop", ">", since),
                ("classroom_id.active", "=", True),
                "|",
                "|",
                ("substitute_id", "=", partner.id),
                ("teacher_id", "=", partner.id),
                ("classroom_id", "in", sorted(spans)),
            ],
            order="start, id",
        )
        return lessons.filtered(
            lambda lesson: (
                partner in (lesson.substitute_id, lesson.teacher_id)
                or any(
                    (not first or first <= day) and (not last or day <= last)
                    for day in [rules.local_day(lesson.start, lesson.classroom_id.tz)]
                    for first, last in spans.get(lesson.classroom_id.id, [])
                )
            )
        )

    def _calendar(self):
        """The iCalendar as text (RFC 5545). Times are UTC, so that a program needs no rules of time
        zones."""
        self.ensure_one()
        partner = self.sudo().partner_id
        lang = partner.lang or self.env["small_school.classroom"]._default_lang()
        feed = self.sudo().with_context(lang=lang)
        lessons = feed._lessons_of(partner, fields.Datetime.now() - PAST)
        calendar = vobject.iCalendar()
        calendar.add("prodid").value = "-//Classroom//Timetable//" + lang[:2].upper()
        calendar.add("method").value = "PUBLISH"
        name = feed._calendar_name()
        calendar.add("x-wr-calname").value = name
        refresh = calendar.add("refresh-interval")
        refresh.value, refresh.params = REFRESH, {"VALUE": ["DURATION"]}
        calendar.add("x-published-ttl").value = REFRESH
        domain = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        for lesson in lessons:
            feed._fill_event(calendar.add("vevent"), lesson, domain)
        return calendar.serialize()

    def _calendar_name(self):
        return _("Lessons of %s") % self.partner_id.name

    def _fill_event(self, event, lesson, domain):
        """Write the lesson into an event of the calendar. domain: makes its id unique in the
        world."""

        def utc(at):
            return pytz.utc.localize(at.replace(microsecond=0))

        is_cancelled = lesson.state == "cancelled"
        event.add("uid").value = "classroom-lesson-%s@%s" % (lesson.id, domain)
        event.add("dtstart").value = utc(lesson.start)
        event.add("dtend").value = utc(lesson.stop)
        event.add("dtstamp").value = utc(lesson.write_date)
        event.add("last-modified").value = utc(lesson.write_date)
        event.add("sequence").value = str(lesson.revision or 0)
        event.add("status").value = "CANCELLED" if is_cancelled else "CONFIRMED"
        event.add("summary").value = self._summary(lesson)
        description = self._description_of(lesson)
        if description:
            event.add("description").value = description
        address = self._address_of(lesson)
        if address:
            event.add("url").value = address

    def _summary(self, lesson):
        # some programs show a cancelled event like any other one
        name = "%s – %s" % (lesson.name, lesson.classroom_id.name)
        return _("Cancelled: %s") % name if lesson.state == "cancelled" else name

    def _description_of(self, lesson):
        """Return the description of the lesson in the calendar: teacher or substitute, reason of a
        cancellation."""
        parts = []
        if lesson.substitute_id:
            parts.append(_("Substitute: %s") % lesson.substitute_id.name)
        elif lesson.teacher_id:
            parts.append(_("Teacher: %s") % lesson.teacher_id.name)
        if lesson.cancel_reason and lesson.state == "cancelled":
            parts.append(_("Reason: %s") % lesson.cancel_reason)
        return "\n".join(parts)

    def _address_of(self, lesson):
        """Hook: return the address under which the lesson is held; empty without one."""
        return ""
