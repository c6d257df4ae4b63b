"""Handles facts about the bot's conversations; see `run/fact_kinds.py`."""

from .missed import send_missed


def on_bot_message(fact, payload):
    if payload.get("tg_user_id"):
        send_missed(fact.env, payload["tg_user_id"])
    fact.env["telegram.bot"]._answer(fact)


def on_button_pressed(fact, _payload):
    fact.env["telegram.bot"]._press(fact)
