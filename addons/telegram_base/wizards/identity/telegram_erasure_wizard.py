from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...privacy.explanation import Explanation, Outcome
from ..own_rights import OwnRights


class TelegramErasureWizard(OwnRights, models.TransientModel):
    """The preview of a person's erasure, and then its outcome. It stores no name: the person's data
    is read each time."""

    _name = "telegram.erasure.wizard"
    _description = "Erase a person's data"

    # no many2one: windows about the person go with their data
    person_id = fields.Integer("Partner's id", readonly=True)
    person_name = fields.Char("Person", compute="_compute_person")
    obstacles = fields.Text(compute="_compute_person")
    notes = fields.Text(compute="_compute_person")
    is_erased_before = fields.Boolean(compute="_compute_person")
    line_ids = fields.One2many("telegram.erasure.line", "wizard_id", readonly=True)
    is_sure = fields.Boolean("I know that this cannot be undone")
    state = fields.Selection([("preview", "Before"), ("done", "Erased")], default="preview")
    outcome = fields.Text(readonly=True)

    @api.model
    def _open(self, partner):
        """Return the window of a new wizard for this partner."""
        self.check_access_rights("create")
        data = self.env["telegram.personal.data"]
        data._check_may(partner)
        person = data.sudo()._personal_person(partner)
        lines = data.sudo()._personal_preview(person)
        wizard = self.create(
            {
                "person_id": partner.id,
                "line_ids": [
                    (0, 0, dict(line, sequence=number)) for number, line in enumerate(lines)
                ],
            }
        )
        return wizard._show()

    def _show(self):
        """Return the window of this wizard."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Erase a person's data"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _partner(self):
        return self.env["res.partner"].with_context(active_test=False).browse(self.person_id)

    @api.depends("person_id", "state")
    def _compute_person(self):
        data = self.env["telegram.personal.data"]
        for wizard in self:
            partner = wizard._partner().exists()
            obstacles, notes = [], []
            if partner:
                data._check_may(partner)
                person = data.sudo()._personal_person(partner)
                obstacles = data.sudo()._personal_obstacles(person)
                notes = Explanation(data.sudo().env, person).notes()
            # only now: the search may have emptied the cache
            wizard.person_name = partner.sudo().display_name or False
            wizard.is_erased_before = bool(partner.sudo().telegram_erased_at)
            wizard.obstacles = "\n".join(obstacles) or False
            wizard.notes = "\n".join(notes) or False

    def action_erase(self):
        """Button: erase. Raises UserError with what must be done first."""
        self.ensure_one()
        if not self.is_sure:
            raise UserError(_("Tick that you know that this cannot be undone."))
        data, partner = self.env["telegram.personal.data"], self._partner()
        named_in = data._personal_erase(partner)
        outcome = Outcome(data.sudo().env, partner).text(named_in)
        self.write({"state": "done", "outcome": outcome})
        return self._show()

    def action_close(self):
        """Button: close, and show the page behind as it is now."""
        self.check_access_rights("write")
        return {"type": "ir.actions.client", "tag": "reload"}


class TelegramErasureLine(OwnRights, models.TransientModel):
    """One kind of rows, and what the erasure does with them."""

    _name = "telegram.erasure.line"
    _description = "Erase a person's data: one kind of rows"
    _order = "sequence, id"

    wizard_id = fields.Many2one("telegram.erasure.wizard", required=True, ondelete="cascade")
    sequence = fields.Integer()
    title = fields.Text("What")
    count = fields.Integer("Rows")
    erasure = fields.Selection(
        [
            ("deleted", "Deleted"),
            ("nameless", "Stays without a name"),
            ("gateway", "Forgotten by the gateway"),
            ("kept", "Stays"),
        ],
        "Becomes",
    )
    why = fields.Text("Why")
