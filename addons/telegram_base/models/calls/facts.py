"""Handles facts about group calls; see `run/fact_kinds.py`."""


def call_of_fact(fact, payload):
    """Return the `telegram.call` that a fact is about, made here if its opening was not reported;
    empty for a fact that names none."""
    calls = fact.env["telegram.call"]
    if not payload.get("tg_call_id"):
        return calls
    opened_at = fact._instant(payload.get("at"))
    return calls._opened(fact.chat_id, payload["tg_call_id"], opened_at, payload.get("open_key"))


def on_call_opened(fact, payload):
    call = call_of_fact(fact, payload)
    if call.closed_at:  # its end was handled already
        return
    fact.chat_id._call_owner("_telegram_on_call_opened", fact.chat_id, call, fact)


def on_call_closed(fact, payload):
    """Record the end of the call, and tell the chat's owner."""
    call = call_of_fact(fact, payload)
    if call and not call.closed_at:
        call.write(
            {
                "closed_at": fact._instant(payload.get("at")),
                "is_closed_by_us": bool(payload.get("by_us")),
            }
        )
    fact.chat_id._call_owner("_telegram_on_call_closed", fact.chat_id, call, fact)


def on_call_kept(fact, payload):
    call = call_of_fact(fact, payload)
    fact.chat_id._call_owner("_telegram_on_call_kept", fact.chat_id, call, fact)


def on_call_given_up(fact, _payload):
    fact.chat_id._call_owner("_telegram_on_call_given_up", fact.chat_id, fact)
