"""script/bench years: what a school of three years costs, against the same school of one week.

Both have the same classes and the same people in them. The older one also has 108 weeks of lessons
(30,000, with their sheets, what was seen in the calls, facts and commands) and the students of the
years before. Each figure of the older school stands beside that of the young one, with how many
times it is as much.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE

from .inside_odoo import MAKE_CLASSES, school

CLASSES, A_CLASS, TEACHERS = 93, 29, 31
#: Weeks of lessons that were held, three for each class and week; 36 weeks are a school year.
YOUNG, OLD = 1, 108
MOST = 1.3
#: Milliseconds within which nobody asks how many times it is as much.
FEW_MS = 50.0
#: What reads more since there is more: the most that it may take, in seconds.
MORE_TO_READ = {
    # its lists have the students of former years, too
    "a class's form, as the administrator": 0.2,
    "statistics, as they open": 1.0,
    "pivot of sheets, as it opens": 1.0,
    "lines of sheets, as they open": 1.0,
    "cron small_school.risk._cron_risks": 1.0,
    "export of one student, after it": 3.0,
    "cron telegram.retention._cron_forget": 60.0,
}

# Nobody's keys are checked for rows that are made here, and nobody is woken.
_PEOPLE = """
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE TEMP TABLE cohort AS SELECT y FROM generate_series(0, ({weeks} - 1) / 36) y;
CREATE TEMP TABLE person AS
SELECT y, c, k, row_number() OVER (ORDER BY y, c, k) AS n, nextval('res_partner_id_seq')::int AS id
FROM (SELECT y, c, k FROM cohort, generate_series(1, {classes}) c, generate_series(1, {a_class}) k
      UNION ALL SELECT -1, 0, k FROM generate_series(1, {teachers}) k) p;
INSERT INTO res_partner (id, name, display_name, lang, active, company_id, create_date, write_date)
SELECT id, 'Personne ' || n, 'Personne ' || n, 'fr_FR', true, 1,
    now() - interval '30 days', now() - interval '30 days' FROM person;
INSERT INTO telegram_contact (partner_id, tg_user_id, state, name, confirmed_at, seen_at, write_date)
SELECT id, 900000000 + n, 'confirmed', 'Personne ' || n, now() - interval '3 years', now(),
    now() - interval '30 days' FROM person;
"""
_PEOPLE += (
    MAKE_CLASSES
    + """
CREATE TEMP TABLE place AS
SELECT c.n AS class_n, c.id AS class, c.chat, p.y, p.k, p.id AS person, p.n, 'student' AS role
FROM class c JOIN person p ON p.c = c.n
UNION ALL
SELECT c.n, c.id, c.chat, cohort.y, 0, p.id, p.n, 'teacher'
FROM class c JOIN person p ON p.y = -1 AND p.k = 1 + c.n % {teachers} CROSS JOIN cohort;
CREATE INDEX ON place (class_n, y);
-- a year of school begins 52 weeks after the one before, and has 36 weeks
INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, date_to, state, ended_at,
    write_date)
SELECT class, person, current_date - 364 * (y + 1) + 90, CASE WHEN y > 0 THEN current_date - 364 * y - 1 END,
    CASE WHEN y = 0 THEN 'active' ELSE 'ended' END,
    CASE WHEN y > 0 THEN now() - y * interval '364 days' END, now() - interval '30 days'
FROM place WHERE role = 'student';
INSERT INTO small_school_assignment (classroom_id, partner_id, role, date_from, write_date)
SELECT class, person, 'teacher', current_date - 1100, now() - interval '30 days'
FROM place WHERE role = 'teacher' AND y = 0;
INSERT INTO telegram_roster (chat_id, partner_id, role, status, reason, since, in_since, in_until,
    write_date)
SELECT chat, person, role, CASE WHEN y = 0 THEN 'in' ELSE 'out' END, NULL,
    now() - 364 * y * interval '1 day', now() - 364 * (y + 1) * interval '1 day',
    CASE WHEN y > 0 THEN now() - 364 * y * interval '1 day' END, now() - interval '30 days'
FROM place WHERE role = 'student' OR y = 0;
INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, seen_status, seen_role, base_status,
    base_role, state, state_since, seen_at)
