"""The kinds of facts that the gateway reports: the handler of each, and what follows it.

One row per kind; docs/dev/contract.md says what each means. A handler is called with the fact
(user, company and language set, inside a savepoint) and its payload; any error that it raises sets
the fact aside.
"""

from collections import namedtuple

from ..calls import facts as calls
from ..identity import facts as identity
from ..membership import facts as membership
from ..messages import facts as messages

#: handler: None if the fact needs no work. is_answered: the gateway waits for Odoo's answer, and
#: reconciles the chat after it. is_trouble: the administrators may have to be told, or a trouble
#: may be over. presence: the kind of `telegram.presence` as which it is recorded.
FactKind = namedtuple("FactKind", "handler is_answered is_trouble presence")


def _kind(handler=None, is_answered=False, is_trouble=False, presence=None):
    return FactKind(handler, is_answered, is_trouble, presence)


FACTS = {
    "chat_ready": _kind(membership.on_chat_ready, is_trouble=True),
    "chat_broken": _kind(membership.on_chat_broken, is_trouble=True),
    "title_changed": _kind(membership.on_title_changed, is_answered=True),
    "member_joined": _kind(membership.on_member_joined, is_answered=True),
    "member_left": _kind(membership.on_member_left, is_answered=True),
    "member_removed": _kind(membership.on_member_removed, is_answered=True),
    "member_promoted": _kind(membership.on_member_promoted, is_answered=True),
    "member_demoted": _kind(membership.on_member_demoted, is_answered=True),
    "request_waiting": _kind(membership.on_request_waiting, is_answered=True),
    "removals_held": _kind(membership.on_removals_held),
    "link_made": _kind(membership.on_link_made),
    "bot_message": _kind(messages.on_bot_message),
    "button_pressed": _kind(messages.on_button_pressed),
    "person_changed": _kind(identity.on_person_changed),
    "phone_looked_up": _kind(identity.on_phone_looked_up),
    "person_forgotten": _kind(identity.on_person_forgotten),
    # the outcome for an account is in the gateway's own table
    "account_lost": _kind(is_trouble=True),
    "account_back": _kind(is_trouble=True),
    "account_limited": _kind(is_trouble=True),
    "account_frozen": _kind(identity.on_account_standing, is_trouble=True),
    "account_thawed": _kind(identity.on_account_standing, is_trouble=True),
    "call_opened": _kind(calls.on_call_opened),
    "call_closed": _kind(calls.on_call_closed),
    "call_kept": _kind(calls.on_call_kept),
    "call_given_up": _kind(calls.on_call_given_up),
    "participant_joined": _kind(presence="joined"),
    "participant_left": _kind(presence="left"),
    "observation_lost": _kind(presence="lost"),
    "observation_back": _kind(presence="back"),
    "listeners_hidden": _kind(presence="hidden"),
    "listeners_shown": _kind(presence="shown"),
}


def presence_of(kind):
    """Return the kind of `telegram.presence` as which facts of this kind are recorded, or None."""
    return FACTS[kind].presence if kind in FACTS else None
