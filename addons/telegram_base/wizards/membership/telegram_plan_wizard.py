from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..own_rights import OwnRights


class TelegramAsk(models.AbstractModel):
    """A window that asks the gateway something and shows the answer once it is there: a command is
    written, and its result read at the next press of the button."""

    _name = "telegram.ask.mixin"
    _description = "Telegram: question to the gateway"

    asked_id = fields.Integer(readonly=True)
    is_waiting = fields.Boolean(readonly=True)

    def _ask(self, kind, chat, pool="main"):
        """Return the result of the command as a dict once the gateway has answered, else None: then
        it was asked just now, or has not answered yet.

        Raises UserError if the gateway could not do it.
        """
        outbox = self.env["telegram.outbox"].sudo()
        asked = outbox.browse(self.asked_id).exists() if self.is_waiting else outbox
        if not asked:
            row = {"kind": kind, "chat_id": chat.id, "pool": pool, "priority": 10}
            self.write({"asked_id": outbox._enqueue([row])[0]["id"], "is_waiting": True})
            return None
        if asked.state in ("pending", "working"):
            return None
        self.is_waiting = False
        if asked.state != "done":
            raise UserError(
                _("Telegram did not answer: %s. Try again.") % (asked.error_text or asked.state)
            )
        return asked._result()

    def _again(self, name):
        """Return the same window once more, with its news."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class TelegramPlanWizard(OwnRights, models.TransientModel):
    """Shows what would be done on Telegram now, in one group or in all, without doing it."""

    _name = "telegram.plan.wizard"
    _inherit = "telegram.ask.mixin"
    _description = "What would happen on Telegram now"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", ondelete="cascade", help="Empty: all groups."
    )
    answered_at = fields.Datetime("As of", readonly=True)
    line_ids = fields.One2many("telegram.plan.line", "wizard_id", readonly=True)

    def action_ask(self):
        """Button: ask the gateway, then show its answer."""
        self.ensure_one()
        result = self._ask("plan", self.chat_id, self.chat_id.pool_name or "main")
        if result is not None:
            self.line_ids.unlink()
            self.env["telegram.plan.line"].create(
                [
                    {
                        "wizard_id": self.id,
                        "chat_id": line["chat_id"],
                        "what": line["what"],
                        "who": line.get("who"),
                        "detail": line.get("detail"),
                        "is_held": bool(line.get("held")),
                    }
                    for line in result.get("lines") or []
                ]
            )
            self.answered_at = fields.Datetime.now()
        return self._again(_("What would happen on Telegram now"))


class TelegramPlanLine(OwnRights, models.TransientModel):
    """A line of the plan: one thing that would be done."""

    _name = "telegram.plan.line"
    _description = "What would happen on Telegram now: one thing"
    _order = "chat_id, id"

    wizard_id = fields.Many2one("telegram.plan.wizard", required=True, ondelete="cascade")
    chat_id = fields.Many2one("telegram.chat", "Group", ondelete="cascade")
    what = fields.Char()
    who = fields.Char()
    detail = fields.Char()
    is_held = fields.Boolean("Waits for your word")
    sentence = fields.Char("What would happen", compute="_compute_sentence")

    @api.depends("what", "who", "detail")
    @api.depends_context("lang")
    def _compute_sentence(self):
        words = self.env["telegram.words"]
        for line in self:
            line.sentence = words._planned(line.what, line.who or "", line.detail or "")
