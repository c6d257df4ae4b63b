"""The section “Gateway”: whether one is at work, and the processes that there are."""

from .line import line
from .sources import NOW, PROCESS_SECONDS, SILENT_MINUTES, ago, iso

GATEWAY = [
    line(
        "gateway",
        "gateway_away",
        "down",
        "lease x WHERE NOT x.is_held AND NOT x.is_alive AND x.process IS NOT NULL",
        {"process": "x.process", "seen_at": iso("x.renewed_at")},
        alarm="x.renewed_at < " + ago(SILENT_MINUTES),
    ),
    line(
        "gateway",
        "gateway_never",
        "down",
        "lease x WHERE x.process IS NULL AND NOT x.is_alive",
        {},
    ),
    line(
        "gateway",
        "gateway_paused",
        "act",
        "pause x WHERE x.chat_id IS NULL",
        {"since": iso("x.paused_at"), "by": "x.paused_by"},
    ),
    line(
        "gateway",
        "gateway_well",
        "ok",
        "lease x WHERE x.is_held",
        {
            "process": "x.process",
            "since": iso("x.taken_at"),
            "seen_at": iso("x.renewed_at"),
            "contract": "(SELECT max(version) FROM telegram_contract)",
            "version": "(SELECT p.version FROM process p WHERE p.pool = x.pool AND p.is_owner)",
        },
    ),
]

_PROCESS = {
    "process": "x.process",
    "version": "x.version",
    "since": iso("x.started_at"),
    "seen_at": iso("x.seen_at"),
}

PROCESSES = [
    line(
        "gateway",
        "process_" + code,
        level,
        "process x WHERE " + where,
        _PROCESS,
        subject="x.process",
        alarm=alarm,
    )
    for code, level, where, alarm in (
        ("copied", "down", "x.is_alive AND x.state = 'copied'", "t"),
        ("waiting", "note", "x.is_alive AND x.state = 'waiting'", "f"),
        (
            "starting",
            "note",
            "x.is_alive AND NOT x.is_held AND x.state NOT IN ('copied', 'waiting', 'unreachable')",
            "f",
        ),
        (
            "silent",
            "note",
            "NOT x.is_alive AND x.is_held AND NOT x.is_owner AND x.seen_at > %s - interval '7 days'"
            % NOW,
            "f",
        ),
        (
            "standby",
            "ok",
            "x.is_alive AND x.is_held AND NOT x.is_owner"
            " AND x.state NOT IN ('copied', 'waiting', 'unreachable')",
            "f",
        ),
    )
]

PROCESSES += [
    line(
        "gateway",
        "process_unreachable",
        # if another one serves, nothing is missing
        "CASE WHEN x.is_held AND NOT x.is_owner THEN 'note' ELSE 'down' END",
        "process x WHERE x.is_alive AND x.state = 'unreachable'",
        dict(_PROCESS, since=iso("x.state_at")),
        subject="x.process",
        alarm="(NOT x.is_held OR x.is_owner) AND x.state_at < " + ago(SILENT_MINUTES),
    ),
    line(
        "gateway",
        "process_twice",
        "act",
        "process x WHERE x.second_seen_at > %s - interval '%d seconds'" % (NOW, PROCESS_SECONDS),
        {"process": "x.process", "seen_at": iso("x.second_seen_at")},
        subject="x.process",
        alarm="t",
    ),
]