SELECT chat, person, 900000000 + n, CASE WHEN y = 0 THEN 'in' ELSE 'out' END,
    CASE role WHEN 'teacher' THEN 'admin' ELSE 'member' END,
    CASE WHEN y = 0 THEN 'in' ELSE 'out' END, role, CASE WHEN y = 0 THEN 'in' ELSE 'out' END,
    now() - 364 * y * interval '1 day', now()
FROM place WHERE role = 'student' OR y = 0;
"""
)

_LESSONS = """
CREATE TEMP TABLE lesson AS
SELECT nextval('small_school_lesson_id_seq')::int AS id, nextval('telegram_lesson_id_seq')::int AS row,
    nextval('telegram_call_id_seq')::int AS call, c.n AS class_n, c.id AS class, c.chat, w.y,
    t.person AS teacher, start, start + interval '1 hour' AS stop
FROM (SELECT w, w / 36 AS y, (w / 36) * 52 + w % 36 + 1 AS ago FROM generate_series(0, {weeks} - 1) w
      UNION ALL SELECT -1, 0, 0) w
CROSS JOIN class c CROSS JOIN generate_series(0, 2) slot
JOIN place t ON t.class_n = c.n AND t.role = 'teacher' AND t.y = 0
JOIN LATERAL (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') - (7 * w.ago - 2 * slot - 1) * interval '1 day'
    + (6 + c.n % 10) * interval '1 hour' AS start) s ON true
ORDER BY start;
INSERT INTO small_school_lesson (id, classroom_id, name, start, stop, teacher_id, state, sheet_state,
    revision, create_date, write_date)
SELECT id, class, 'Séance', start, stop, teacher, CASE WHEN start < now() THEN 'held' ELSE 'planned' END,
    CASE WHEN start > now() THEN 'draft' WHEN start > now() - interval '30 days' THEN 'final'
         ELSE 'confirmed' END, 0, start, least(start, now() - interval '3 hours') FROM lesson;
