"""The judgement of how everything is, as SQL: the one place where it is decided.

Each `Line` is a sentence of the page “Health”, of `telegram-gateway check` and perhaps of an
activity: where it applies (`source`), how bad it is (`level`), whom it is about (`subject`), what
fills its sentence (`facts`). Together they make the view `telegram_health`, which both programs
read: they cannot judge differently. Only the words are each program's own, by `code`.

Levels: `ok`; `note`, nobody needs to do anything; `act`, a person has to do something; `down`,
nothing is done on Telegram before somebody does something.

Instants are naive UTC on the database's clock; as facts ISO 8601 with Z.
"""

from collections import namedtuple

from .sources import (
    COMMON,
    CRON_MINUTES,
    NEVER_MADE_DAYS,
    NOW,
    PROCESS_SECONDS,
    SILENT_MINUTES,
    UNKNOWN_MINUTES,
    UNSEEN_MINUTES,
    ago,
    iso,
)

LEVELS = ("ok", "note", "act", "down")

Line = namedtuple("Line", "section code level source facts pool subject chat is_alarm")


def _line(section, code, level, source, facts, pool="x.pool", subject="''", chat="NULL", alarm="f"):
    """level, pool, subject, chat, alarm and the values of the dict facts: SQL over `source`."""
    alarm = {"f": "false", "t": "true"}.get(alarm, alarm)
    level = "'%s'" % level if level in LEVELS else level
    return Line(section, code, level, source, facts, pool, subject, chat, alarm)


