"""Finds the groups with somebody to invite or to remind, without reading the others. By the same
keys as `telegram.bot` and `Reminders`: nothing is to be done if a key is written."""

from .reminders import REMINDERS

#: The key of the message that sends a group's link to an account, see `telegram.bot`.
_KEY = "'invite:' || c.id || ':' || %s || ':' || regexp_replace(s.invite_link, '^.*/', '')"

#: A command with this key that stands, or was done.
_IS_WRITTEN = """EXISTS (SELECT 1 FROM telegram_outbox o
    WHERE o.key = {key} AND o.state NOT IN ('cancelled', 'expired'))"""

_UNINVITED = """
SELECT DISTINCT c.id FROM telegram_chat c
JOIN telegram_chat_state s ON s.chat_id = c.id AND s.state = 'ready' AND s.invite_link <> ''
JOIN telegram_roster r ON r.chat_id = c.id AND r.status = 'in'
JOIN telegram_contact t ON t.partner_id = r.partner_id AND t.state = 'confirmed'
WHERE c.active AND c.is_reviewed AND NOT EXISTS (
    SELECT 1 FROM telegram_member m
    WHERE m.chat_id = c.id AND m.tg_user_id = t.tg_user_id AND m.seen_status = 'in')
AND NOT {is_written}
""".format(is_written=_IS_WRITTEN.format(key=_KEY % "t.tg_user_id"))

_UNREMINDED = """
SELECT DISTINCT c.id FROM telegram_chat c
JOIN telegram_chat_state s ON s.chat_id = c.id AND s.state = 'ready' AND s.invite_link <> ''
JOIN telegram_member m ON m.chat_id = c.id AND m.state = 'welcome' AND m.partner_id IS NOT NULL
JOIN telegram_outbox i ON i.key = {key}
JOIN LATERAL (SELECT max(days) AS days FROM unnest(%(days)s::int[]) days
    WHERE i.create_date <= (now() AT TIME ZONE 'UTC') - days * interval '1 day') due
    ON due.days IS NOT NULL
WHERE c.active AND c.is_reviewed AND NOT {is_written}
""".format(
    key=_KEY % "m.tg_user_id",
    is_written=_IS_WRITTEN.format(key="'remind:' || i.key || ':' || due.days"),
)


def chats_to_invite(env):
    """Return the `telegram.chat` in which somebody has not got the link."""
    return _chats(env, _UNINVITED, {})


def chats_to_remind(env):
    """Return the `telegram.chat` of whose link somebody is to be reminded."""
    return _chats(env, _UNREMINDED, {"days": list(REMINDERS)})


def _chats(env, query, params):
    env["base"].flush()
    env.cr.execute(query, params)
    ids = [row[0] for row in env.cr.fetchall()]
    return env["telegram.chat"].search([("id", "in", ids)])
