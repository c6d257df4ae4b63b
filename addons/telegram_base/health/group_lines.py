"""The section “Groups”."""

from .line import line
from .sources import NEVER_MADE_DAYS, NOW, UNKNOWN_MINUTES, UNSEEN_MINUTES, ago, iso

_OF_CHAT = {"subject": "x.chat_id::varchar", "chat": "x.chat_id"}
_UNMADE = {
    "count": "x.count",
    "names": "array_to_string(x.names, ', ')",
    "since": iso("x.since"),
}
_WAITED = "x.since < %s - interval '%d days'" % (NOW, NEVER_MADE_DAYS)

GROUPS = [
    line(
        "groups",
        "chat_broken",
        "act",
        "telegram_health_chat x WHERE x.state = 'broken'",
        {"chat": "x.name", "error_code": "x.error_code"},
        alarm="t",
        **_OF_CHAT,
    ),
    line(
        "groups",
        "chat_held",
        "act",
        "telegram_health_chat x WHERE x.held > 0",
        {"chat": "x.name", "count": "x.held"},
        **_OF_CHAT,
    ),
    line(
        "groups",
        "chat_to_review",
        "act",
        "telegram_health_chat x WHERE NOT x.is_reviewed AND x.state = 'ready'",
        {"chat": "x.name"},
        **_OF_CHAT,
    ),
    line(
        "groups",
        "chat_paused",
        "act",
        "telegram_health_chat x WHERE x.paused_at IS NOT NULL",
        {"chat": "x.name", "since": iso("x.paused_at"), "by": "x.paused_by"},
        **_OF_CHAT,
    ),
    line("groups", "chats_never_made", "act", "unmade x WHERE " + _WAITED, _UNMADE),
    line("groups", "chats_being_made", "note", "unmade x WHERE NOT (%s)" % _WAITED, _UNMADE),
    line(
        "groups",
        "chats_unseen",
        "CASE WHEN x.since < %s THEN 'act' ELSE 'note' END" % ago(UNSEEN_MINUTES),
        "unseen x",
        {
            "part": "x.part",
            "count": "x.count",
            "names": "array_to_string(x.names, ', ') || CASE WHEN x.count > 5 THEN '…' ELSE '' END",
            "since": iso("x.since"),
            "error_code": "x.error_code",
        },
        subject="x.part",
    ),
    line(
        "groups",
        "chats_unknown",
        "CASE WHEN x.since < %s THEN 'act' ELSE 'note' END" % ago(UNKNOWN_MINUTES),
        "unknown x",
        {
            "kind": "x.kind",
            "count": "x.count",
            "names": "array_to_string(x.names, ', ') || CASE WHEN x.count > 5 THEN '…' ELSE '' END",
            "since": iso("x.since"),
        },
        subject="x.kind",
    ),
    line(
        "groups",
        "chats_untrusted",
        "note",
        "(SELECT pool, count(*) AS count, (array_agg(name ORDER BY name))[1:5] AS names"
        " FROM telegram_health_chat WHERE is_list_whole = false GROUP BY pool) x",
        {"count": "x.count", "names": "array_to_string(x.names, ', ')"},
    ),
    line(
        "groups",
        "chats_ready",
        "ok",
        "(SELECT pool, count(*) AS count, count(checked_at) AS checked,"
        " min(checked_at) AS checked_at FROM telegram_health_chat WHERE state = 'ready'"
        " GROUP BY pool) x",
        {"count": "x.count", "checked": "x.checked", "checked_at": iso("x.checked_at")},
    ),
]
