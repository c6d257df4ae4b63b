"""script/bench odoo: what people pay in Odoo for the groups, against the small school without them.

A class of 551 students, all of them in its group, in a school of 20 such classes; and the same
classes in a database that has the small school alone. Measured is what Odoo does for one action:
seconds (of the fastest of several, each undone again) and statements, and how many times the one is
the other.
"""

from __future__ import annotations

import argparse
import sys

from demo.stack.errors import StackError
from demo.stack.odoo import DATABASE

from .inside_odoo import school

CLASSES = 20
A_CLASS = 551
AT_ONCE = 500
#: How many times it may cost what it costs without the groups, in seconds.
MOST = {"enrol one": 2.0, "end it": 2.0, "archive": 2.0, "restore": 2.0, "enrol 500 at once": 1.3}

_SCHOOL = """
CREATE TEMP TABLE person AS
SELECT n, nextval('res_partner_id_seq')::int AS id
FROM generate_series(1, {classes} * {a_class} + {at_once}) n;
INSERT INTO res_partner (id, name, display_name, lang, active, company_id, create_date, write_date)
SELECT id, 'Personne ' || n, 'Personne ' || n, 'en_US', true, 1, now(), now() FROM person;
CREATE TEMP TABLE class AS
SELECT n, nextval('small_school_classroom_id_seq')::int AS id FROM generate_series(1, {classes}) n;
INSERT INTO small_school_classroom (id, name, company_id, tz, lang, active, create_date, write_date)
SELECT id, 'Classe ' || n, 1, 'Europe/Paris', 'en_US', true, now(), now() FROM class;
CREATE TEMP TABLE place AS
SELECT c.id AS class, c.n AS of_class, p.id AS person, p.n
FROM class c JOIN person p ON p.n > (c.n - 1) * {a_class} AND p.n <= c.n * {a_class};
INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state)
SELECT class, person, current_date - 30, 'active' FROM place;
INSERT INTO small_school_lesson (classroom_id, name, start, stop, state, sheet_state, revision)
SELECT c.id, 'Séance', now()::timestamp(0) + d * interval '1 day',
    now()::timestamp(0) + d * interval '1 day' + interval '1 hour', 'planned', 'draft', 0
FROM class c, unnest(ARRAY[1, 3, 5]) d;
"""
_GROUPS = """
CREATE TEMP TABLE chat AS
SELECT c.*, nextval('telegram_chat_id_seq')::int AS chat FROM class c;
INSERT INTO telegram_chat (id, name, mark, lang, active, company_id, res_model, res_id,
    title_policy, promotion_policy, archive_policy, join_policy, leave_policy, stranger_policy,
    history_policy, most_removals, most_removals_percent, add_contacts)
SELECT chat, 'Classe ' || n, 'bench-' || n, 'en_US', true, 1, 'small_school.classroom', id,
    'accept', 'restore', 'read_only', 'ask', 'unenrol', 'out', 'visible', 5, 10, true FROM chat;
INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link, anchor_message_id)
SELECT chat, 1000000000 + n, 'ready', 'https://t.me/+bench' || n, 1 FROM chat;
INSERT INTO telegram_contact (partner_id, tg_user_id, state, name)
SELECT id, 900000000 + n, 'confirmed', 'Personne ' || n FROM person;
INSERT INTO telegram_roster (chat_id, partner_id, role, status, since, in_since)
SELECT c.chat, p.person, 'student', 'in', now(), now() FROM place p JOIN chat c ON c.id = p.class;
INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, seen_status, seen_role, base_status,
    base_role, state, state_since)
SELECT c.chat, p.person, 900000000 + p.n, 'in', 'member', 'in', 'student', 'in', now()
FROM place p JOIN chat c ON c.id = p.class;
"""


def fill(has_groups: bool) -> str:
    """The statements that make the school."""
    statements = _SCHOOL + (_GROUPS if has_groups else "") + "ANALYZE;"
    return statements.format(classes=CLASSES, a_class=A_CLASS, at_once=AT_ONCE)


def main() -> int:
    """0; with --check, 1 when something costs more than it may; 2 where Odoo fails."""
    parser = argparse.ArgumentParser(prog="script/bench odoo", description=__doc__)
    said = ", ".join(f"{what}: {most} times" for what, most in MOST.items())
    parser.add_argument("--check", action="store_true", help=f"exit 1 unless at most {said}")
    parser.add_argument("--as-kept", action="store_true", help="do not install changed addons anew")
    arguments = parser.parse_args()
    found = {}
    try:
        for modules in (("small_school",), ("small_school_telegram",)):
            with school(print, modules, arguments.as_kept) as inside:
                inside.cluster.sql(fill(modules != ("small_school",)), DATABASE)
                found[modules] = inside.run("odoo.py", AT_ONCE=AT_ONCE)
    except StackError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    alone, ours = found.values()
    print(f"{'':20}  without: ms, statements   with: ms, statements   times   statements")
    dear = []
    for what, (with_s, with_n) in ours.items():
        alone_s, alone_n = alone[what]
        times = with_s / alone_s
        print(
            f"{what:20}  {alone_s * 1000:11.0f} {alone_n:12}   {with_s * 1000:8.0f} {with_n:12}"
            f"   {times:5.1f}   {with_n / alone_n:10.1f}"
        )
        if times > MOST.get(what, times):
            dear.append(what)
    if dear:
        print(f"bench: too dear: {', '.join(dear)}")
    return 1 if arguments.check and dear else 0


if __name__ == "__main__":
    sys.exit(main())
