from odoo import _, api, fields, models

from ...rules import strangers
from ..res_company import HISTORIES, STRANGERS

SCHOOL = [("school", "As the school has it")]


class TelegramChat(models.Model):
    """Who may bring whom into a group, and what newcomers see: groups of children are closed."""

    _inherit = "telegram.chat"

    stranger_policy = fields.Selection(
        SCHOOL + STRANGERS,
        "Unknown person comes in",
        required=True,
        default="school",
        help="In a group that was made for the class: whom the school does not know, and no teacher "
        "or supervisor of the class let in or added, is put out, not banned, and the teachers are "
        "told.",
    )
    history_policy = fields.Selection(
        SCHOOL + HISTORIES, "Newcomers", required=True, default="school"
    )
    history = fields.Char(
        compute="_compute_history",
        store=True,
        help="What the gateway makes so; empty: it leaves what is there.",
    )
    is_closed = fields.Boolean(
        "Closed",
        default=True,
        readonly=True,
        copy=False,
        help="Members may add nobody, pin no message and not change the group's info. A group that "
        "was there before is closed only when somebody has said so.",
    )
    is_open = fields.Boolean(compute="_compute_openness")
    openness = fields.Char("Members and newcomers", compute="_compute_openness")

    @api.depends("history_policy", "bind", "company_id.telegram_history")
    def _compute_history(self):
        for chat in self:
            chosen = chat.history_policy
            if chosen == "school":
                # about a group that was there before nobody has said anything yet
                chosen = False if chat.bind else chat.company_id.telegram_history or "visible"
            chat.history = chosen

    @api.depends("chat_state_ids.default_rights", "chat_state_ids.history")
    @api.depends_context("lang")
    def _compute_openness(self):
        for chat in self:
            row = chat.sudo().chat_state_ids[:1]
            may = row._members_may()
            chat.is_open = bool(may)
            chat.openness = (
                chat._openness_in_words(may, row.history) if row.default_rights else False
            )

    @api.model
    def _openness_in_words(self, may, history):
        words = {
            "invite_users": _("members may add people"),
            "pin_messages": _("members may pin messages"),
            "change_info": _("members may change the group's info"),
        }
        said = [words[name] for name in may] or [
            _("members add nobody, pin nothing and change no info")
        ]
        if history:
            said.append(
                _("newcomers see the history")
                if history == "visible"
                else _("newcomers do not see the history")
            )
        sentence = ", ".join(said)
        return sentence[:1].upper() + sentence[1:] + "."

    def _bind(self, group):
        super()._bind(group)
        self.write({"is_closed": False})

    def action_close_to_members(self):
        """Button: from now on members add nobody, pin nothing and change no info of the group."""
        self._check_may_write()
        self.sudo().write({"is_closed": True})
        return True

    # -- strangers ------------------------------------------------------------------------------

    def _stranger_rule(self):
        """What becomes of strangers here: `out` or `ask`."""
        if self.stranger_policy != "school":
            return self.stranger_policy
        return (self.company_id or self.env.company).telegram_strangers or strangers.PUT_OUT

    def _is_admin_of_roster(self, tg_user_id):
        """Whether the account is that of a teacher or supervisor of this group."""
        partners = self.env["telegram.contact"]._partners(tg_user_id)
        return bool(
            partners
            and self.env["telegram.roster"]
            .sudo()
            .search_count(
                [
                    ("chat_id", "=", self.id),
                    ("partner_id", "in", partners.ids),
                    ("status", "=", "in"),
                    ("role", "in", ("teacher", "supervisor")),
                ]
            )
        )

    def _puts_out(self, payload):
        """Whether the account of a fact `member_joined`, which is nobody's whom the school knows, is
        put out."""
        by, user = payload.get("by"), payload.get("tg_user_id")
        is_admitted = bool(by and by != user and self._is_admin_of_roster(by))
        fate = strangers.fate(
            self._stranger_rule(),
            bool(self.active and self.is_reviewed and not self.bind),
            is_admitted,
            bool(by),
            bool(payload.get("is_unlogged")),
        )
        return fate == strangers.PUT_OUT
