"""script/bench crons: what each cron costs in a school of 1,000 classes with nothing to do.

Made in SQL are 1,000 classes of 25 students and a teacher, each with its group, and five lessons of
each within the clock's horizon; none of them is near. The first run of each cron finds everything
to do, the second one nothing: printed are seconds and statements of both.
"""

from __future__ import annotations

import argparse
import sys

from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE

from .inside_odoo import MAKE_CLASSES, school

CLASSES = 1000
STUDENTS = 5000
A_CLASS = 25
#: Days from now on which a class has its lessons, all at one hour; the first one was held.
DAYS = (-1, 1, 2, 4, 6)
MOST_S = 1.0

# Rows of tables, as if the school had been at work for a while.
FILL = """
CREATE TEMP TABLE person AS
SELECT n, nextval('res_partner_id_seq')::int AS id
FROM generate_series(1, {students} + {classes} / 5) n;
INSERT INTO res_partner (id, name, display_name, lang, active, company_id, create_date, write_date)
SELECT id, 'Personne ' || n, 'Personne ' || n, 'fr_FR', true, 1,
    now() - interval '30 days', now() - interval '30 days' FROM person;
INSERT INTO telegram_contact (partner_id, tg_user_id, state, name, confirmed_at, seen_at, write_date)
SELECT id, 900000000 + n, 'confirmed', 'Personne ' || n, now(), now(), now() - interval '30 days'
FROM person;
"""
FILL += (
    MAKE_CLASSES
    + """
CREATE TEMP TABLE place AS
SELECT c.id AS class, c.chat, p.id AS person, p.n, 'student' AS role
FROM class c JOIN generate_series(0, {a_class} - 1) k ON true
JOIN person p ON p.n = 1 + (c.n * {a_class} + k) % {students}
UNION ALL
SELECT c.id, c.chat, p.id, p.n, 'teacher'
FROM class c JOIN person p ON p.n = {students} + 1 + c.n % ({classes} / 5);
INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state, write_date)
SELECT class, person, current_date - 30, 'active', now() - interval '30 days'
FROM place WHERE role = 'student';
INSERT INTO small_school_assignment (classroom_id, partner_id, role, date_from, write_date)
SELECT class, person, 'teacher', current_date - 30, now() - interval '30 days'
FROM place WHERE role = 'teacher';
INSERT INTO telegram_roster (chat_id, partner_id, role, status, since, in_since, write_date)
SELECT chat, person, role, 'in', now() - interval '30 days', now() - interval '30 days',
    now() - interval '30 days' FROM place;
INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, seen_status, seen_role, base_status,
    base_role, state, state_since, seen_at)
SELECT chat, person, 900000000 + n, 'in', CASE role WHEN 'teacher' THEN 'admin' ELSE 'member' END,
    'in', role, 'in', now(), now() FROM place;
INSERT INTO small_school_lesson (classroom_id, name, start, stop, teacher_id, state, sheet_state,
    revision, create_date, write_date)
SELECT c.id, 'Séance', day, day + interval '1 hour', p.person,
    CASE WHEN day < now() THEN 'held' ELSE 'planned' END,
    CASE WHEN day < now() THEN 'final' ELSE 'draft' END, 0,
    now() - interval '30 days', now() - interval '30 days'
FROM class c JOIN place p ON p.class = c.id AND p.role = 'teacher'
JOIN unnest(ARRAY{days}) AS d (days) ON true
JOIN LATERAL (SELECT (date_trunc('hour', now() AT TIME ZONE 'UTC') + days * interval '1 day'
    + (3 + c.n % 6) * interval '1 hour') AS day) t ON true;
INSERT INTO telegram_lesson (res_model, res_id, chat_id, sheet_state)
SELECT 'small_school.lesson', l.id, c.chat, 'final'
FROM small_school_lesson l JOIN class c ON c.id = l.classroom_id WHERE l.state = 'held';
INSERT INTO telegram_inbox (fact, kind, chat_id, payload, state, occurred_at, handled_at)
SELECT 'bench-' || c.n || '-' || k, 'call_closed', c.chat, '{{}}', 'done', now(), now()
FROM class c, generate_series(1, 20) k;
UPDATE res_company SET write_date = now() - interval '30 days';
UPDATE telegram_notice_template SET write_date = now() - interval '30 days';
UPDATE res_partner SET write_date = now() - interval '30 days';
ANALYZE;
"""
)


def fill(classes: int = CLASSES, students: int = STUDENTS) -> str:
    """The statements that make the school."""
    return FILL.format(classes=classes, students=students, a_class=A_CLASS, days=list(DAYS))


def main() -> int:
    """0; with --check, 1 when a cron with nothing to do takes a second; 2 where Odoo fails."""
    parser = argparse.ArgumentParser(prog="script/bench crons", description=__doc__)
    parser.add_argument("--check", action="store_true", help=f"exit 1 unless all under {MOST_S} s")
    parser.add_argument("--as-kept", action="store_true", help="do not install changed addons anew")
    parser.add_argument("--classes", type=int, default=CLASSES)
    arguments = parser.parse_args()
    try:
        with school(print, ("small_school_telegram",), arguments.as_kept) as inside:
            inside.cluster.sql(fill(arguments.classes), DATABASE)
            found = inside.run("crons.py")
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"{'':34}  first run: s, statements   nothing to do: s, statements")
    for name, (first_s, first, then_s, then) in found.items():
        print(f"{name:34}  {first_s:12.2f} {first:11}   {then_s:16.2f} {then:11}")
    slow = [name for name, (_s, _n, then_s, _m) in found.items() if then_s >= MOST_S]
    if slow:
        print(f"bench: {MOST_S} s or more: {', '.join(slow)}")
    return 1 if arguments.check and slow else 0


if __name__ == "__main__":
    sys.exit(main())
