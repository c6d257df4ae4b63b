"""The rule for strangers in a group: people whom the school does not know."""

from ...rules import strangers


def is_to_be_removed(chat, payload):
    """True if the stranger of a fact `member_joined` is to be removed from the group again.

    payload: the fact's. False if the rule says to ask, in a group that existed before, and if a
    teacher or supervisor of the class let them in.
    """
    by, tg_user_id = payload.get("by"), payload.get("tg_user_id")
    is_admitted = bool(by and by != tg_user_id and _is_admin_of_roster(chat, by))
    fate = strangers.fate(
        _rule_of(chat),
        bool(chat.active and chat.is_reviewed and not chat.bind),
        is_admitted,
        bool(by),
        bool(payload.get("is_unlogged")),
    )
    return fate == strangers.PUT_OUT


def _rule_of(chat):
    """Return `out` or `ask`: the chat's own policy, else its company's."""
    if chat.stranger_policy != "school":
        return chat.stranger_policy
    return (chat.company_id or chat.env.company).telegram_strangers or strangers.PUT_OUT


def _is_admin_of_roster(chat, tg_user_id):
    """True if the account belongs to a teacher or supervisor of this group."""
    partners = chat.env["telegram.contact"]._partners(tg_user_id)
    admins = [
        ("chat_id", "=", chat.id),
        ("partner_id", "in", partners.ids),
        ("status", "=", "in"),
        ("role", "in", ("teacher", "supervisor")),
    ]
    return bool(partners and chat.env["telegram.roster"].sudo().search_count(admins))
