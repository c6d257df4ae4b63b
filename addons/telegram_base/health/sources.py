"""Sources of the judgement in `lines`: named queries over the tables of the contract, and the
limits of time. SQL of our own; nothing that a person typed goes into it."""

#: Minutes without a sign of life of the gateway until the administrators are told.
SILENT_MINUTES = 5
#: A process, which reports every 10 seconds, is considered dead after this time without a report.
PROCESS_SECONDS = 45
#: Minutes that a due command may wait without a known reason.
STUCK_MINUTES = 10
#: Minutes that facts may wait for Odoo, whose cron runs every minute.
FACTS_MINUTES = 5
CRON_MINUTES = 15
#: Minutes that a part of a group may be unreadable before somebody should look.
UNSEEN_MINUTES = 60
#: Minutes that an account may not know a group, in which it can do nothing until then.
UNKNOWN_MINUTES = 10
#: Days after which a group that was never made is no longer just waiting for its turn.
NEVER_MADE_DAYS = 3

NOW = "(now() AT TIME ZONE 'UTC')"


def iso(column):
    return 'to_char(%s, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')' % column


def ago(minutes):
    return "%s - interval '%d minutes'" % (NOW, minutes)


#: Commands that a pause does not hold back: they change nothing on Telegram.
_READING = "('list_groups', 'plan', 'prune')"

#: Commands that rest while an account is frozen: (kind of command, kind of account).
_RESTS = """(('reconcile', 'bot'), ('send', 'bot'), ('make_link', 'bot'), ('forget', 'bot'),
    ('open_call', 'user'), ('announce_call', 'user'), ('withdraw_call', 'user'),
    ('delete_group', 'user'), ('lookup_phone', 'user'))"""

#: Errors of a private message that say that the bot cannot write to this person: they have blocked
#: it or never started it, which is their choice.
UNREACHABLE = ("PEER_ID_INVALID", "USER_IS_BLOCKED", "not_linked")

#: A failed command that still matters: a person's choice is no trouble, and an old one is pointless
#: after a later read of the group, or beside the line about the broken group. `o` is
#: telegram_outbox.
FAILED = """
    o.state = 'failed' AND NOT (o.kind = 'send' AND o.tg_user_id IS NOT NULL
        AND coalesce(o.error_code, '') IN {unreachable})
    AND NOT (o.kind = 'reconcile' AND (
        EXISTS (SELECT 1 FROM telegram_chat_state b
                WHERE b.chat_id = o.chat_id AND b.state = 'broken')
        OR EXISTS (SELECT 1 FROM telegram_outbox n
                   WHERE n.chat_id = o.chat_id AND n.kind = 'reconcile' AND n.id > o.id
                     AND n.state = 'done')))
""".format(unreachable=UNREACHABLE)

