from odoo import api, fields, models

_OWN_FIELDS = [
    "telegram_own_state",
    "telegram_own_since",
    "telegram_own_seen_at",
    "telegram_own_username",
]


class ResUsers(models.Model):
    """Everybody sees, in their preferences, whether their own Telegram is linked."""

    _inherit = "res.users"

    telegram_own_state = fields.Selection(
        # as the partner's form shows them: in the reader's language
        lambda self: (
            self.env["res.partner"]._fields["telegram_state"]._description_selection(self.env)
        ),
        "My Telegram",
        compute="_compute_telegram_own",
    )
    telegram_own_since = fields.Datetime("My Telegram since", compute="_compute_telegram_own")
    telegram_own_seen_at = fields.Datetime("My Telegram last seen", compute="_compute_telegram_own")
    telegram_own_username = fields.Char("My Telegram username", compute="_compute_telegram_own")

    def __init__(self, pool, cr):
        super().__init__(pool, cr)
        # a new list: the one of the class above belongs to all databases
        cls = type(self)
        cls.SELF_READABLE_FIELDS = list(cls.SELF_READABLE_FIELDS) + _OWN_FIELDS

    @api.depends("partner_id")
    @api.depends_context("uid")
    def _compute_telegram_own(self):
        sees_all = self.env.su or self.env.user.has_group("telegram_base.group_user")
        for user in self:
            partner = user.sudo().partner_id if sees_all or user == self.env.user else False
            user.telegram_own_state = partner.telegram_state if partner else False
            user.telegram_own_since = partner.telegram_since if partner else False
            user.telegram_own_seen_at = partner.telegram_seen_at if partner else False
            user.telegram_own_username = partner.telegram_username if partner else False

    def _export_rows(self, fields, *args, **kwargs):
        # Odoo checks the groups of a field when it is read, not when it is computed
        self.check_field_access_rights("read", [path[0] for path in fields if path])
        return super()._export_rows(fields, *args, **kwargs)

    def action_telegram_link(self):
        """Button: show the personal link of this user."""
        self.ensure_one()
        return self.partner_id.action_telegram_link()