DELETE FROM lesson WHERE start > now();
INSERT INTO telegram_lesson (id, res_model, res_id, chat_id, teacher_id, sheet_state, computed_at)
SELECT row, 'small_school.lesson', id, chat, teacher, 'final', stop FROM lesson;
INSERT INTO telegram_call (id, chat_id, tg_call_id, open_key, opened_at, closed_at, is_closed_by_us)
SELECT call, chat, 500000000 + call, 'lesson:small_school.lesson:' || id || ':'
    || to_char(start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ':open', start - interval '5 minutes', stop, true
FROM lesson;
CREATE TEMP TABLE line AS
SELECT l.*, p.person, p.n, p.k, p.role,
    CASE WHEN p.role = 'teacher' THEN 'present'
         ELSE (ARRAY['present', 'present', 'present', 'late', 'absent', 'present', 'left_early'])
              [1 + (l.id + p.k) % 7] END AS status
FROM lesson l JOIN place p ON p.class_n = l.class_n AND p.y = l.y;
INSERT INTO small_school_attendance (lesson_id, partner_id, role, status, computed_status, arrived_at,
    departed_at, minutes, minutes_low, minutes_high, percentage, corrected, classroom_id, start, write_date)
SELECT id, person, role, status, status, start, stop, 60, 60, 60, 100, false, class, start, stop FROM line;
INSERT INTO telegram_attendance (lesson_id, partner_id, person_name, role, status, arrived_at,
    departed_at, minutes, minutes_low, minutes_high, percentage, written, write_date)
SELECT row, person, 'Personne ' || n, role, status, start, stop, 60, 60, 60, 100,
    '{{"status": "' || status || '"}}', stop FROM line;
INSERT INTO telegram_presence (chat_id, call_id, tg_user_id, peer_kind, kind, at, precision_s, source,
    fact)
SELECT chat, call, 900000000 + n, 'user', kind, at, 0, 'update', kind || ':' || call || ':' || n || ':' || stay
FROM line CROSS JOIN generate_series(0, CASE WHEN k % 8 = 1 THEN 1 ELSE 0 END) stay
CROSS JOIN LATERAL (VALUES ('joined', start + stay * interval '30 minutes'),
                           ('left', start + (stay + 1) * interval '29 minutes')) v (kind, at)
WHERE status <> 'absent' OR role = 'teacher' OR k % 2 = 0;
INSERT INTO telegram_inbox (fact, kind, chat_id, payload, state, occurred_at, created_at, handled_at)
SELECT 'f:' || call || ':' || m,
    CASE m WHEN 1 THEN 'call_opened' WHEN 50 THEN 'call_closed' WHEN 2 THEN 'member_joined'
           ELSE CASE m % 2 WHEN 0 THEN 'participant_left' ELSE 'participant_joined' END END, chat,
    '{{"tg_call_id": ' || 500000000 + call || ', "tg_user_id": ' || 900000000 + m
    || ', "open_key": "lesson:small_school.lesson:' || id || ':' || to_char(start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    || ':open", "at": "' || to_char(start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '"}}',
    'done', start, start, stop
FROM lesson CROSS JOIN generate_series(1, 50) m;
INSERT INTO telegram_outbox (chat_id, tg_user_id, pool, kind, payload, due_at, expires_at, priority, key,
    state, state_at, attempts, create_date, write_date)
SELECT CASE WHEN part < 5 THEN chat END, CASE WHEN part >= 5 THEN 900000000 + part END, 'main',
    CASE part WHEN 1 THEN 'open_call' WHEN 2 THEN 'close_call' ELSE 'send' END,
    '{{"text": "Séance à dix heures", "buttons": [], "silent": false}}', start, NULL, 30,
    CASE WHEN part >= 5 THEN 'private:' ELSE '' END || 'lesson:small_school.lesson:' || id || ':'
    || to_char(start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    || CASE part WHEN 2 THEN '/' || to_char(stop, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ':close'
                 WHEN 3 THEN '/' || to_char(stop, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ':report'
                 WHEN 1 THEN ':open' WHEN 4 THEN ':remind' ELSE ':remind:' || 900000000 + part END,
    'done', start, 1, start, start
FROM lesson CROSS JOIN generate_series(1, 10) part;
UPDATE res_company SET write_date = now() - interval '30 days';
UPDATE telegram_notice_template SET write_date = now() - interval '30 days';
UPDATE res_partner SET write_date = now() - interval '30 days';
SET session_replication_role = DEFAULT;
"""


def fill(weeks: int) -> str:
    """The statements that make the school."""
    return (_PEOPLE + _LESSONS).format(
        weeks=weeks, classes=CLASSES, a_class=A_CLASS, teachers=TEACHERS
    )


def measured(weeks: int, is_as_kept: bool) -> dict[str, Any]:
    """Measure a school of so many weeks: {what: [milliseconds, statements]}, and its rows under
    `counts`. Raises StackError."""
    with school(print, ("small_school_telegram",), is_as_kept) as inside:
        inside.cluster.sql(fill(weeks), DATABASE)
        inside.cluster.run("vacuumdb", "-h", str(inside.cluster.folder), "-z", DATABASE)
        found: dict[str, Any] = inside.run("years.py")
        return found


def main() -> int:
    """0; with --check, 1 when something costs more than it may; 2 where Odoo fails."""
    parser = argparse.ArgumentParser(prog="script/bench years", description=__doc__)
    parser.add_argument("--check", action="store_true", help=f"exit 1 unless {MOST} times at most")
    parser.add_argument("--as-kept", action="store_true", help="do not install changed addons anew")
    arguments = parser.parse_args()
    try:
        young, old = (measured(weeks, arguments.as_kept) for weeks in (YOUNG, OLD))
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for name, rows in (("one week", young.pop("counts")), ("three years", old.pop("counts"))):
        print(f"{name}: " + ", ".join(f"{count:,} {table}" for table, count in rows.items()))
    print(f"{'':46}  one week: ms, statements   three years: ms, statements   times")
    dear = []
    for what, (old_ms, old_n) in old.items():
        young_ms, young_n = young[what]
        times = old_ms / max(young_ms, 0.01)
        print(
            f"{what:46}  {young_ms:12.1f} {young_n:11}   {old_ms:15.1f} {old_n:11}   {times:5.1f}"
        )
        if what in MORE_TO_READ:
            is_dear = old_ms / 1000 > MORE_TO_READ[what]
        else:
            is_dear = times > MOST and old_ms > FEW_MS
        if is_dear:
            dear.append(what)
    if dear:
        print(f"bench: too dear: {', '.join(dear)}")
    return 1 if arguments.check and dear else 0


if __name__ == "__main__":
    sys.exit(main())
