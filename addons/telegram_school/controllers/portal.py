from werkzeug.utils import redirect

from odoo.http import request, route

from odoo.addons.telegram_base.controllers.portal import TelegramPortal

from ..models import telegram_choices
from ..models.messages import telegram_notice_kinds as kinds


class TelegramNoticesPortal(TelegramPortal):
    """A person's own choice of notices, on the portal. It only ever concerns the user who asks."""

    def _telegram_own_kinds(self, partner):
        return [
            kind
            for kind in kinds.PRIVATE
            if kind != "absence" or partner.sudo()._telegram_has_told_wards()
        ]

    def _telegram_values(self, partner):
        """Also return the choices of notices and of e-mails, as the page shows them."""
        values = super()._telegram_values(partner)
        person, labels = partner.sudo(), kinds.labels(partner)
        wishes, wish = person._telegram_wishes(), person.telegram_mail_wish or "never"
        values.update(
            notice_choices=[
                {"kind": kind, "label": labels[kind], "is_on": kind in wishes}
                for kind in self._telegram_own_kinds(partner)
            ],
            mail_choices=[
                {"value": value, "label": label, "is_chosen": value == wish}
                for value, label in telegram_choices.mail_choices(partner)
            ],
            is_noted=request.params.get("noted"),
        )
        return values

    @route("/my/telegram/notices", type="http", auth="user", methods=["POST"], website=True)
    def telegram_my_notices(self, mail=None, **chosen):
        """Store the user's choice. mail: a choice of e-mails; chosen: the kinds that are ticked."""
        partner = request.env.user.partner_id
        person = partner.sudo()
        if person._telegram_contacts():  # else the boxes cannot be ticked, and say nothing
            person._telegram_wish(
                {kind: kind in chosen for kind in self._telegram_own_kinds(partner)}
            )
        if mail in dict(telegram_choices.mail_choices(partner)):
            person.telegram_mail_wish = mail
        return redirect("/my/telegram?noted=1", 303)
