"""Sends messages again that could not be sent while a person had blocked the bot."""

from odoo import fields

from ...health.sources import UNREACHABLE


def send_missed(env, tg_user_id):
    """Send the messages again that failed while this person had blocked the bot, if they have not
    expired and still hold. Answers, reminders to join and repetitions are left out."""
    outbox = env["telegram.outbox"]
    outbox.flush()
    missed = outbox.sudo().search(
        [
            ("kind", "=", "send"),
            ("tg_user_id", "=", tg_user_id),
            ("state", "=", "failed"),
            ("error_code", "in", UNREACHABLE),
            "|",
            ("expires_at", "=", False),
            ("expires_at", ">", fields.Datetime.now()),
        ],
        order="id desc",
    )
    links, texts, again = _wanted_links(env, tg_user_id), set(), outbox.sudo()
    for command in missed:
        payload, key = command._payload(), command.key or ""
        urls = {
            button.get("url") or ""
            for buttons in payload.get("buttons") or []
            for button in buttons
        }
        invites = {url for url in urls if url.startswith("https://t.me/+")}
        if key.startswith(("answer:", "remind:")) or payload.get("text") in texts:
            continue
        if invites <= links:
            texts.add(payload.get("text"))
            again |= command
    again._move(("failed",), "pending")


def _wanted_links(env, tg_user_id):
    """Return the links of the groups to which the account's people belong, and in which it is
    not."""
    chats = env["telegram.contact"]._partners(tg_user_id)._telegram_roster_chats("in")
    inside = (
        env["telegram.member"]
        .sudo()
        .search(
            [
                ("chat_id", "in", chats.ids),
                ("tg_user_id", "=", tg_user_id),
                ("seen_status", "=", "in"),
            ]
        )
    )
    outside = chats - inside.mapped("chat_id")
    return {chat.invite_link for chat in outside if chat.invite_link}