#: Names for the sources of the lines.
COMMON = """
    pools AS (
        SELECT pool FROM telegram_chat UNION SELECT pool FROM telegram_account
        UNION SELECT pool FROM telegram_lease UNION SELECT pool FROM telegram_process
        UNION SELECT 'main' WHERE NOT EXISTS (SELECT 1 FROM telegram_chat)
            AND NOT EXISTS (SELECT 1 FROM telegram_account)
    ),
    lease AS (
        SELECT p.pool, l.process, l.taken_at, l.renewed_at,
               coalesce(l.expires_at > {now}, false) AS is_held,
               EXISTS (SELECT 1 FROM telegram_process r WHERE r.pool = p.pool
                       AND r.seen_at > {silent}) AS is_alive
        FROM pools p LEFT JOIN telegram_lease l ON l.pool = p.pool
    ),
    process AS (
        SELECT r.pool, r.process, r.version, r.state, r.state_at, r.started_at, r.seen_at,
               r.second_seen_at, l.is_held,
               r.seen_at > {silent} AS is_alive, l.is_held AND l.process = r.process AS is_owner
        FROM telegram_process r JOIN lease l ON l.pool = r.pool
    ),
    pause AS (
        SELECT u.pool, u.chat_id, u.paused_at, p.name AS paused_by
        FROM telegram_pause u LEFT JOIN res_users r ON r.id = u.paused_uid
        LEFT JOIN res_partner p ON p.id = r.partner_id
    ),
    account AS (
        SELECT l.pool, k.kind, l.is_held, a.id, a.name, a.username, a.state, a.state_at,
               a.error_code, a.frozen_since, a.frozen_until, a.appeal_url, a.fresh_until,
               a.is_premium, a.groups_a_day, a.direct_adds_a_day, a.lookups_a_day
        FROM lease l CROSS JOIN (VALUES ('bot'), ('user')) AS k (kind)
        LEFT JOIN LATERAL (
            SELECT * FROM telegram_account a WHERE a.pool = l.pool AND a.kind = k.kind
            ORDER BY a.error_code IS NOT DISTINCT FROM 'replaced', a.id DESC LIMIT 1) a ON true
    ),
    room AS (
        SELECT a.pool, CASE WHEN a.is_premium THEN 1000 ELSE 500 END AS most,
               (SELECT count(*) FROM telegram_chat_state s JOIN telegram_chat c ON c.id = s.chat_id
                WHERE c.pool = a.pool AND s.tg_chat_id IS NOT NULL) AS used
        FROM account a WHERE a.kind = 'user' AND a.id IS NOT NULL
    ),
    made AS (
        SELECT a.pool, a.groups_a_day AS most, i.made, i.free_at
        FROM account a CROSS JOIN LATERAL (
            SELECT count(*) AS made, min(i.begun_at) + interval '1 day' AS free_at
            FROM telegram_intent i JOIN telegram_chat c ON c.id = i.chat_id AND c.pool = a.pool
            WHERE i.kind = 'create_group' AND i.begun_at > {now} - interval '1 day') i
        WHERE a.kind = 'user' AND a.groups_a_day IS NOT NULL
    ),
    spent AS (
        SELECT a.pool, a.direct_adds_a_day AS most, s.used, s.free_at
        FROM account a CROSS JOIN LATERAL (
            SELECT count(*) AS used, min(s.at) + interval '1 day' AS free_at
            FROM telegram_spend s WHERE s.account_id = a.id AND s.kind = 'direct_add'
            AND s.at > {now} - interval '1 day') s
        WHERE a.kind = 'user' AND a.direct_adds_a_day IS NOT NULL
    ),
    asked AS (
        SELECT a.pool, a.lookups_a_day AS most, s.used, s.free_at
        FROM account a CROSS JOIN LATERAL (
            SELECT count(*) AS used, min(s.at) + interval '1 day' AS free_at
            FROM telegram_spend s WHERE s.account_id = a.id AND s.kind = 'phone_lookup'
            AND s.at > {now} - interval '1 day') s
        WHERE a.kind = 'user' AND a.lookups_a_day IS NOT NULL
    ),
    limited AS (
        SELECT DISTINCT ON (a.pool, a.kind, l.kind) a.pool, a.kind, a.name, a.username,
               l.kind AS rests, l.code, l.since, l.until
        FROM telegram_limit l JOIN account a ON a.id = l.account_id
        WHERE l.until > {now} AND l.kind <> 'method' ORDER BY a.pool, a.kind, l.kind, l.until DESC
    ),
    method AS (
        SELECT DISTINCT ON (a.pool, a.kind, l.method) a.pool, a.kind, a.name, a.username,
               l.method, l.code, l.since, l.until
        FROM telegram_limit l JOIN account a ON a.id = l.account_id
        WHERE l.until > {now} AND l.kind = 'method' ORDER BY a.pool, a.kind, l.method, l.until DESC
    ),
    waiting AS (
        SELECT o.id, o.pool, o.kind, o.chat_id, o.due_at, o.due_at > {now} AS is_later,
               coalesce(o.again_at, r.again_at) AS again_at,
               coalesce(o.error_code, r.error_code) AS error_code,
               CASE
                 WHEN o.state = 'working' THEN 'working'
                 WHEN o.kind NOT IN {reading} AND EXISTS (
                     SELECT 1 FROM telegram_pause u WHERE u.pool = o.pool
                     AND (u.chat_id IS NULL OR u.chat_id = o.chat_id)) THEN 'paused'
                 WHEN NOT l.is_held THEN 'gateway_away'
                 WHEN EXISTS (
                     SELECT 1 FROM account f WHERE f.pool = o.pool AND f.frozen_since IS NOT NULL
                     AND ((o.kind, f.kind) IN {rests} OR o.error_code LIKE 'FROZEN%')) THEN 'frozen'
                 WHEN o.kind <> 'reconcile' AND o.chat_id IS NOT NULL
                     AND coalesce(s.state, 'creating') IN ('creating', 'deleted') THEN 'group_being_made'
                 WHEN o.again_at > {now} OR r.again_at IS NOT NULL THEN 'resting'
                 ELSE 'in_turn'
               END AS why
        FROM telegram_outbox o JOIN lease l ON l.pool = o.pool
        LEFT JOIN telegram_chat_state s ON s.chat_id = o.chat_id
        -- what rests holds up what came after it for the same group
        LEFT JOIN LATERAL (
            SELECT w.again_at, w.error_code FROM telegram_outbox w
            WHERE o.again_at IS NULL AND w.chat_id = o.chat_id AND w.kind = o.kind
              AND w.state = 'pending' AND w.again_at > {now}
            ORDER BY w.again_at DESC LIMIT 1) r ON true
        -- a login is answered by any process, whatever else it does
        WHERE o.state IN ('pending', 'working') AND o.kind <> 'login'
        -- nothing waits where people are let talk after the end
          AND NOT (o.state = 'pending' AND o.kind = 'close_call' AND o.again_at > {now}
                   AND coalesce(o.error_code, '') = 'people_talking')
    ),
    due AS (
        SELECT DISTINCT ON (w.pool) w.*, c.name AS chat,
               count(*) OVER (PARTITION BY w.pool) AS count,
               w.why IN ('working', 'in_turn') AND w.due_at < {stuck} AS is_stuck
        FROM waiting w LEFT JOIN telegram_chat c ON c.id = w.chat_id
        WHERE NOT w.is_later ORDER BY w.pool, w.due_at, w.id
    ),
    failed AS (
        SELECT o.pool, o.kind, coalesce(o.error_code, '') AS error_code, count(*) AS count,
               min(o.state_at) AS since
        FROM telegram_outbox o WHERE {failed} GROUP BY 1, 2, 3
    ),
    set_aside AS (
        SELECT i.pool, i.kind, count(*) AS count, min(i.handled_at) AS since,
               (array_agg(i.error ORDER BY i.id DESC))[1] AS error
        FROM telegram_inbox i WHERE i.state = 'set_aside' GROUP BY 1, 2
    ),
    unhandled AS (
        SELECT i.pool, count(*) AS count, min(i.created_at) AS since FROM telegram_inbox i
        WHERE i.state = 'new' AND NOT EXISTS (
            SELECT 1 FROM telegram_inbox s WHERE s.state = 'set_aside' AND s.chat_id = i.chat_id
            AND s.id < i.id)
        GROUP BY 1 HAVING min(i.created_at) < {facts}
    ),
    unmade AS (
        SELECT pool, count(*) AS count, min(create_date) AS since,
               (array_agg(name ORDER BY create_date, chat_id))[1:5] AS names
        FROM telegram_health_chat WHERE tg_chat_id IS NULL AND state <> 'broken' GROUP BY pool
    ),
    unread AS (
        SELECT c.pool, c.id AS chat_id, c.name, g.value ->> 'part' AS part,
               g.value ->> 'error_code' AS error_code,
               (g.value ->> 'since')::timestamp AS since
        FROM telegram_chat c JOIN telegram_chat_state s ON s.chat_id = c.id
        CROSS JOIN LATERAL json_array_elements(s.missing::json) g
        WHERE s.state = 'ready' AND c.active
    ),
    unseen AS (
        SELECT pool, part, count(*) AS count, min(since) AS since,
               (array_agg(name ORDER BY since, chat_id))[1:5] AS names,
               (array_agg(error_code ORDER BY since DESC, chat_id))[1] AS error_code
        FROM unread WHERE error_code IS DISTINCT FROM 'CHANNEL_UNKNOWN' GROUP BY pool, part
    ),
    unknown AS (
        SELECT pool, kind, count(*) AS count, min(since) AS since,
               (array_agg(name ORDER BY since, chat_id))[1:5] AS names
        FROM (
            SELECT pool, chat_id, name, min(since) AS since,
                   CASE WHEN part IN ('requests', 'log') THEN 'user' ELSE 'bot' END AS kind
            FROM unread WHERE error_code = 'CHANNEL_UNKNOWN'
            GROUP BY pool, chat_id, name, 5) one GROUP BY pool, kind
    ),
    cron AS (
        SELECT c.active, c.nextcall FROM (VALUES (1)) one
        LEFT JOIN ir_model_data d ON d.module = 'telegram_base' AND d.name = 'cron_ring'
        LEFT JOIN ir_cron c ON c.id = d.res_id
    ),
    doorbell AS (
        SELECT EXISTS (
            SELECT 1 FROM ir_model_data d JOIN res_groups_users_rel g ON g.gid = d.res_id
            JOIN res_users u ON u.id = g.uid AND u.active
            WHERE d.module = 'telegram_base' AND d.name = 'group_doorbell') AS is_there
    )
""".format(
    now=NOW,
    silent="%s - interval '%d seconds'" % (NOW, PROCESS_SECONDS),
    reading=_READING,
    rests=_RESTS,
    failed=FAILED,
    stuck=ago(STUCK_MINUTES),
    facts=ago(FACTS_MINUTES),
)

#: One row per group that should exist: its state, the result of the last full check, the pause, the
#: last event.
CHATS_SQL = """
    SELECT c.id, c.id AS chat_id, c.pool, c.name, c.create_date, c.is_reviewed,
           coalesce(s.state, 'waiting') AS state, s.error_code, s.tg_chat_id,
           s.checked_at, s.checked_people, s.checked_differences, s.is_list_whole,
           u.paused_at, p.name AS paused_by,
           (SELECT count(*) FROM telegram_member m
            WHERE m.chat_id = c.id AND m.state = 'held') AS held,
           e.kind AS last_kind, e.at AS last_at
    FROM telegram_chat c
    LEFT JOIN telegram_chat_state s ON s.chat_id = c.id
    LEFT JOIN telegram_pause u ON u.chat_id = c.id
    LEFT JOIN res_users r ON r.id = u.paused_uid LEFT JOIN res_partner p ON p.id = r.partner_id
    LEFT JOIN LATERAL (
        SELECT i.kind, coalesce(i.occurred_at, i.created_at) AS at FROM telegram_inbox i
        WHERE i.chat_id = c.id ORDER BY i.id DESC LIMIT 1) e ON true
    WHERE c.active
"""
