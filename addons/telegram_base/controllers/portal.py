from werkzeug.utils import redirect

from odoo import _
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal


class TelegramPortal(CustomerPortal):
    """A person's own page: whether they have linked Telegram, and their classes. It always shows
    the user who asks; nobody else can be named."""

    def _telegram_count(self):
        return len(request.env.user.partner_id._telegram_roster_chats("in"))

    def _prepare_portal_layout_values(self):  # Odoo 13 counts here
        values = super()._prepare_portal_layout_values()
        values["telegram_count"] = self._telegram_count()
        return values

    def _prepare_home_portal_values(self, counters):  # Odoo 14 counts here
        values = super()._prepare_home_portal_values(counters)
        if "telegram_count" in counters:
            values["telegram_count"] = self._telegram_count()
        return values

    @route("/my/telegram", type="http", auth="user", website=True)
    def telegram_my_classes(self, **_arguments):
        """Show the page with the user's own classes."""
        return self._telegram_page()

    @route("/my/telegram/link", type="http", auth="user", methods=["POST"], website=True)
    def telegram_my_link(self, **_arguments):
        """Make a personal link, which works once, and redirect to it."""
        try:
            url = request.env.user.partner_id.telegram_link_url()
        except UserError:
            return self._telegram_page(
                _("Telegram is not connected at the school yet. Please try again later.")
            )
        return redirect(url, 303)

    def _telegram_values(self, partner):
        """Return the values of the page for this person; extend with super()."""
        return {
            "page_name": "telegram",
            "is_linked": bool(partner._telegram_contacts()),
            "classes": partner._telegram_own_classes(),
        }

    def _telegram_page(self, warning=None):
        partner = request.env.user.partner_id
        values = self._prepare_portal_layout_values()
        values.update(self._telegram_values(partner), warning=warning)
        return request.render("telegram_base.portal_my_telegram", values)
