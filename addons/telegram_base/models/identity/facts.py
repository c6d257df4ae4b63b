"""Handles facts about people and accounts; see `run/fact_kinds.py`."""

from ...privacy.gateway import on_person_forgotten as forgotten


def on_person_changed(fact, payload):
    """Handle a deleted account: tell the groups with its person on their roster, unless they have
    another one."""
    if not payload.get("is_deleted"):
        return  # the new name was taken over before this
    contacts = fact.env["telegram.contact"]
    partners = contacts._account_deleted(payload.get("tg_user_id")).mapped("partner_id")
    without_account = contacts._partners_of_deleted(partners)
    for chat in without_account._telegram_roster_chats("in"):
        chat = chat.with_context(lang=chat.lang or fact.env.lang)
        rows = chat.roster_ids.filtered(lambda row: row.status == "in")
        chat._call_owner(
            "_telegram_on_account_deleted",
            chat,
            without_account & rows.mapped("partner_id"),
            fact,
        )


def on_phone_looked_up(fact, payload):
    lookup = fact.env["telegram.lookup"].browse(payload.get("lookup_id") or 0).exists()
    if lookup.state == "waiting":
        lookup._answered(payload)


def on_person_forgotten(fact, payload):
    command = fact.env["telegram.outbox"].browse(payload.get("command_id") or 0).exists()
    if command.kind == "forget":
        forgotten(command)


def on_account_standing(fact, _payload):
    """Handle an account that was frozen or deleted: somebody else has to open the calls."""
    fact.env["telegram.account"]._on_standing(fact.pool_name)
