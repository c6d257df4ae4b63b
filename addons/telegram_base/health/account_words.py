"""Words for the bot and the account, and for Telegram's limits: sentence and advice, by the line's
code."""

from odoo import _


class AccountWords:
    """Lines of the section “Bot and account”.

    shown: the facts of one line in the form in which sentences show them.
    """

    def __init__(self, env, shown):
        self.env, self.shown = env, shown

    def lines(self):
        """Return {code: (sentence, advice or "")}, with places for the facts."""
        return {
            "account_missing": (
                _("%(account)s is not connected yet: nothing can be done on Telegram."),
                _(
                    "Connect it: Telegram → Configuration → Connect; or on the gateway's machine: "
                    "“telegram-gateway login %(kind)s”."
                ),
            ),
            "account_lost": (
                _("%(account)s (%(name)s) was lost on %(since)s: %(error)s."),
                _(
                    "Connect it again: Telegram → Configuration → Connect; or on the gateway's "
                    "machine: “telegram-gateway login %(kind)s”."
                ),
            ),
            "account_frozen": (self._frozen_sentence(), self._frozen_advice()),
            "account_fresh": (
                _(
                    "%(account)s (%(name)s) may not appoint administrators before %(until)s: its "
                    "login is too young, or it was just made an administrator itself. Everything "
                    "else goes on. Groups that wait for it, without a link for anybody: %(groups)s."
                ),
                "",
            ),
            "account_disconnected": (
                _("%(account)s (%(name)s) is not connected since %(since)s."),
                _(
                    "Look at the gateway's network and its log; “telegram-gateway check” says what "
                    "it lacks."
                ),
            ),
            "account_well": (_("%(account)s (%(name)s) is connected since %(since)s."), ""),
            "groups_full": (
                _("The school has %(used)s groups; the account may be in %(most)s: no more fit."),
                _(
                    "Archive classrooms and leave their groups with the account, give it Telegram "
                    "Premium (1,000 groups), or add a second pool."
                ),
            ),
            "groups_nearly_full": (
                _("Groups of the school: %(used)s of the %(most)s that the account may be in."),
                _("Plan for the next ones: Telegram Premium allows 1,000 groups."),
            ),
            "groups_room": (
                _("Groups of the school: %(used)s of the %(most)s that the account may be in."),
                "",
            ),
            "groups_today_spent": (
                _(
                    "%(made)s groups were made within 24 hours, as many as is wise: the next one "
                    "can be made at %(free_at)s."
                ),
                "",
            ),
            "groups_today": (_("Groups made within 24 hours: %(made)s of %(most)s."), ""),
            "account_limited": (
                _(
                    "%(account)s (%(name)s) adds nobody to a group directly until %(until)s: "
                    "%(error)s. Everything goes on by link."
                ),
                _(
                    "Until then, add nobody by hand with this account, and write to nobody who "
                    "did not write first."
                ),
            ),
            "groups_limited": (
                _(
                    "%(account)s (%(name)s) makes no group until %(until)s: %(error)s. New groups "
                    "wait, everything else goes on."
                ),
                _(
                    "In Telegram, logged in as it, ask @SpamBot why; until then make no group by "
                    "hand with it either."
                ),
            ),
            "method_paused": (
                _(
                    "%(account)s (%(name)s) does one thing less until %(until)s, because Telegram "
                    "wants a pause: %(method)s. What is due of it waits, and is then done in the "
                    "order of its urgency."
                ),
                self._method_advice(),
            ),
            "direct_adds_spent": (
                _(
                    "Added directly within 24 hours: %(used)s, as many as is wise; the next one "
                    "on %(free_at)s. Everything goes on by link."
                ),
                "",
            ),
            "direct_adds": (
                _("Direct adds left within 24 hours: %(left)s of %(most)s."),
                "",
            ),
            "lookups_spent": (
                _(
                    "Telephone numbers looked up within 24 hours: %(used)s, as many as is wise; the "
                    "next one on %(free_at)s."
                ),
                "",
            ),
            "lookups": (
                _("Look-ups of telephone numbers left within 24 hours: %(left)s of %(most)s."),
                "",
            ),
        }

    def _method_advice(self):
        if self.shown["request"] == "phone.createGroupCall":
            return _(
                "A lesson that begins before that: a teacher can start the call in the group; it "
                "becomes the lesson's."
            )
        return ""

    def _frozen_sentence(self):
        """Return the sentence for a frozen bot or account."""
        if self.shown["kind"] == "bot":
            return _(
                "Telegram has frozen the bot (%(name)s) since %(since)s: nobody is let in or "
                "removed, no message is sent. Calls go on, and what happens is still recorded."
            )
        return _(
            "Telegram has frozen the school's account (%(name)s) since %(since)s: no call is opened "
            "or closed, no group is made. The bot goes on, and tells the teachers before each "
            "lesson to open the call themselves."
        )

    def _frozen_advice(self):
        """Return the advice for a frozen bot or account: by when to appeal, and how."""
        parts = []
        if self.shown["deleted_at"]:
            parts.append(_("Appeal before %(deleted_at)s: Telegram deletes it then."))
        if self.shown["appeal_url"]:
            parts.append(_("How: in a Telegram app in which it is logged in, open %(appeal_url)s."))
        elif self.shown["kind"] == "bot":
            parts.append(_("Its owner can appeal to Telegram: write to @BotSupport."))
        else:
            parts.append(
                _("How: open a Telegram app in which it is logged in; it says how to appeal.")
            )
        parts.append(_("Once Telegram has granted it, everything goes on by itself."))
        return " ".join(parts)
