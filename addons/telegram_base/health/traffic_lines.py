"""The sections “Commands to Telegram” and “Facts from Telegram”."""

from .line import line
from .sources import NOW, ago, iso

_DUE = {
    "count": "x.count",
    "kind": "x.kind",
    "chat": "x.chat",
    "due_at": iso("x.due_at"),
    "why": "x.why",
    "error_code": "x.error_code",
    "until": iso("x.again_at"),
}

COMMANDS = [
    line("commands", "commands_stuck", "act", "due x WHERE x.is_stuck", _DUE, alarm="t"),
    line(
        "commands",
        "commands_failed",
        "act",
        "failed x",
        {
            "kind": "x.kind",
            "error_code": "x.error_code",
            "count": "x.count",
            "since": iso("x.since"),
        },
        subject="x.kind || ':' || x.error_code",
        alarm="t",
    ),
    line(
        "commands",
        "commands_waiting",
        "CASE WHEN x.due_at < %s THEN 'note' ELSE 'ok' END" % ago(1),
        "due x WHERE NOT x.is_stuck",
        _DUE,
    ),
    line(
        "commands",
        "commands_late",
        "note",
        "(SELECT pool, kind, count(*) AS count, max(state_at) AS last_at FROM telegram_outbox"
        # the next night asks again for the pruning
        " WHERE state = 'expired' AND kind <> 'prune' AND state_at > %s - interval '1 day'"
        " GROUP BY 1, 2) x" % NOW,
        {"kind": "x.kind", "count": "x.count", "last_at": iso("x.last_at")},
        subject="x.kind",
    ),
    line(
        "commands",
        "commands_well",
        "ok",
        "lease x LEFT JOIN LATERAL (SELECT count(*) AS later, min(w.due_at) AS next_at"
        " FROM waiting w WHERE w.pool = x.pool AND w.is_later) w ON true"
        " WHERE NOT EXISTS (SELECT 1 FROM due d WHERE d.pool = x.pool)"
        " AND NOT EXISTS (SELECT 1 FROM failed f WHERE f.pool = x.pool)",
        {"later": "w.later", "next_at": iso("w.next_at")},
    ),
]

FACTS = [
    line(
        "facts",
        "facts_set_aside",
        "act",
        "set_aside x",
        {"kind": "x.kind", "count": "x.count", "error": "x.error", "since": iso("x.since")},
        subject="x.kind",
        alarm="t",
    ),
    line(
        "facts",
        "facts_waiting",
        "act",
        "unhandled x",
        {"count": "x.count", "since": iso("x.since")},
        alarm="t",
    ),
    line(
        "facts",
        "facts_well",
        "ok",
        "pools x WHERE NOT EXISTS (SELECT 1 FROM set_aside s WHERE s.pool = x.pool)"
        " AND NOT EXISTS (SELECT 1 FROM unhandled u WHERE u.pool = x.pool)",
        {},
    ),
]
