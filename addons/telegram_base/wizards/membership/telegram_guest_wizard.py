from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..own_rights import OwnRights


class TelegramGuestWizard(OwnRights, models.TransientModel):
    """Says who an unknown Telegram user of a group is: a person whom the school knows, or a new
    one. Facts that reported them before are then handled as if they had been known at once."""

    _name = "telegram.guest.wizard"
    _description = "Who is this on Telegram?"

    member_id = fields.Many2one(
        "telegram.member", "On Telegram", required=True, readonly=True, ondelete="cascade"
    )
    choice = fields.Selection(
        [("known", "A person whom the school knows"), ("new", "A new person")],
        "This is",
        required=True,
        default="known",
    )
    partner_id = fields.Many2one("res.partner", "Person")
    name = fields.Char("Full name")

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        member = self.env["telegram.member"].browse(
            values.get("member_id") or self.env.context.get("default_member_id")
        )
        if "name" in names and member:
            values["name"] = member.name
        return values

    def action_link(self):
        """Button: link, and let the group's policy decide about the person.

        Raises UserError if nobody is chosen, or if the account was linked already.
        """
        self.ensure_one()
        # the person's rights are asked for by these reads and, for a new person, by the creation
        self.env["telegram.contact"].check_access_rights("write")
        member = self.member_id
        if not member.tg_user_id or self.env["telegram.contact"]._partners(member.tg_user_id):
            raise UserError(_("This Telegram account is linked already: close this window."))
        partner = self.partner_id if self.choice == "known" else self._new_partner()
        if not partner:
            raise UserError(_("Choose the person whose Telegram account this is."))
        self.env["telegram.contact"]._confirm(
            partner, member.tg_user_id, {"name": member.name, "username": member.username}
        )
        # the former decision about the unknown account
        self.env["telegram.guest"]._forget(member.sudo().chat_id, partner)
        member.sudo()._handle_reports_again()
        return {"type": "ir.actions.act_window_close"}

    def _new_partner(self):
        name = (self.name or "").strip()
        if not name:
            raise UserError(_("Give the new person a name."))
        company = self.member_id.sudo().chat_id.company_id
        return self.env["res.partner"].create({"name": name, "company_id": company.id})
