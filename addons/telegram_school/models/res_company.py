from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .messages import telegram_notice_kinds as kinds


class ResCompany(models.Model):
    _inherit = "res.company"

    telegram_new_groups = fields.Boolean(
        "New classes get a Telegram group",
        default=True,
        help="Classes that were there before Telegram get theirs on the page of the first steps.",
    )
    telegram_notices_off = fields.Char(
        "Notices switched off", help="Their codes, with blanks between them."
    )
    telegram_quiet_from = fields.Float("Quiet from", help="By each classroom's clock.")
    telegram_quiet_until = fields.Float("Quiet until")

    @api.constrains("telegram_quiet_from", "telegram_quiet_until")
    def _check_telegram_quiet(self):
        for company in self:
            for hour in (company.telegram_quiet_from, company.telegram_quiet_until):
                if not 0 <= hour < 24:
                    raise ValidationError(_("Quiet hours are between 00:00 and 23:59."))

    def _telegram_notice_is_on(self, kind):
        """Return whether the school wants this kind of notice sent."""
        return kind not in (self.telegram_notices_off or "").split()

    def _telegram_switch_notice(self, kind, is_on):
        off = set((self.telegram_notices_off or "").split()) - {kind}
        off |= set() if is_on else {kind}
        self.telegram_notices_off = " ".join(one for one in kinds.KINDS if one in off) or False
