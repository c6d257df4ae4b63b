"""The deletion of a group on Telegram, which only a person can ask for."""

from odoo import _
from odoo.exceptions import UserError


class GroupDeletion:
    """The wish to delete the group of one `telegram.chat`."""

    def __init__(self, chat):
        self.env, self.chat = chat.env, chat

    def request(self):
        """Have the gateway delete the group, once. Odoo keeps its data about it.

        Raises UserError while the chat is in use, and without a group.
        """
        chat, outbox = self.chat, self.env["telegram.outbox"].sudo()
        if chat.active:
            raise UserError(
                _("“%s” is in use. Archive what it belongs to first.") % chat.display_name
            )
        if not chat._row().tg_chat_id:
            raise UserError(_("“%s” has no group on Telegram.") % chat.display_name)
        if self._newest_command().state in ("pending", "working"):
            return
        outbox._cancel_all(chat)
        outbox._enqueue(
            [
                {
                    "chat_id": chat.id,
                    "kind": "delete_group",
                    "payload": {"tg_chat_id": chat._row().tg_chat_id},
                }
            ]
        )

    def text(self):
        """A sentence while the deletion waits or after it failed; False otherwise."""
        command = self._newest_command()
        if command.state in ("pending", "working"):
            return _("The group is being deleted on Telegram.")
        if command.state == "failed":
            return _("The group could not be deleted on Telegram: %s.") % command.error_text
        return False

    def _newest_command(self):
        domain = [("chat_id", "=", self.chat.id), ("kind", "=", "delete_group")]
        return self.env["telegram.outbox"].sudo().search(domain, limit=1)
