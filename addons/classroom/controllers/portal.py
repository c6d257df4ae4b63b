from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal


class ClassroomPortal(CustomerPortal):
    """A student's own record. The record rules decide what is whose."""

    def _classroom_mine(self):
        return [("partner_id", "=", request.env.user.partner_id.id)]

    def _classroom_count(self):
        lines = request.env["classroom.attendance"]
        if not lines.check_access_rights("read", raise_exception=False):
            return 0
        return lines.search_count(self._classroom_mine())

    def _prepare_portal_layout_values(self):  # Odoo 13 counts here
        values = super()._prepare_portal_layout_values()
        values["attendance_count"] = self._classroom_count()
        return values

    def _prepare_home_portal_values(self, counters):  # Odoo 14 counts here
        values = super()._prepare_home_portal_values(counters)
        if "attendance_count" in counters:
            values["attendance_count"] = self._classroom_count()
        return values

    @route("/my/attendance", type="http", auth="user", website=True)
    def classroom_my_attendance(self, **_arguments):
        """The page with one's own attendance, latest lesson first."""
        lines = request.env["classroom.attendance"].search(
            self._classroom_mine(), order="start desc", limit=200
        )
        values = self._prepare_portal_layout_values()
        values.update({"lines": lines, "page_name": "attendance"})
        return request.render("classroom.portal_my_attendance", values)
