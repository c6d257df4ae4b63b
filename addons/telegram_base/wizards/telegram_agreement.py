import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .own_rights import OwnRights

#: Names in a question; the rest is counted.
_NAMES_MAX = 20


class TelegramAgreement(OwnRights, models.TransientModel):
    """Asks for confirmation before an action that takes something away from people, with their
    number. The answer yes calls the button's method as the user; nothing of it is asked or held
    once more."""

    _name = "telegram.agreement"
    _description = "Telegram: are you sure?"

    question = fields.Text("Question", readonly=True)
    res_model = fields.Char(readonly=True)
    res_ids = fields.Char(readonly=True)  # JSON list
    method = fields.Char(readonly=True)

    @api.model
    def _ask(self, title, question, records, method):
        """Return the window that asks `question`, and calls that public method of `records` after a
        yes."""
        wizard = self.create(
            {
                "question": question,
                "res_model": records._name,
                "res_ids": json.dumps(records.ids),
                "method": method,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _count(self, people):
        """Return the number of people, with names: "2 (Amina, Émile)"."""
        names = people[:_NAMES_MAX].mapped("display_name")
        if len(people) > _NAMES_MAX:
            names.append("…")
        return "%s (%s)" % (len(people), ", ".join(names)) if people else "0"

    def action_yes(self):
        """Button: yes."""
        self.ensure_one()
        # only methods that users may call by RPC, with the same rights
        if not self.method or self.method.startswith("_") or self.res_model not in self.env:
            raise UserError(
                _("This question is not complete: close it and press the button again.")
            )
        records = self.env[self.res_model].browse(json.loads(self.res_ids or "[]")).exists()
        answer = getattr(records.with_context(telegram_agreed=True), self.method)()
        return answer if isinstance(answer, dict) else {"type": "ir.actions.act_window_close"}
