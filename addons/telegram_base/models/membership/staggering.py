"""Spreads the reads of many groups over time, so that the account reads one after the other."""

from datetime import timedelta

from odoo import fields

#: Seconds between two groups: system parameter, and its default.
CHECK_PARAMETER, CHECK_EVERY_S = "telegram_base.check_seconds", 2.0


def staggered(chats):
    """Return [(chat, naive UTC time)]: when each chat is compared with Telegram."""
    parameters = chats.env["ir.config_parameter"].sudo()
    try:
        apart_s = float(parameters.get_param(CHECK_PARAMETER, CHECK_EVERY_S))
    except ValueError:
        apart_s = CHECK_EVERY_S
    now = fields.Datetime.now()
    return [
        (chat, now + timedelta(seconds=max(0.0, apart_s) * number))
        for number, chat in enumerate(chats)
    ]
