"""The section “Bot and account”: logins, and Telegram's limits for the accounts."""

from .line import line
from .sources import NOW, iso

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

ACCOUNTS = [
    line(
        "accounts",
        "account_missing",
        "down",
        "account x WHERE x.id IS NULL",
        {"kind": "x.kind"},
        subject="x.kind",
    ),
    line(
        "accounts",
        "account_lost",
        "down",
        "account x WHERE x.state = 'lost'",
        dict(_ACCOUNT, error_code="x.error_code"),
        subject="x.kind",
        alarm="t",
    ),
    line(
        "accounts",
        "account_disconnected",
        # with no gateway there is nobody who could connect it: that line says what to do
        "CASE WHEN x.is_held THEN 'act' ELSE 'note' END",
        "account x WHERE x.id IS NOT NULL AND x.state IS DISTINCT FROM 'lost'"
        " AND (%s) IS NOT TRUE" % _IS_CONNECTED,
        _ACCOUNT,
        subject="x.kind",
    ),
    line(
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
    line(
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
    line(
        "accounts",
        "account_well",
        "ok",
        "account x WHERE %s AND x.frozen_since IS NULL" % _IS_CONNECTED,
        _ACCOUNT,
        subject="x.kind",
    ),
    line("accounts", "groups_full", "act", "room x WHERE x.used >= x.most", _ROOM),
    line(
        "accounts",
        "groups_nearly_full",
        "note",
        "room x WHERE x.used < x.most AND x.used * 10 >= x.most * 9",
        _ROOM,
    ),
    line("accounts", "groups_room", "ok", "room x WHERE x.used * 10 < x.most * 9", _ROOM),
    line("accounts", "groups_today_spent", "note", "made x WHERE x.made >= x.most", _MADE),
    line("accounts", "groups_today", "ok", "made x WHERE x.made < x.most", _MADE),
]

LIMITS = [
    line(
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
        # a short wait is not reported
        alarm="x.rests = 'cold'",
    ),
    line(
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
    line(
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
        # a lesson would begin without its call, since this takes longer than the call is opened
        # early
        alarm="x.method = 'phone.createGroupCall' AND x.until > x.since + interval '5 minutes'",
    ),
    line(
        "accounts",
        "direct_adds_spent",
        "note",
        "spent x WHERE x.used >= x.most AND x.most > 0",
        {"used": "x.used", "most": "x.most", "free_at": iso("x.free_at")},
    ),
    line(
        "accounts",
        "direct_adds",
        "ok",
        "spent x WHERE x.used < x.most",
        {"used": "x.used", "most": "x.most", "left": "x.most - x.used"},
    ),
    line(
        "accounts",
        "lookups_spent",
        "note",
        "asked x WHERE x.used >= x.most AND x.most > 0",
        {"used": "x.used", "most": "x.most", "free_at": iso("x.free_at")},
    ),
    line(
        "accounts",
        "lookups",
        "ok",
        "asked x WHERE x.used < x.most",
        {"used": "x.used", "most": "x.most", "left": "x.most - x.used"},
    ),
]
