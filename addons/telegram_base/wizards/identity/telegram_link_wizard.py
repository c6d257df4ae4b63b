from html import escape

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..own_rights import OwnRights


class TelegramLinkWizard(OwnRights, models.TransientModel):
    """Shows a personal deep link once, to be copied or sent by e-mail."""

    _name = "telegram.link.wizard"
    _description = "Personal Telegram link"

    partner_id = fields.Many2one("res.partner", "Person", required=True, readonly=True)
    url = fields.Char("Personal link", readonly=True)
    email = fields.Char(compute="_compute_email", compute_sudo=True)
    is_linked = fields.Boolean(compute="_compute_email", compute_sudo=True)
    keeps_others = fields.Boolean(
        "A further account", readonly=True, help="The accounts linked before stay linked."
    )
    is_sent = fields.Boolean(readonly=True)

    @api.depends("partner_id")
    def _compute_email(self):
        for wizard in self:
            wizard.email = wizard.partner_id.email
            wizard.is_linked = bool(wizard.partner_id._telegram_contacts())

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            # the link acts as the person: made only if the user may have it
            url = wizard.partner_id.telegram_link_url(wizard.keeps_others)
            # pylint: disable=super-method-mismatch  # the wizard's own `write` refuses an address
            super(TelegramLinkWizard, wizard).write({"url": url})
        return wizards

    def write(self, vals):
        if {"partner_id", "url", "keeps_others"} & set(vals):
            raise AccessError(_("A personal link is not changed; ask for a new one."))
        return super().write(vals)

    def _show(self):
        """Return the window of this wizard."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Personal Telegram link"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_further(self):
        """Button: show a link for one more account, in addition to those linked already."""
        self.ensure_one()
        further = self.create({"partner_id": self.partner_id.id, "keeps_others": True})
        return further._show()

    def action_send(self):
        """Button: send the link to the person by e-mail, in their language."""
        self.ensure_one()
        partner = self.partner_id
        if not partner.sudo().email:
            raise UserError(_("%s has no e-mail address.") % partner.name)
        wizard = self.with_context(lang=partner.sudo().lang or self.env.lang)
        mail = self.env["mail.mail"].sudo().create(wizard._mail_values())
        mail.send()
        self.is_sent = True
        return self._show()

    def _mail_values(self):
        """Return the values of the `mail.mail` with the personal link, in the wizard's language."""
        partner = self.partner_id.sudo()
        lines = [
            _("Hello %s,") % partner.name,
            _(
                "this is your personal link. Open it on the phone on which you use Telegram, "
                "and press Start: the bot then sends you the groups of your classes."
            ),
            _("It works once. Please do not pass it on: it speaks for you."),
        ]
        paragraphs = "".join("<p>%s</p>" % escape(line) for line in lines)
        return {
            "subject": _("Your personal link to the school's Telegram groups"),
            "body_html": '%s<p><a href="%s">%s</a></p>'
            % (paragraphs, escape(self.url), escape(self.url)),
            "recipient_ids": [(6, 0, partner.ids)],
            "auto_delete": True,
        }
