from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..own_rights import OwnRights

#: Names that a sentence shows; the rest is counted.
_NAMES = 10


class TelegramPeopleWizard(OwnRights, models.TransientModel):
    """Does something for many people at once: sends or prints their personal links, unlinks them,
    or lets them take part without Telegram."""

    _name = "telegram.people.wizard"
    _description = "Telegram: with these people"

    partner_ids = fields.Many2many("res.partner", string="People", required=True)
    title = fields.Char("Title of the sheet")
    what = fields.Selection(
        [
            ("print", "Print their links, with a QR code for each"),
            ("email", "Send them their link by e-mail"),
            ("unlink", "Unlink their Telegram accounts"),
            ("unwanted", "They take part without Telegram"),
            ("wanted", "They take part with Telegram again"),
        ],
        "What",
        required=True,
        default="print",
    )
    skip_linked = fields.Boolean("Leave out who has linked Telegram already", default=True)
    supersede = fields.Boolean(
        "Older links no longer work", help="If sheets were lost, or given to the wrong people."
    )
    notice = fields.Text("Not among them", readonly=True)
    summary = fields.Char(compute="_compute_summary", compute_sudo=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_people()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        if "partner_ids" in vals:
            self._check_people()
        return result

    def _check_people(self):
        """Raise AccessError unless the user may have the links of these people, which act as
        them."""
        for partner in self.mapped("partner_ids"):
            partner._check_may_link()

    @api.depends("what", "partner_ids", "skip_linked")
    def _compute_summary(self):
        for wizard in self:
            sentences = [_("People: %s") % len(wizard._people())]
            left_out = wizard.partner_ids - wizard._people()
            if left_out:
                sentences.append(_("left out: %s") % wizard._some_names(left_out))
            wizard.summary = " · ".join(sentences)

    @api.model
    def _some_names(self, partners):
        names = ", ".join(partners[:_NAMES].mapped("display_name"))
        if len(partners) > _NAMES:
            names = _("%s and %s others") % (names, len(partners) - _NAMES)
        return names

    def _people(self):
        """Return the people whom the choice concerns."""
        self.ensure_one()
        partners = self.partner_ids.sudo()
        if self.what in ("print", "email"):
            partners = partners.filtered(lambda partner: not partner.telegram_unwanted)
            if self.skip_linked:
                partners -= partners._telegram_contacts().mapped("partner_id")
            if self.what == "email":
                partners = partners.filtered(lambda partner: partner._telegram_mail_reader())
        elif self.what == "unlink":
            partners = partners._telegram_contacts().mapped("partner_id")
        elif self.what == "unwanted":
            partners = partners.filtered(lambda partner: not partner.telegram_unwanted)
        elif self.what == "wanted":
            partners = partners.filtered("telegram_unwanted")
        return partners.sorted("name")

    def action_do(self):
        """Button: do it. Raises UserError if it concerns nobody."""
        self.ensure_one()
        partners = self._people()
        if not partners:
            raise UserError(_("That concerns nobody of them: %s.") % self.summary)
        return getattr(self, "_do_%s" % self.what)(partners)

    def _do_print(self, partners):
        partners._telegram_bot()  # says so when there is none yet
        return self.env.ref("telegram_base.telegram_sheet").report_action(self, config=False)

    def _do_email(self, partners):
        if self.supersede:
            self.env["telegram.link"]._supersede(partners)
        self.env["telegram.mailing"].sudo()._mail_now(partners)
        return {"type": "ir.actions.act_window_close"}

    def _do_unlink(self, partners):
        partners._telegram_contacts().with_env(self.env).action_revoke()
        return {"type": "ir.actions.act_window_close"}

    def _do_unwanted(self, partners):
        return self._set_unwanted(partners, True)

    def _do_wanted(self, partners):
        return self._set_unwanted(partners, False)

    def _set_unwanted(self, partners, is_unwanted):
        partners.write({"telegram_unwanted": is_unwanted})
        return {"type": "ir.actions.act_window_close"}
