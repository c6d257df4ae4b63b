"""Words for the lines of `lines`: the state, and what to do about it."""

from collections import defaultdict
from datetime import datetime

from odoo import _
from odoo.tools import format_datetime

from .account_words import AccountWords
from .gateway_words import GatewayWords
from .group_words import GroupWords
from .odoo_words import OdooWords
from .traffic_words import TrafficWords

_PARTS = (GatewayWords, AccountWords, TrafficWords, GroupWords, OdooWords)


class HealthWords:
    """Sentences in the language and time zone of `env`'s user."""

    def __init__(self, env):
        self.env, self._words = env, env["telegram.words"]

    def line(self, code, facts):
        """Return (sentence, advice or "") for a line. facts: the line's, as a dict.

        Raises KeyError for a code that no line has.
        """
        shown = self._shown(facts)
        for part in _PARTS:
            words = part(self.env, shown).lines()
            if code in words:
                sentence, advice = words[code]
                return sentence % shown, advice % shown
        raise KeyError(code)

    def overall(self, level, count):
        """Return the one sentence at the top."""
        if level == "down":
            return _("Telegram is not being served: somebody has to do something now.")
        if level == "act":
            if count == 1:
                return _("Telegram is being served, but one thing needs you.")
            return _("Telegram is being served, but %s things need you.") % count
        if level == "note":
            return _("All is well. Something is worth a look, nobody needs to act.")
        return _("All is well.")

    def section(self, section):
        """Return the title of a section, by its code."""
        words = {
            "gateway": _("Gateway"),
            "accounts": _("Bot and account"),
            "commands": _("Commands to Telegram"),
            "facts": _("Facts from Telegram"),
            "groups": _("Groups"),
            "odoo": _("Odoo"),
        }
        return words[section]

    def instant(self, iso):
        """Return an instant of the facts in the user's time zone; "" for none."""
        if not iso:
            return ""
        at = datetime.strptime(iso, "%Y-%m-%dT%H:%M:%SZ")
        return format_datetime(self.env, at, tz=self.env.user.tz, dt_format="short")

    def _shown(self, facts):
        """Return the facts of a line in the form in which sentences show them."""
        shown = defaultdict(str, {key: "" if v is None else v for key, v in facts.items()})
        for key, value in facts.items():
            if key in ("since", "until") or key.endswith("_at"):
                shown[key] = self.instant(value)
        shown["error"] = (
            shown["error"] or self._words._error(facts.get("error_code")) or _("no reason")
        )
        shown["error"] = shown["error"].rstrip(".")  # more of the sentence follows
        if facts.get("kind") in ("bot", "user"):
            shown["account"] = {"bot": _("The bot"), "user": _("The school's account")}[
                facts["kind"]
            ]
            shown["name"] = shown["name"] or shown["username"]
        elif facts.get("kind"):
            shown["what"] = self._words._command(facts["kind"]) or self._words._fact(facts["kind"])
        shown["request"] = facts.get("method")
        shown["method"] = self._method(facts.get("method"))
        shown["part"] = self._part(facts.get("part"))
        if facts.get("fault"):
            shown["adapter"] = self._words._adapter_fault(facts["fault"], facts)
        shown["by"] = shown["by"] or _("somebody")
        shown["why"] = self._waits(facts.get("why"), shown)
        if facts.get("chat") and "what" in shown:
            shown["what"] = "%s (%s)" % (shown["what"], facts["chat"])
        return shown

    def _waits(self, why, shown):
        """Return the reason for which the oldest command waits."""
        words = {
            "paused": _("it is paused"),
            "gateway_away": _("no gateway is at work"),
            "frozen": _("Telegram has frozen the account that does it"),
            "resting": _("it is tried again on %s (%s)") % (shown["until"], shown["error"]),
            "group_being_made": _("its group is being made"),
            "working": _("it is being done"),
            "in_turn": _("its turn comes now"),
        }
        return words.get(why, "")

    def _part(self, part):
        """Return a part of a full read of a group, in words."""
        words = {
            "full": _("what the group is called and how many people are in it"),
            "members": _("who is in the group"),
            "banned": _("who is banned"),
            "requests": _("who waits to be let in"),
            "people": _("whether some people are still in the group"),
            "log": _("who brought people in or put them out"),
        }
        return words.get(part, part or "")

    def _method(self, method):
        """Return a request to Telegram in words; its name if no words are known."""
        words = {
            "phone.createGroupCall": _("opening calls"),
            "phone.discardGroupCall": _("closing calls"),
            "phone.getGroupParticipants": _("looking who is in a call"),
            "phone.getGroupCall": _("looking who is in a call"),
            "channels.createChannel": _("making groups"),
            "messages.sendMessage": _("sending messages"),
            "messages.hideChatJoinRequest": _("letting people in"),
            "channels.editBanned": _("removing people"),
        }
        return words.get(method, method or "")
