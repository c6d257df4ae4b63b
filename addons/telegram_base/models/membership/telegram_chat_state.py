import json

from odoo import fields, models

from ... import database
from ...fields import BigInteger

#: Rights of members in a new group on Telegram that they should not have in a class, in the order
#: in which they are shown. The gateway knows these as names of Telegram's rights.
OPEN_RIGHTS = ("invite_users", "pin_messages", "change_info")


class TelegramChatState(models.Model):
    """The group of a chat as the gateway knows it. Written by the gateway alone."""

    _name = "telegram.chat.state"
    _description = "Telegram: state of a group"
    _rec_name = "chat_id"

    chat_id = fields.Many2one("telegram.chat", required=True, ondelete="cascade")
    tg_chat_id = BigInteger("Telegram id", group_operator=False)
    state = fields.Selection(
        [
            ("creating", "Being created"),
            ("ready", "Ready"),
            ("broken", "Broken"),
            ("deleted", "Deleted"),
        ]
    )
    invite_link = fields.Char()
    anchor_message_id = fields.Integer("Message that links name", group_operator=False)
    title_seen = fields.Char()
    title_base = fields.Char()
    title_told_inbox_id = fields.Integer(group_operator=False)
    tg_call_id = BigInteger("Running call", group_operator=False)
    call_key = fields.Char()
    call_seen_at = fields.Datetime()
    listed_at = fields.Datetime()
    is_list_whole = fields.Boolean()
    number = fields.Integer(group_operator=False)
    missing = fields.Text()
    checked_at = fields.Datetime()
    checked_people = fields.Integer(group_operator=False)
    checked_differences = fields.Integer(group_operator=False)
    rights_before = fields.Text()
    is_read_only = fields.Boolean()
    default_rights = fields.Text()
    history = fields.Char()
    history_refused = fields.Char()
    bound = fields.Char()
    error_code = fields.Char()
    error = fields.Text()
    waits_until = fields.Datetime()
    seen_at = fields.Datetime()

    _sql_constraints = [
        ("chat_unique", "UNIQUE (chat_id)", "A group has one state."),
    ]

    def init(self):
        database.grant(self.env.cr, self._table, database.ALL)

    def _members_may(self):
        """Return the rights that members have, as last seen, and should not have in a class: list
        of names."""
        if not self.default_rights:
            return []
        forbidden = json.loads(self.default_rights)
        return [name for name in OPEN_RIGHTS if not forbidden.get(name)]