_GATEWAY = [
    _line(
        "gateway",
        "gateway_away",
        "down",
        "lease x WHERE NOT x.is_held AND NOT x.is_alive AND x.process IS NOT NULL",
        {"process": "x.process", "seen_at": iso("x.renewed_at")},
        alarm="x.renewed_at < " + ago(SILENT_MINUTES),
    ),
    _line(
        "gateway",
        "gateway_never",
        "down",
        "lease x WHERE x.process IS NULL AND NOT x.is_alive",
        {},
    ),
    _line(
        "gateway",
        "gateway_paused",
        "act",
        "pause x WHERE x.chat_id IS NULL",
        {"since": iso("x.paused_at"), "by": "x.paused_by"},
    ),
    _line(
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

_PROCESSES = [
    _line(
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

_PROCESSES += [
    _line(
        "gateway",
        "process_unreachable",
        # where another one serves, nothing is missing
        "CASE WHEN x.is_held AND NOT x.is_owner THEN 'note' ELSE 'down' END",
        "process x WHERE x.is_alive AND x.state = 'unreachable'",
        dict(_PROCESS, since=iso("x.state_at")),
        subject="x.process",
        alarm="(NOT x.is_held OR x.is_owner) AND x.state_at < " + ago(SILENT_MINUTES),
    ),
    _line(
        "gateway",
        "process_twice",
        "act",
        "process x WHERE x.second_seen_at > %s - interval '%d seconds'" % (NOW, PROCESS_SECONDS),
        {"process": "x.process", "seen_at": iso("x.second_seen_at")},
        subject="x.process",
        alarm="t",
    ),
]

_ACCOUNT = {
    "kind": "x.kind",
    "name": "x.name",
    "username": "x.username",
    "since": iso("x.state_at"),
}
_IS_CONNECTED = "x.state = 'connected' AND x.is_held"
_IS_FROZEN = "x.frozen_since IS NOT NULL AND x.state IS DISTINCT FROM 'lost'"
_ROOM = {"used": "x.used", "most": "x.most"}
_MADE = {"made": "x.made", "most": "x.most", "free_at": iso("x.free_at")}

_ACCOUNTS = [
    _line(
        "accounts",
        "account_missing",
        "down",
        "account x WHERE x.id IS NULL",
        {"kind": "x.kind"},
        subject="x.kind",
    ),
    _line(
        "accounts",
        "account_lost",
        "down",
        "account x WHERE x.state = 'lost'",
        dict(_ACCOUNT, error_code="x.error_code"),
        subject="x.kind",
        alarm="t",
    ),
    _line(
        "accounts",
        "account_disconnected",
        # with no gateway there is nobody who could connect it: that line says what to do
        "CASE WHEN x.is_held THEN 'act' ELSE 'note' END",
        "account x WHERE x.id IS NOT NULL AND x.state IS DISTINCT FROM 'lost'"
        " AND (%s) IS NOT TRUE" % _IS_CONNECTED,
        _ACCOUNT,
        subject="x.kind",
    ),
    _line(
        "accounts",
        "account_frozen",
        "act",
        "account x WHERE " + _IS_FROZEN,
        dict(
            _ACCOUNT,
            since=iso("x.frozen_since"),
            deleted_at=iso("x.frozen_until"),
            appeal_url="x.appeal_url",
        ),
        subject="x.kind",
        alarm="t",
    ),
    _line(
        "accounts",
        "account_fresh",
        "note",
        "account x WHERE x.fresh_until > %s AND x.state IS DISTINCT FROM 'lost'" % NOW,
        dict(
            _ACCOUNT,
            until=iso("x.fresh_until"),
            groups="(SELECT count(*) FROM telegram_chat_state s"
            " JOIN telegram_chat c ON c.id = s.chat_id"
            " WHERE c.pool = x.pool AND c.active AND s.state = 'creating'"
            " AND s.waits_until IS NOT NULL)",
        ),
        subject="x.kind",
    ),
    _line(
        "accounts",
        "account_well",
        "ok",
        "account x WHERE %s AND x.frozen_since IS NULL" % _IS_CONNECTED,
        _ACCOUNT,
        subject="x.kind",
    ),
    _line("accounts", "groups_full", "act", "room x WHERE x.used >= x.most", _ROOM),
    _line(
        "accounts",
        "groups_nearly_full",
        "note",
        "room x WHERE x.used < x.most AND x.used * 10 >= x.most * 9",
        _ROOM,
    ),
    _line("accounts", "groups_room", "ok", "room x WHERE x.used * 10 < x.most * 9", _ROOM),
    _line("accounts", "groups_today_spent", "note", "made x WHERE x.made >= x.most", _MADE),
    _line("accounts", "groups_today", "ok", "made x WHERE x.made < x.most", _MADE),
]

_LIMITS = [
    _line(
        "accounts",
        "account_limited",
        "note",
        "limited x WHERE x.rests <> 'groups'",
        {
            "kind": "x.kind",
            "name": "x.name",
            "username": "x.username",
            "rests": "x.rests",
            "error_code": "x.code",
            "since": iso("x.since"),
            "until": iso("x.until"),
        },
        subject="x.kind || ':' || x.rests",
        # a short wait is nothing to be told of
        alarm="x.rests = 'cold'",
    ),
    _line(
        "accounts",
        "groups_limited",
        "note",
        "limited x WHERE x.rests = 'groups'",
        {
            "kind": "x.kind",
            "name": "x.name",
            "username": "x.username",
            "error_code": "x.code",
            "since": iso("x.since"),
            "until": iso("x.until"),
        },
        subject="x.kind",
        alarm="t",
    ),
    _line(
        "accounts",
        "method_paused",
        "note",
        "method x",
        {
            "kind": "x.kind",
            "name": "x.name",
            "username": "x.username",
            "method": "x.method",
            "error_code": "x.code",
            "since": iso("x.since"),
            "until": iso("x.until"),
        },
        subject="x.kind || ':' || x.method",
        # lessons would be without their call for longer than it is opened before them
        alarm="x.method = 'phone.createGroupCall' AND x.until > x.since + interval '5 minutes'",
    ),
    _line(
        "accounts",
        "direct_adds_spent",
        "note",
        "spent x WHERE x.used >= x.most AND x.most > 0",
        {"used": "x.used", "most": "x.most", "free_at": iso("x.free_at")},
    ),
    _line(
        "accounts",
        "direct_adds",
        "ok",
        "spent x WHERE x.used < x.most",
        {"used": "x.used", "most": "x.most", "left": "x.most - x.used"},
    ),
    _line(
        "accounts",
        "lookups_spent",
        "note",
        "asked x WHERE x.used >= x.most AND x.most > 0",
        {"used": "x.used", "most": "x.most", "free_at": iso("x.free_at")},
    ),
    _line(
        "accounts",
        "lookups",
        "ok",
        "asked x WHERE x.used < x.most",
        {"used": "x.used", "most": "x.most", "left": "x.most - x.used"},
    ),
]

_DUE = {
    "count": "x.count",
    "kind": "x.kind",
    "chat": "x.chat",
    "due_at": iso("x.due_at"),
    "why": "x.why",
    "error_code": "x.error_code",
    "until": iso("x.again_at"),
}

_COMMANDS = [
    _line("commands", "commands_stuck", "act", "due x WHERE x.is_stuck", _DUE, alarm="t"),
    _line(
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
    _line(
        "commands",
        "commands_waiting",
        "CASE WHEN x.due_at < %s THEN 'note' ELSE 'ok' END" % ago(1),
        "due x WHERE NOT x.is_stuck",
        _DUE,
    ),
    _line(
        "commands",
        "commands_late",
        "note",
        "(SELECT pool, kind, count(*) AS count, max(state_at) AS last_at FROM telegram_outbox"
        # what is to be forgotten is told again the next night
        " WHERE state = 'expired' AND kind <> 'prune' AND state_at > %s - interval '1 day'"
        " GROUP BY 1, 2) x" % NOW,
        {"kind": "x.kind", "count": "x.count", "last_at": iso("x.last_at")},
        subject="x.kind",
    ),
    _line(
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

_FACTS = [
    _line(
        "facts",
        "facts_set_aside",
        "act",
        "set_aside x",
        {"kind": "x.kind", "count": "x.count", "error": "x.error", "since": iso("x.since")},
        subject="x.kind",
        alarm="t",
    ),
    _line(
        "facts",
        "facts_waiting",
        "act",
        "unhandled x",
        {"count": "x.count", "since": iso("x.since")},
        alarm="t",
    ),
    _line(
        "facts",
        "facts_well",
        "ok",
        "pools x WHERE NOT EXISTS (SELECT 1 FROM set_aside s WHERE s.pool = x.pool)"
        " AND NOT EXISTS (SELECT 1 FROM unhandled u WHERE u.pool = x.pool)",
        {},
    ),
]

_OF_CHAT = {"subject": "x.chat_id::varchar", "chat": "x.chat_id"}
_UNMADE = {
    "count": "x.count",
    "names": "array_to_string(x.names, ', ')",
    "since": iso("x.since"),
}
_WAITED = "x.since < %s - interval '%d days'" % (NOW, NEVER_MADE_DAYS)

_GROUPS = [
    _line(
        "groups",
        "chat_broken",
        "act",
        "telegram_health_chat x WHERE x.state = 'broken'",
        {"chat": "x.name", "error_code": "x.error_code"},
        alarm="t",
        **_OF_CHAT,
    ),
    _line(
        "groups",
        "chat_held",
        "act",
        "telegram_health_chat x WHERE x.held > 0",
        {"chat": "x.name", "count": "x.held"},
        **_OF_CHAT,
    ),
    _line(
        "groups",
        "chat_to_review",
        "act",
        "telegram_health_chat x WHERE NOT x.is_reviewed AND x.state = 'ready'",
        {"chat": "x.name"},
        **_OF_CHAT,
    ),
    _line(
        "groups",
        "chat_paused",
        "act",
        "telegram_health_chat x WHERE x.paused_at IS NOT NULL",
        {"chat": "x.name", "since": iso("x.paused_at"), "by": "x.paused_by"},
        **_OF_CHAT,
    ),
    _line("groups", "chats_never_made", "act", "unmade x WHERE " + _WAITED, _UNMADE),
    _line("groups", "chats_being_made", "note", "unmade x WHERE NOT (%s)" % _WAITED, _UNMADE),
    _line(
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
    _line(
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
    _line(
        "groups",
        "chats_untrusted",
        "note",
        "(SELECT pool, count(*) AS count, (array_agg(name ORDER BY name))[1:5] AS names"
        " FROM telegram_health_chat WHERE is_list_whole = false GROUP BY pool) x",
        {"count": "x.count", "names": "array_to_string(x.names, ', ')"},
    ),
    _line(
        "groups",
        "chats_ready",
        "ok",
        "(SELECT pool, count(*) AS count, count(checked_at) AS checked,"
        " min(checked_at) AS checked_at FROM telegram_health_chat WHERE state = 'ready'"
        " GROUP BY pool) x",
        {"count": "x.count", "checked": "x.checked", "checked_at": iso("x.checked_at")},
    ),
]

_ODOO = [
    _line(
        "odoo",
        "inbox_cron_off",
        "act",
        "cron x WHERE x.active IS NOT TRUE",
        {},
        pool="NULL",
        alarm="t",
    ),
    _line(
        "odoo",
        "inbox_cron_late",
        "act",
        "cron x WHERE x.active AND x.nextcall < " + ago(CRON_MINUTES),
        {"due_at": iso("x.nextcall")},
        pool="NULL",
        alarm="t",
    ),
    _line(
        "odoo",
        "inbox_cron_well",
        "ok",
        "cron x WHERE x.active AND x.nextcall >= " + ago(CRON_MINUTES),
        {},
        pool="NULL",
    ),
    _line(
        "odoo",
        "doorbell_missing",
        "act",
        "doorbell x WHERE NOT x.is_there",
        {},
        pool="NULL",
        alarm="t",
    ),
    _line(
        "odoo",
        "text_unusable",
        "act",
        "telegram_text_fault x",
        {"text": "x.name", "error": "x.error", "since": iso("x.found_at")},
        pool="NULL",
        subject="x.subject",
        alarm="t",
    ),
    _line("odoo", "doorbell_well", "ok", "doorbell x WHERE x.is_there", {}, pool="NULL"),
]

#: In the order of the page; those of one section stand together, the worst first.
LINES = _GATEWAY + _PROCESSES + _ACCOUNTS + _LIMITS + _COMMANDS + _FACTS + _GROUPS + _ODOO

SECTIONS = ("gateway", "accounts", "commands", "facts", "groups", "odoo")
CODES = tuple(line.code for line in LINES)


def lines_sql():
    """The query behind the view: pool (null: all), section, code, level, subject, chat_id,
    is_alarm (the administrators are to be told), facts (JSON object)."""
    selects = []
    for number, line in enumerate(LINES):
        facts = ", ".join("'%s', %s" % pair for pair in sorted(line.facts.items()))
        selects.append(
            "SELECT %d AS place, (%s)::varchar AS pool, '%s'::varchar AS section,"
            " '%s'::varchar AS code, (%s)::varchar AS level, (%s)::varchar AS subject,"
            " (%s)::int AS chat_id, coalesce(%s, false) AS is_alarm,"
            " json_build_object(%s)::text AS facts FROM %s"
            % (
                number,
                line.pool,
                line.section,
                line.code,
                line.level,
                line.subject,
                line.chat,
                line.is_alarm,
                facts,
                line.source,
            )
        )
    return (
        "WITH %s SELECT row_number() OVER (ORDER BY place, subject)::int AS id, l.* FROM (%s) l"
        % (
            COMMON,
            " UNION ALL ".join(selects),
        )
    )
