"""The group of a record that is archived or restored."""

from odoo import _


class ChatArchive:
    """Archives and restores one `telegram.chat`. Its messages are in the language of `chat.env`."""

    def __init__(self, chat):
        self.env, self.chat = chat.env, chat

    def archive(self):
        """Send a farewell into the group and treat it by its policy. By default nobody loses
        anything: the group stays, to read."""
        chat = self.chat
        if chat.archive_policy == "read_only" and chat._row().tg_chat_id:
            chat._send(
                _(
                    "This class has been closed at the school. Its group stays, to read. "
                    "Thank you, all of you!"
                )
            )
        elif chat.archive_policy == "empty":
            if chat._row().tg_chat_id:
                chat._send(_("This class has been closed at the school, and so is its group."))
            self.remove_everybody()

    def remove_everybody(self):
        """Empty the roster except for bans. A person agreed to it when they chose this policy."""
        banned = self.chat.roster_ids.filtered(lambda row: row.status == "banned")
        self.chat._set_roster([row._entry() for row in banned])
        self.chat._reconcile(allow_removals="all")

    def restore(self):
        """Open the group again, and decide about the people who joined or asked to join
        meanwhile."""
        chat = self.chat
        if chat.archive_policy == "read_only" and chat._row().tg_chat_id:
            chat._send(_("This class is open again: everybody may write in its group."))
        arrived = self.env["telegram.member"].search(
            [
                ("chat_id", "=", chat.id),
                ("seen_status", "in", ("requested", "in")),
                ("told_inbox_id", "not in", (0, False)),
            ]
        )
        facts = self.env["telegram.inbox"].sudo().browse(arrived.mapped("told_inbox_id")).exists()
        kinds = ("member_joined", "request_waiting")
        facts = facts.filtered(lambda fact: fact.kind in kinds and fact.state == "done")
        if facts:
            facts._mark("new")
