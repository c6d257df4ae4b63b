"""The portal of students and guardians: attendance, lessons to come, the calendar's address."""

from datetime import timedelta

from werkzeug.utils import redirect

from odoo import fields
from odoo.http import request, route

from odoo.addons.lesson_register.rules.register import STATUSES, count, rate
from odoo.addons.portal.controllers.portal import CustomerPortal

#: The most lessons to come that a page shows.
LESSONS = 60
#: The most lines of attendance that a page shows; rates are computed of all.
LINES = 300
#: The numbers of days back that the page offers; 0: all.
RANGES = ("30", "90", "365", "0")


class ClassroomPortal(CustomerPortal):
    """The pages of a user and of their children."""

    def _classroom_domain(self):
        """Return the domain of attendance until now of the user and of their children."""
        me = request.env.user.partner_id
        people = (me | me.sudo().ward_ids).ids
        return [("partner_id", "in", people), ("start", "<=", fields.Datetime.now())]

    def _classroom_count(self):
        lines = request.env["small_school.attendance"]
        if not lines.check_access_rights("read", raise_exception=False):
            return 0
        return lines.sudo().search_count(self._classroom_domain())

    def _classroom_lessons(self):
        """Return the user's own lessons to come; as superuser, since a substitute may not read the
        classroom."""
        feeds = request.env["small_school.feed"].sudo()
        return feeds._lessons_of(request.env.user.partner_id, fields.Datetime.now())

    def _prepare_portal_layout_values(self):  # Odoo 13 counts here
        values = super()._prepare_portal_layout_values()
        values["attendance_count"] = self._classroom_count()
        values["lesson_count"] = len(self._classroom_lessons())
        return values

    def _prepare_home_portal_values(self, counters):  # Odoo 14 counts here
        values = super()._prepare_home_portal_values(counters)
        if "attendance_count" in counters:
            values["attendance_count"] = self._classroom_count()
        if "lesson_count" in counters:
            values["lesson_count"] = len(self._classroom_lessons())
        return values

    @route("/my/attendance", type="http", auth="user", website=True)
    def classroom_my_attendance(self, who="", days="90", **_arguments):
        """Show the page with the user's own attendance or a child's, latest lesson first, and the
        rate in each class. who: id of a child of the user; days: how many days back, 0: all."""
        me = request.env.user.partner_id
        # a portal user has no right to read their children, nor the children's lines
        children = me.sudo().ward_ids
        person = children.filtered(lambda child: str(child.id) == who) or me.sudo()
        if not who and children and not me.sudo().attendance_ids:  # a parent, not a student
            person = children[0]
        days = int(days if days in RANGES else RANGES[1])
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "page_name": "attendance",
                "me": me,
                "persons": me.sudo() | children,
                "children": children,
                "person": person,
                "days": days,
                "ranges": [int(one) for one in RANGES],
            }
        )
        values.update(self._classroom_record(person, days))
        return request.render("small_school.portal_my_attendance", values)

    def _classroom_record(self, person, days):
        """Return dict(lines: the person's lines, latest first; classes: [(name of the class, rate
        in whole per cent or None, number of each status, as a text)]; is_cut: True if there are
        more lines). Lines that are not final are not counted."""
        domain = [("partner_id", "=", person.id), ("start", "<=", fields.Datetime.now())]
        if days:
            domain.append(("start", ">=", fields.Datetime.now() - timedelta(days=days)))
        lines = request.env["small_school.attendance"].sudo().search(domain, order="start desc")
        labels = dict(lines._fields["status"]._description_selection(request.env))
        classes = []
        for classroom in lines.mapped("classroom_id").sorted("name"):
            own = lines.filtered(
                lambda line, one=classroom: line.classroom_id == one and line._is_final()
            )
            counts = count(own.filtered(lambda line: line.role == "student").mapped("status"))
            share = rate(counts)
            parts = ["%s: %s" % (labels[one], counts[one]) for one in STATUSES if one in counts]
            if counts:
                share = None if share is None else round(share)
                classes.append((classroom.name, share, " · ".join(parts)))
        return {
            "classes": classes,
            "lines": lines[:LINES],
            "is_cut": len(lines) > LINES,
        }

    @route("/my/lessons", type="http", auth="user", website=True)
    def classroom_my_lessons(self, **_arguments):
        """Show the page with the user's own lessons to come, and the address of their calendar."""
        me = request.env.user.partner_id
        lessons = self._classroom_lessons()[:LESSONS]
        values = self._prepare_portal_layout_values()
        values.update(
            {
                "lessons": lessons,
                "ways_in": {one.id: one._join_url_for(me) for one in lessons},
                "feed": request.env["small_school.feed"]._of(me),
                "page_name": "lessons",
            }
        )
        return request.render("small_school.portal_my_lessons", values)

    @route("/my/lessons/renew", type="http", auth="user", methods=["POST"], website=True)
    def classroom_renew(self, **_arguments):
        """Renew the address of the user's calendar; the old one stops working at once."""
        request.env["small_school.feed"]._of(request.env.user.partner_id).action_renew()
        return redirect("/my/lessons#calendar", 303)
