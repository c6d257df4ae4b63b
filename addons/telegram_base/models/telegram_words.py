from odoo import _, api, models


class TelegramWords(models.AbstractModel):
    """Codes of the gateway and of Telegram, in a person's words."""

    _name = "telegram.words"
    _description = "Telegram: codes in words"

    @api.model
    def _member(self, state, error_code=None):
        """Sentence for a member's state, in the language of the context."""
        words = {
            "waiting_link": _("Has not linked Telegram yet"),
            "welcome": _("Has linked Telegram, has not asked to join yet"),
            "requested": _("Asked to join, waits to be let in"),
            "in": _("Is in the group"),
            "left": _("Left the group"),
            "removed": _("Was removed from the group"),
            "banned": _("Is banned from the group"),
            "guest": _("Is in the group, but is not on its roster"),
            "failed": _("Could not be done"),
            "undecided": _("Somebody has to decide"),
            "held": _("Is to be removed, once somebody has confirmed it"),
        }
        text = words.get(state) or _("Not looked at yet")
        error = self._error(error_code)
        return "%s (%s)" % (text, error) if error else text

    @api.model
    def _chat(self, state, error_code=None):
        """Sentence for a chat's state."""
        words = {
            "creating": _("The group is being created"),
            "ready": _("Ready"),
            "broken": _("Broken"),
        }
        text = words.get(state) or _("Waits for the gateway")
        error = self._error(error_code)
        return "%s (%s)" % (text, error) if error else text

    @api.model
    def _account(self, state, error_code=None):
        """Sentence for an account's state."""
        words = {
            "connected": _("Connected"),
            "disconnected": _("Not connected at the moment"),
            "lost": _("Lost: somebody has to log in again"),
        }
        text = words.get(state) or _("Never connected")
        error = self._error(error_code)
        return "%s (%s)" % (text, error) if error else text

    @api.model
    def _reason(self, code):
        """Words for the reason of a roster row; what people wrote themselves stays."""
        words = {
            False: _("Not enrolled any more"),
            "not_listed": _("Not enrolled any more"),
            "not_enrolled": _("Not enrolled"),
            "blocked": _("Blocked at the school"),
            "asked": _("Somebody was asked"),
        }
        return words.get(code or False, code)

    @api.model
    def _planned(self, what, who, detail):
        """Sentence for a line of what would be done, by its code; see the command `plan`."""
        roles = {"student": _("student"), "teacher": _("teacher"), "supervisor": _("supervisor")}
        facts = {"request_waiting": _("asks to join"), "member_joined": _("came into the group")}
        sentences = {
            "create_group": lambda: _("The group is made"),
            "bind_group": lambda: _("The existing group is taken over"),
            "approve": lambda: _("%s is let in") % who,
            "decline": lambda: _("The request of %s is turned down") % who,
            "remove": lambda: _("%s is removed") % who,
            "ban": lambda: _("%s is banned") % who,
            "lift_ban": lambda: _("The ban of %s is lifted") % who,
            "set_role": lambda: _("%s gets the rights of: %s") % (who, roles.get(detail, detail)),
            "edit_title": lambda: _("The title becomes “%s”") % detail,
            "tell": lambda: (
                _("%s %s: the group's rules decide")
                % (who, facts.get(detail) or self._fact(detail))
            ),
        }
        return sentences[what]() if what in sentences else what

    @api.model
    def _fact(self, kind):
        """Words for the kind of a fact."""
        words = {
            "chat_ready": _("The group is ready"),
            "chat_broken": _("The group is broken"),
            "title_changed": _("The title was changed"),
            "member_joined": _("Somebody came into the group"),
            "member_left": _("Somebody left the group"),
            "member_removed": _("Somebody was removed"),
            "member_promoted": _("Somebody was made administrator"),
            "member_demoted": _("Somebody is no longer administrator"),
            "request_waiting": _("Somebody asks to join"),
            "removals_held": _("Many would be removed at once"),
            "bot_message": _("A message to the bot"),
            "call_opened": _("The call was opened"),
            "call_closed": _("The call was closed"),
            "participant_joined": _("Somebody joined the call"),
            "participant_left": _("Somebody left the call"),
            "observation_lost": _("The call cannot be watched"),
            "observation_back": _("The call is watched again"),
            "account_lost": _("An account was lost"),
            "account_back": _("An account is back"),
        }
        return words.get(kind, kind)

    @api.model
    def _error(self, code):
        """Words for an error code; the code itself if it is none of those that happen often."""
        if not code:
            return False
        if code.startswith(("FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT")):
            return _("Telegram asks for a pause, it goes on later")
        words = {
            "not_linked": _("the person has not linked Telegram"),
            "chat_broken": _("the group is broken"),
            "expired": _("it was too late"),
            "bad_payload": _("the command could not be understood"),
            "internal": _("a fault of the gateway: its log says more"),
            "no_account": _("no Telegram account is connected"),
            "bind_unknown": _(
                "the existing group was not found: check the link, and that the school's account "
                "is a member of the group"
            ),
            "bind_not_member": _(
                "the school's account is not in the existing group: add it there, make it an "
                "administrator, then compare again"
            ),
            "bind_no_rights": _(
                "in the existing group, make the school's account an administrator who may add "
                "administrators, ban people and invite, then compare again"
            ),
            "bind_basic_group": _(
                "the existing group is of Telegram's old kind: in its settings, make the history "
                "visible to new members once, which converts it, then compare again"
            ),
            "bind_taken": _("the existing group belongs to another classroom already"),
            "PEER_FLOOD": _("Telegram has limited the account because of too many invitations"),
            "USER_PRIVACY_RESTRICTED": _("the person's privacy settings do not allow it"),
            "USER_NOT_MUTUAL_CONTACT": _("the person left and has to come back by the link"),
            "USER_CHANNELS_TOO_MUCH": _("the person is in too many groups"),
            "CHANNELS_TOO_MUCH": _("the account is in too many groups"),
            "USER_KICKED": _("the person is banned from the group"),
            "USER_BLOCKED": _("the person has blocked the bot"),
            "USER_IS_BLOCKED": _("the person has blocked the bot"),
            "INPUT_USER_DEACTIVATED": _("the person's Telegram account is deleted"),
            "CHAT_ADMIN_REQUIRED": _("the account lacks the right to do this in the group"),
            "RIGHT_FORBIDDEN": _("the account lacks the right to do this in the group"),
            "USER_CREATOR": _("the owner of the group cannot be changed"),
            "ADMINS_TOO_MUCH": _("the group has too many administrators"),
            "FRESH_CHANGE_ADMINS_FORBIDDEN": _(
                "the account logged in less than a day ago and may not change administrators yet"
            ),
            "CHANNEL_PRIVATE": _("the account is no longer in the group"),
            "CHANNEL_INVALID": _("the group no longer exists"),
            "PEER_ID_INVALID": _("the person has never written to the bot"),
            "AUTH_KEY_UNREGISTERED": _("the login was ended"),
            "replaced": _("another account was connected in its place"),
            "AUTH_KEY_DUPLICATED": _("the login was used from two places"),
            "SESSION_REVOKED": _("the login was ended"),
            "USER_DEACTIVATED": _("the account is deleted"),
            "USER_DEACTIVATED_BAN": _("Telegram has banned the account"),
        }
        return words.get(code, code)
