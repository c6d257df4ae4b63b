import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...models.run.rights import check_may_administer
from ..own_rights import OwnRights

_LINK = re.compile(
    r"^(?:https?://)?(?:t|telegram)\.me/(?P<rest>.+?)/?(?:\?.*)?$", flags=re.IGNORECASE
)
_ID = re.compile(r"^[0-9]{1,18}$")  # of 64 bits
_NAME = re.compile(r"^@?(?P<name>[a-z]\w{3,31})$", flags=re.IGNORECASE)


def normalized(text):
    """Return the name of an existing group as the gateway wants it: `+<hash>` of an invite link,
    `@name`, or a bare id; False for anything else."""
    text = (text or "").strip()
    match = _LINK.match(text)
    if match:
        rest = match.group("rest")
        if _ID.match(rest.partition("c/")[2].split("/")[0]) and rest.startswith("c/"):
            return rest.split("/")[1]
        if rest.lower().startswith("joinchat/"):
            return "+" + rest[len("joinchat/") :]
        text = rest.split("/")[0]
    if re.match(r"^\+[\w-]{8,}$", text):
        return text
    if text.startswith("-100") and _ID.match(text[4:]):
        return text[4:]
    if _ID.match(text):
        return text
    match = _NAME.match(text)
    if match:
        return "@" + match.group("name")
    return False


class TelegramBindWizard(OwnRights, models.TransientModel):
    """Makes a chat use an existing group: named by its link, or picked from the groups of the
    school's account."""

    _name = "telegram.bind.wizard"
    _inherit = "telegram.ask.mixin"
    _description = "Use an existing Telegram group"

    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    res_model = fields.Char("Owner's model", readonly=True)
    res_id = fields.Integer("Owner's id", readonly=True)
    has_group = fields.Boolean(compute="_compute_has_group")
    way = fields.Selection(
        [("list", "One of the groups of the school's account"), ("link", "By its link")],
        "Which one",
        required=True,
        default="list",
    )
    link = fields.Char("Link, @name or id")
    group_ids = fields.One2many("telegram.bind.group", "wizard_id", "Groups", readonly=True)
    group_id = fields.Many2one("telegram.bind.group", "Group to use", ondelete="set null")

    @api.depends("chat_id")
    def _compute_has_group(self):
        for wizard in self:
            wizard.has_group = bool(wizard.chat_id and wizard.chat_id._row().tg_chat_id)

    def action_list(self):
        """Button: ask the gateway for the groups of the school's account, then show them."""
        self.ensure_one()
        nothing = self.env["telegram.chat"]
        result = self._ask("list_groups", nothing, self.chat_id.pool_name or "main")
        if result is not None:
            self._show(result.get("groups") or [])
        return self._again(_("Use an existing group"))

    def _show(self, groups):
        """List these groups of the school's account, except for those that serve a chat already."""
        chats = self.env["telegram.chat.state"].sudo().search([("tg_chat_id", "!=", False)])
        taken = {row.tg_chat_id: row.chat_id for row in chats}
        self.group_ids.unlink()
        self.env["telegram.bind.group"].create(
            [
                {
                    "wizard_id": self.id,
                    "tg_chat_id": group["tg_chat_id"],
                    "title": group["title"],
                    "people": group.get("people") or 0,
                    "error_code": group.get("error_code") or False,
                }
                for group in groups
                if group["tg_chat_id"] not in taken
            ]
        )

    def action_bind(self):
        """Button: use the group. Raises UserError with what to do if it cannot be used."""
        self.ensure_one()
        check_may_administer(self.env["telegram.chat"])
        if self.way == "list":
            if not self.group_id:
                raise UserError(_("Have the groups listed and choose one, or give its link."))
            if self.group_id.error_code:
                raise UserError(self.group_id.error_text)
            name = str(self.group_id.tg_chat_id)
        else:
            name = normalized(self.link)
            if not name:
                raise UserError(
                    _(
                        "“%s” names no group. Give the group's link (https://t.me/…), its @name, "
                        "or its id."
                    )
                    % (self.link or "")
                )
        other = (
            self.env["telegram.chat"]
            .sudo()
            .with_context(active_test=False)
            .search([("bind", "=", name), ("id", "!=", self.chat_id.id)], limit=1)
        )
        if other:
            raise UserError(_("This group is used for “%s” already.") % other.name)
        chat = self.chat_id.sudo()
        if chat:
            chat._bind(name)
        else:
            owner = self.env[self.res_model].browse(self.res_id)
            owner.check_access_rights("write")
            owner.check_access_rule("write")
            chat = chat._for_record(owner, {"bind": name, "is_reviewed": False})
            if chat.bind != name:  # a class that has a chat and no group yet
                chat._bind(name)
            chat._call_owner("_telegram_on_bound", chat)
        return {"type": "ir.actions.act_window_close"}


class TelegramBindGroup(OwnRights, models.TransientModel):
    """A group of the school's account, as listed."""

    _name = "telegram.bind.group"
    _description = "Existing Telegram group"
    _rec_name = "title"

    wizard_id = fields.Many2one("telegram.bind.wizard", required=True, ondelete="cascade")
    tg_chat_id = fields.Char("Id", readonly=True)
    title = fields.Char(readonly=True)
    people = fields.Integer("People", readonly=True, group_operator=False)
    error_code = fields.Char(readonly=True)
    error_text = fields.Char("What is missing", compute="_compute_error_text")

    @api.depends("error_code")
    @api.depends_context("lang")
    def _compute_error_text(self):
        words = self.env["telegram.words"]
        for group in self:
            group.error_text = words._error(group.error_code) or ""

    def name_get(self):
        return [(group.id, "%s (%s)" % (group.title, group.people)) for group in self]
