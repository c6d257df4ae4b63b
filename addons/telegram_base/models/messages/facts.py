"""Handles facts about the bot's conversations; see `run/fact_kinds.py`."""


def on_bot_message(fact, payload):
    if payload.get("tg_user_id"):
        fact.env["telegram.outbox"]._send_missed(payload["tg_user_id"])
    fact.env["telegram.bot"]._answer(fact)


def on_button_pressed(fact, _payload):
    fact.env["telegram.bot"]._press(fact)
