"""The rights of a group's members, and the history that newcomers see, in words."""

from odoo import _


class MembersRights:
    """The rights in one group, as last seen. row: its `telegram.chat.state`, maybe empty."""

    def __init__(self, env, row):
        self.env, self.row = env, row

    def text(self):
        """Return a sentence; False before the gateway has read the group."""
        if not self.row.default_rights:
            return False
        words = {
            "invite_users": _("members may add people"),
            "pin_messages": _("members may pin messages"),
            "change_info": _("members may change the group's info"),
        }
        parts = [words[name] for name in self.row._members_may()] or [
            _("members add nobody, pin nothing and change no info")
        ]
        if self.row.history:
            parts.append(
                _("newcomers see the history")
                if self.row.history == "visible"
                else _("newcomers do not see the history")
            )
        sentence = ", ".join(parts)
        return sentence[:1].upper() + sentence[1:] + "."
