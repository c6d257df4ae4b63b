"""Words for the groups: sentence and advice, by the line's code."""

from odoo import _


class GroupWords:
    """Lines of the section “Groups”.

    shown: the facts of one line in the form in which sentences show them.
    """

    def __init__(self, env, shown):
        self.env, self.shown = env, shown

    def lines(self):
        """Return {code: (sentence, advice or "")}, with places for the facts."""
        return {
            "chat_broken": (
                _("The group “%(chat)s” is broken: %(error)s."),
                _(
                    "On Telegram, bring the school's account and the bot back into the group and "
                    "make both administrators; then press “Check this group”. If the group is "
                    "gone for good, use another one (“Use an existing group” on its page)."
                ),
            ),
            "chat_held": (
                _(
                    "In “%(chat)s”, removals that wait for your word: %(count)s. Nobody is removed "
                    "before."
                ),
                _("Open the group, look at them under “Members”, and confirm or correct."),
            ),
            "chat_to_review": (
                _("“%(chat)s” was there before: nobody has decided yet about those in it."),
                _("Open the group and press “Look at who is in it”."),
            ),
            "chat_paused": (
                _("“%(chat)s” is paused by %(by)s since %(since)s."),
                _("Press “Resume” when it may go on."),
            ),
            "chats_never_made": (
                _("Groups that could not be made since %(since)s: %(count)s (%(names)s)."),
                _(
                    "Look at the gateway and at the failed commands above; then press “Check” "
                    "beside the groups below."
                ),
            ),
            "chats_being_made": (
                _("Groups still to be made: %(count)s (%(names)s)."),
                "",
            ),
            "chats_unseen": (
                _(
                    "In %(names)s, %(part)s is not known since %(since)s: %(error)s. It is asked "
                    "again and again; everything else goes on."
                ),
                _(
                    "Where it lasts, see that the school's account and the bot are both "
                    "administrators of the group, the account with the right to add people; then "
                    "press “Check” beside it."
                ),
            ),
            "chats_unknown": (
                _(
                    "%(account)s does not know these groups since %(since)s: %(names)s "
                    "(%(count)s). It does nothing there, and asks again by itself, ever less often."
                ),
                _("The bot must be an administrator there: see that it is, or make it one again.")
                if self.shown["kind"] == "bot"
                else _(
                    "In Telegram, logged in as the school's account, see that it is in these "
                    "groups; else an administrator lets it in again. Then press “Check this "
                    "group”. Until then open the lessons' calls there by hand."
                ),
            ),
            "chats_untrusted": (
                _(
                    "Groups in which the last full check could not see everybody: %(count)s "
                    "(%(names)s). Nobody is held to be absent because of that."
                ),
                "",
            ),
            "chats_ready": (
                _("Groups ready: %(count)s, read as a whole: %(checked)s."),
                "",
            ),
        }
