from odoo import api, fields, models

from ... import database
from .policies import HISTORIES, STRANGERS

#: A policy of one group that follows the company's.
AS_THE_SCHOOL = [("school", "As the school has it")]


class TelegramChatPolicyMixin(models.AbstractModel):
    """The school's policies for one group: how changes made on Telegram are treated, and limits.

    The model has `bind` and `company_id`.
    """

    _name = "telegram.chat.policy.mixin"
    _description = "Telegram: policies of a group"

    may_manage = fields.Boolean(
        "Settings may be changed",
        compute="_compute_may_manage",
        search="_search_may_manage",
        help="By the user: an administrator of Telegram, or whoever a school's addon lets.",
    )
    title_policy = fields.Selection(
        [("accept", "Take the new title over"), ("restore", "Restore ours")],
        "Title changed on Telegram",
        required=True,
        default="accept",
    )
    promotion_policy = fields.Selection(
        [("restore", "Restore ours"), ("accept", "Let it be")],
        "Role changed on Telegram",
        required=True,
        default="restore",
    )
    join_policy = fields.Selection(
        [
            ("enrol", "Enrol whoever comes"),
            ("ask", "Ask a person"),
            ("remove", "Remove from the group"),
        ],
        "Known person joins on Telegram",
        required=True,
        default="ask",
    )
    leave_policy = fields.Selection(
        [("unenrol", "Unenrol"), ("flag", "Only show it")],
        "Person leaves on Telegram",
        required=True,
        default="unenrol",
    )
    archive_policy = fields.Selection(
        [
            ("leave", "Leave it in peace"),
            ("read_only", "Members may only read"),
            ("empty", "Remove everybody"),
        ],
        "When it is archived",
        required=True,
        default="read_only",
    )
    add_contacts = fields.Boolean(
        "Add contacts directly",
        default=True,
        help="Whoever is in the address book of the school's account, and has the account in "
        "theirs, is added to the group directly, some a day. Everybody else comes in by the link.",
    )
    most_removals = fields.Integer(
        "Removals at once",
        required=True,
        default=5,
        help="Where more people, and more than the percentage, would be removed at once, "
        "nobody is until somebody has confirmed it.",
    )
    most_removals_percent = fields.Integer("Removals at once (%)", required=True, default=10)
    stranger_policy = fields.Selection(
        AS_THE_SCHOOL + STRANGERS,
        "Unknown person comes in",
        required=True,
        default="school",
        help="In a group that was made for the class: whom the school does not know, and no teacher "
        "or supervisor of the class let in or added, is put out, not banned, and the teachers are "
        "told.",
    )
    history_policy = fields.Selection(
        AS_THE_SCHOOL + HISTORIES, "Newcomers", required=True, default="school"
    )
    history = fields.Char(
        compute="_compute_history",
        store=True,
        help="What the gateway makes so; empty: it leaves what is there.",
    )

    def init(self):
        super().init()
        if self._auto:
            # needed by a gateway that is upgraded first, and by rows made in SQL
            database.set_defaults(
                self.env.cr,
                self._table,
                {
                    "archive_policy": "'read_only'",
                    "add_contacts": "true",
                    "most_removals": "5",
                    "most_removals_percent": "10",
                    "stranger_policy": "'school'",
                    "history_policy": "'school'",
                },
            )

    @api.depends_context("uid")
    def _compute_may_manage(self):
        everything = self.sudo().with_context(active_test=False)
        mine = everything.search([("id", "in", self.ids), ("may_manage", "=", True)])
        for chat in self:
            chat.may_manage = chat.id in mine.ids

    @api.model
    def _search_may_manage(self, operator, value):
        is_manager = self.env.user.has_group("telegram_base.group_manager")
        is_wanted = bool(value) == (operator == "=")
        return [(1, "=", 1)] if is_manager == is_wanted else [(0, "=", 1)]

    @api.depends("history_policy", "bind", "company_id.telegram_history")
    def _compute_history(self):
        for chat in self:
            chosen = chat.history_policy
            if chosen == "school":
                # an existing group has not been reviewed yet
                chosen = False if chat.bind else chat.company_id.telegram_history or "visible"
            chat.history = chosen
