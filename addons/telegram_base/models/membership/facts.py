"""Handles facts about groups and who is in them; see `run/fact_kinds.py`."""

from odoo import _

from .stranger_rule import is_to_be_removed
from .telegram_chat import TITLE_MAX


def on_chat_ready(fact, payload):
    chat = fact.chat_id
    chat._call_owner("_telegram_on_chat_ready", chat, fact)
    if chat.is_reviewed:
        fact.env["telegram.bot"]._invite_roster(chat, payload.get("invite_link"))
    else:
        chat._call_owner("_telegram_on_review_wanted", chat, fact)


def on_chat_broken(fact, payload):
    sentence = fact.env["telegram.words"]._broken(payload.get("error_code"))
    fact.chat_id._call_owner("_telegram_on_broken", fact.chat_id, sentence, fact)


def on_title_changed(fact, payload):
    TitleChange(fact, payload).handle()


class TitleChange:
    """Somebody, or the gateway, changed a group's title."""

    def __init__(self, fact, payload):
        self.env, self.fact, self.payload = fact.env, fact, payload

    def handle(self):
        """Accept the new title if the chat's policy says so; announce a title that was restored."""
        chat, payload = self.fact.chat_id, self.payload
        if payload.get("restored"):
            chat._send(
                _("The title of this group follows its name at the school and was changed back."),
                silent=True,
            )
            return
        # no title on Telegram is longer, and one that is would hold up the group's other facts
        title = (payload.get("title") or "").strip()[:TITLE_MAX].strip()
        if payload.get("by_us") or not title or chat.title_policy != "accept":
            return  # the reconciliation after this fact restores ours
        if chat.name != title:
            chat.write({"name": title})
        chat._call_owner("_telegram_on_title_changed", chat, title, self.fact)


# -- members
# ----------------------------------------------------------------------------------------


def on_member_joined(fact, payload):
    """Handle somebody who came in: a stranger may be removed by rule; else the owner is told."""
    chat, tg_user_id = fact.chat_id, payload.get("tg_user_id")
    guests = fact.env["telegram.guest"]
    # a person's decision about the account counts, a rule's is made again
    is_decided = guests._about(chat, tg_user_id).filtered(lambda guest: not guest.by_rule)
    is_stranger = not (payload.get("by_us") or is_decided or fact._persons(payload))
    if is_stranger and is_to_be_removed(chat, payload):
        guests._remove_stranger(chat, tg_user_id)
        chat._call_owner("_telegram_on_stranger_put_out", chat, fact)
        return
    guests._take_rule_back(chat, tg_user_id)
    _call_owner_about(fact, "_telegram_on_member_joined", payload)


def on_member_left(fact, payload):
    _call_owner_about(fact, "_telegram_on_member_left", payload)


def on_member_removed(fact, payload):
    _call_owner_about(fact, "_telegram_on_member_removed", payload)


def on_member_promoted(fact, payload):
    _call_owner_about(fact, "_telegram_on_role_changed", payload, "admin")


def on_member_demoted(fact, payload):
    _call_owner_about(fact, "_telegram_on_role_changed", payload, "member")


def on_request_waiting(fact, payload):
    fact.env["telegram.invite"]._suggest(payload)
    _call_owner_about(fact, "_telegram_on_request_waiting", payload)


def _call_owner_about(fact, hook, payload, *args):
    """Call the owner's hook with the partners of the account, unless the gateway caused the fact
    itself."""
    if not payload.get("by_us"):
        chat = fact.chat_id
        chat._call_owner(hook, chat, fact._persons(payload), *(args + (fact,)))


def on_removals_held(fact, _payload):
    members = fact.chat_id._held_members()
    if members:  # else somebody has decided already
        fact.chat_id._call_owner("_telegram_on_removals_held", fact.chat_id, members, fact)


def on_link_made(fact, payload):
    invite = fact.env["telegram.invite"].browse(payload.get("invite_id") or 0).exists()
    invite.write({"link": payload.get("link")})
