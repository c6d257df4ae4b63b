from odoo import _, api, models
from odoo.tools import format_datetime


class TelegramWords(models.AbstractModel):
    """Codes of the gateway and of Telegram, in words for people."""

    _name = "telegram.words"
    _description = "Telegram: codes in words"

    @api.model
    def _member(self, state, error_code=None):
        """Return the sentence for a member's state, in the language of the context."""
        words = {
            "waiting_link": _("Has not linked Telegram yet"),
            "welcome": _("Has linked Telegram, has not asked to join yet"),
            "requested": _("Asked to join, waits to be let in"),
            "in": _("Is in the group"),
            "left": _("Left the group"),
            "removing": _("Is being removed; not seen to be gone yet"),
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
    def _chat(self, state, error_code=None, waits_until=None):
        """Return the sentence for a chat's state. waits_until: an instant (naive UTC) until which
        it waits."""
        words = {
            "creating": _("The group is being created"),
            "ready": _("Ready"),
            "broken": _("Broken"),
            "deleted": _("Deleted on Telegram by the school; what happened in it is kept here"),
        }
        text = words.get(state) or _("Waits for the gateway")
        error = self._broken(error_code)
        if waits_until and state == "creating":
            zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
            until = format_datetime(self.env, waits_until, tz=zone, dt_format="short")
            text = _("The group is made, and waits until %s; nobody gets its link before") % until
        return "%s (%s)" % (text, error) if error else text

    @api.model
    def _adapter_fault(self, code, facts):
        """Return a sentence: the fault of the school's adapter, and what to do. facts: model,
        field, other. The addon that finds such faults extends it."""
        return "%s (%s)" % (code, facts["model"])

    @api.model
    def _broken(self, error_code):
        """Return a sentence: why a group is broken, and what to do; False without an error."""
        words = {
            "bot_removed": _(
                "the school's bot was removed from the group: make it an administrator there "
                "again, or press “Compare now” and the school's account brings it back"
            ),
            "bot_demoted": _(
                "the school's bot is no longer an administrator of the group, or lacks rights: "
                "make it one again, or press “Compare now” and the school's account does it"
            ),
            "account_removed": _(
                "the school's account is no longer in the group: add it again as an "
                "administrator, then press “Compare now”"
            ),
            "account_demoted": _(
                "the school's account is no longer an administrator of the group, or lacks "
                "rights: make it one again, then press “Compare now”"
            ),
            "CHANNEL_PRIVATE": _(
                "the group was deleted, or nobody of the school's accounts is in it any more: "
                "have a new group made, or use an existing one"
            ),
            "CHANNEL_INVALID": _(
                "the group no longer exists: have a new group made, or use an existing one"
            ),
            "CHAT_ADMIN_REQUIRED": _(
                "the school's bot lacks rights in the group: make it an administrator with all "
                "rights, then press “Compare now”"
            ),
        }
        return words.get(error_code) or self._error(error_code)

    @api.model
    def _account(self, state, error_code=None):
        """Return the sentence for an account's state."""
        words = {
            "connected": _("Connected"),
            "disconnected": _("Not connected at the moment"),
            "lost": _("Lost: somebody has to log in again"),
            "frozen": _("Frozen by Telegram: it changes nothing until an appeal is granted"),
        }
        text = words.get(state) or _("Never connected")
        error = self._error(error_code)
        return "%s (%s)" % (text, error) if error else text

    @api.model
    def _reason(self, code):
        """Return words for the reason of a roster row; a person's own words stay."""
        words = {
            False: _("Not enrolled any more"),
            "not_listed": _("Not enrolled any more"),
            "not_enrolled": _("Not enrolled"),
            "visitor": _("For a lesson only"),
            "blocked": _("Blocked at the school"),
            "asked": _("Somebody was asked"),
            "refused": _("Somebody of the school did not want them in"),
            "archived": _("The contact is archived"),
            "decided": _("Somebody decided it"),
            "stranger": _("Unknown to the school, and let in by nobody of the class"),
        }
        return words.get(code or False, code)

    @api.model
    def _planned(self, what, who, detail):
        """Return the sentence for a line of the plan, by its code; see the command `plan`."""
        roles = {"student": _("student"), "teacher": _("teacher"), "supervisor": _("supervisor")}
        facts = {"request_waiting": _("asks to join"), "member_joined": _("came into the group")}
        fact = facts.get(detail) or self._fact(detail)
        sentences = {
            "create_group": _("The group is made"),
            "bind_group": _("The existing group is taken over"),
            "approve": _("%s is let in") % who,
            "decline": _("The request of %s is turned down") % who,
            "remove": _("%s is removed") % who,
            "ban": _("%s is banned") % who,
            "lift_ban": _("The ban of %s is lifted") % who,
            "set_role": _("%s gets the rights of: %s") % (who, roles.get(detail, detail)),
            "edit_title": _("The title becomes “%s”") % detail,
            "tell": _("%s %s: the group's rules decide") % (who, fact),
            "broken": _("Nothing, before the group is put right: %s") % self._broken(detail),
        }
        return sentences.get(what, what)

    @api.model
    def _fact(self, kind):
        """Return words for the kind of a fact."""
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
            "button_pressed": _("A button of the bot's was pressed"),
            "phone_looked_up": _("A telephone number was looked up"),
            "link_made": _("A person's link into the group was made"),
            "call_opened": _("The call was opened"),
            "call_closed": _("The call was closed"),
            "call_kept": _("The call goes on"),
            "call_given_up": _("The call is not opened again"),
            "participant_joined": _("Somebody joined the call"),
            "participant_left": _("Somebody left the call"),
            "observation_lost": _("The call cannot be watched"),
            "observation_back": _("The call is watched again"),
            "listeners_hidden": _("Telegram hides those in the call who only listen"),
            "listeners_shown": _("Telegram shows everybody in the call again"),
            "account_frozen": _("An account was frozen"),
            "account_thawed": _("An account is frozen no more"),
            "account_limited": _("An account was limited"),
            "account_lost": _("An account was lost"),
            "account_back": _("An account is back"),
            "person_changed": _("Somebody is called otherwise, or deleted their account"),
            "person_forgotten": _("The gateway has forgotten an erased person"),
        }
        return words.get(kind, kind)

    @api.model
    def _command(self, kind):
        """Return words for the kind of a command; None for an unknown one."""
        kinds = self.env["telegram.outbox"]._fields["kind"]._description_selection(self.env)
        return dict(kinds).get(kind)

    @api.model
    def _login(self, code, wait_s=0):
        """Return a sentence that says what to do after a login failed; the codes are those of
        docs/dev/contract.md. wait_s: seconds, of flood_wait."""
        minutes = max(1, -(-(wait_s or 0) // 60))
        words = {
            "token_refused": _(
                "Telegram refuses this bot token: copy it again from @BotFather, the whole line."
            ),
            "bot_taken": _(
                "This bot serves another gateway already: make a bot of its own with @BotFather, "
                "or disconnect it there."
            ),
            "account_taken": _(
                "This account serves another gateway already: use another one, or disconnect it "
                "there."
            ),
            "phone_refused": _(
                "Telegram refuses this phone number: write it with + and the country code, for "
                "example +33 6 39 98 01 00."
            ),
            "phone_banned": _(
                "Telegram has banned this number: use another one, or write to "
                "recover@telegram.org."
            ),
            "phone_unregistered": _(
                "This number has no Telegram account yet: install Telegram on its phone, register "
                "there, then come back."
            ),
            "phone_flood": _(
                "Too many codes were asked for with this number: try again tomorrow, or by QR code."
            ),
            "phone_protected": _(
                "Telegram lets nobody log in with this number by a code: use the QR code."
            ),
            "code_not_sent": _("Telegram could not send the code: try again later, or by QR code."),
            "payment_required": _(
                "Telegram wants to be paid for sending a code to this number, which only its own "
                "apps can do: log in on a phone in Telegram's app, then start again here, or use "
                "the QR code."
            ),
            "email_needed": _(
                "Telegram wants this account to have an e-mail address for logging in: set it up "
                "in Telegram's app (Settings › Privacy and Security › Login Email), then start "
                "again; or use the QR code."
            ),
            "resend_unavailable": _(
                "Telegram has no other way to send the code: take the one that it sent, or start "
                "again by QR code."
            ),
            "telegram_trouble": _(
                "Telegram has trouble of its own: try again in a few minutes; if it stays so, "
                "start again."
            ),
            "admit_unanswered": _(
                "No other gateway let this one in: does it run, is its account connected, and has "
                "it the same session key? Else log in by phone or by QR code."
            ),
            "admit_other": _("Another account than the school's answered: nothing was changed."),
            "code_refused": _("This code is wrong: type the code that Telegram sent last."),
            "code_expired": _("This code has expired: start again for a new one."),
            "password_refused": _(
                "This password is wrong: it is the one of two-step verification, set in Telegram."
            ),
            "password_flood": _("Too many wrong passwords: wait some hours before you try again."),
            "qr_expired": _("Nobody scanned the code: start again when the phone is at hand."),
            "flood_wait": _("Telegram asks for a pause: try again in %s minutes.") % minutes,
            "api_missing": _(
                "Telegram asks for an API id and hash: get them on my.telegram.org and type them "
                "in the form."
            ),
            "api_refused": _(
                "Telegram refuses this API id or hash: copy both again from my.telegram.org, here "
                "or into the gateway's settings."
            ),
            "login_expired": _("The answer came too late: start again."),
            "login_interrupted": _("The gateway was restarted meanwhile: start again."),
            "login_cancelled": _("Nothing was changed: the login was given up."),
            "telegram_unreachable": _(
                "The gateway cannot reach Telegram: check the network of its machine."
            ),
            "wrong_session_key": _(
                "The gateway cannot read what was sealed for it, or its own logins: was its "
                "session key changed? Reload the page and start again."
            ),
            "internal": _("The login failed by a fault of the gateway: its log says more."),
        }
        return words.get(code) or _("Telegram refuses the login: try again later.")

    @api.model
    def _error(self, code):
        """Return words for an error code; the code itself if it is not a frequent one."""
        if not code:
            return False
        if code.startswith(("FLOOD_WAIT", "FLOOD_PREMIUM_WAIT", "SLOWMODE_WAIT")):
            return _("Telegram asks for a pause, it goes on later")
        words = {
            "people_talking": _("people are still talking, it is closed once they stop"),
            "not_linked": _("the person has not linked Telegram"),
            "chat_broken": _("the group is broken"),
            "expired": _("it was too late"),
            "bad_payload": _("the command could not be understood"),
            "internal": _("a fault of the gateway: its log says more"),
            "NETWORK": _("Telegram could not be reached"),
            "GROUPS_A_DAY": _("as many groups as is wise were made within a day"),
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
            "USER_RESTRICTED": _("Telegram has restricted it because it was reported as spam"),
            "USER_PRIVACY_RESTRICTED": _("the person's privacy settings do not allow it"),
            "missing_invitee": _("the person's privacy settings do not allow it"),
            "USER_NOT_MUTUAL_CONTACT": _("the person left and has to come back by the link"),
            "USER_CHANNELS_TOO_MUCH": _("the person is in too many groups"),
            "CHANNELS_TOO_MUCH": _("the account is in too many groups"),
            "USER_KICKED": _("the person is banned from the group"),
            "USER_BLOCKED": _("the person has blocked the bot"),
            "USER_IS_BLOCKED": _("the person has blocked the bot"),
            "INPUT_USER_DEACTIVATED": _("the person's Telegram account is deleted"),
            "CHAT_ADMIN_REQUIRED": _("the account lacks the right to do this in the group"),
            "RIGHT_FORBIDDEN": _(
                "this administrator was appointed by the group's owner or another administrator, "
                "who alone can change it"
            ),
            "USER_ADMIN_INVALID": _(
                "this administrator was appointed by the group's owner or another administrator, "
                "who alone can change it"
            ),
            "USER_CREATOR": _("the owner of the group cannot be changed"),
            "ADMINS_TOO_MUCH": _("the group has too many administrators"),
            "FRESH_CHANGE_ADMINS_FORBIDDEN": _(
                "the school's login is too young to appoint administrators: Telegram wants a day"
            ),
            "FROZEN_METHOD_INVALID": _("Telegram has frozen the school's account or bot"),
            "FROZEN_PARTICIPANT_MISSING": _("Telegram has frozen the school's account or bot"),
            "CHANNEL_PRIVATE": _("the account is no longer in the group"),
            "CHANNEL_INVALID": _("the group no longer exists"),
            "chat_in_use": _("the group is in use"),
            "CHANNEL_TOO_LARGE": _("the group is too large to be deleted: empty it first"),
            "not_creator": _(
                "only the Telegram account that made the group can delete it; let it do so on a "
                "phone"
            ),
            "PEER_ID_INVALID": _("the person has never written to the bot"),
            "AUTH_KEY_UNREGISTERED": _("the login was ended"),
            "replaced": _("another account was connected in its place"),
            "AUTH_KEY_DUPLICATED": _("the login was used from two places"),
            "SESSION_REVOKED": _("the login was ended"),
            "USER_DEACTIVATED": _("the account is deleted"),
            "USER_DEACTIVATED_BAN": _("Telegram has banned the account"),
        }
        return words.get(code, code)

    @api.model
    def _own(self, state, is_linked, has_link):
        """Return the sentence about a person's own state in one of their groups; `has_link`: they
        have a link to it already."""
        if state == "in":
            return _("You are in the group.")
        if not is_linked:
            return _("Link your Telegram first, with the button above.")
        if state == "requested":
            return _("You asked to join and will be let in.")
        if state == "banned":
            return _("You cannot join this group. Please ask the school.")
        if not has_link:
            return _("The group is being prepared.")
        if state == "left":
            return _("You left the group. Press the button to come back.")
        return _("You are not in the group yet. Press the button to join.")
