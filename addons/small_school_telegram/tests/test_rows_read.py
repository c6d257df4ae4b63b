"""The clock of one lesson reads what is about it, however much is kept: counted by PostgreSQL."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.telegram_school.services.calls.clock import LessonClock

from .test_costs import KeptCase

#: Rows that a statement may read for one lesson, those included that a filter throws away.
MOST = 1000

#: What a group, its lessons and others have left behind in years.
_OLD = """
WITH chat AS (
    SELECT id AS chat_id, res_id FROM telegram_chat WHERE res_model = 'small_school.classroom'
), lesson AS (
    INSERT INTO small_school_lesson (classroom_id, name, start, stop, state, sheet_state, revision,
        write_date)
    SELECT res_id, 'Old', at, at + interval '1 hour', 'held', 'confirmed', 0, at
    FROM chat, generate_series(1, 60) n, LATERAL (SELECT now() - (n + 3) * interval '1 day' AS at) t
    RETURNING id, classroom_id, start, stop
), call AS (
    INSERT INTO telegram_call (chat_id, tg_call_id, open_key, opened_at, closed_at)
    SELECT chat_id, id, 'lesson:small_school.lesson:' || id || ':0:open', start, stop
    FROM lesson JOIN chat ON res_id = classroom_id RETURNING id, chat_id, opened_at
), presence AS (
    INSERT INTO telegram_presence (chat_id, call_id, tg_user_id, peer_kind, kind, at, fact)
    SELECT chat_id, id, 880000000 + n, 'user', 'joined', opened_at, 'old:' || id || ':' || n
    FROM call, generate_series(1, 10) n
), row AS (
    INSERT INTO telegram_lesson (res_model, res_id, chat_id, sheet_state)
    SELECT 'small_school.lesson', id, chat_id, 'final' FROM lesson JOIN chat ON res_id = classroom_id
), fact AS (
    INSERT INTO telegram_inbox (fact, kind, chat_id, state, occurred_at, handled_at)
    SELECT 'old:' || id || ':' || n, (ARRAY['call_opened', 'participant_joined'])[1 + n % 2],
        chat_id, 'done', start, start
    FROM lesson JOIN chat ON res_id = classroom_id, generate_series(1, 10) n
)
INSERT INTO telegram_outbox (chat_id, tg_user_id, kind, key, state, due_at, state_at, create_date)
SELECT CASE WHEN n < 4 THEN chat_id END, CASE WHEN n > 3 THEN n END, 'send',
    (ARRAY['', '', '', 'private:', 'by_hand:'])[n] || 'lesson:small_school.lesson:' || id || ':'
        || n || ':' || (ARRAY['remind', 'open', 'close', 'remind:5', 'open:5'])[n],
    'done', start, start, start
FROM lesson JOIN chat ON res_id = classroom_id, generate_series(1, 5) n
"""
#: So many that the database may prefer to read all of them.
_MANY = """
INSERT INTO telegram_outbox (tg_user_id, kind, key, payload, state, due_at, state_at, create_date)
SELECT n % 700, 'send', 'private:lesson:small_school.lesson:' || n % 20000 || ':' || n || ':remind',
    repeat('Salut ', 20), 'done', at, at, at
FROM generate_series(1, 100000) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) t
"""
_COUNTED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


def _rows_read(plan):
    """The rows that the scans in a plan, as of EXPLAIN (ANALYZE, FORMAT JSON), have read."""
    rows = 0
    if "Relation Name" in plan or "Index Name" in plan:
        removed = [value for name, value in plan.items() if name.startswith("Rows Removed by")]
        rows = plan["Actual Loops"] * (plan["Actual Rows"] + sum(removed))
    if "ModifyTable" in plan["Node Type"]:
        rows = 0
    return rows + sum(map(_rows_read, plan.get("Plans", ())))


@tagged("post_install", "-at_install")
class TestRowsRead(KeptCase):
    def explained(self, work):
        """Do the work; return [(rows read, statement)] of all its statements."""
        cursor, found = type(self.env.cr), []
        execute = cursor.execute

        def counting(cr, query, params=None, log_exceptions=None):
            text = query if isinstance(query, str) else query.as_string(cr._obj)
            if text.strip().startswith(_COUNTED):
                execute(cr, "SAVEPOINT explained")
                execute(cr, "EXPLAIN (ANALYZE, FORMAT JSON) " + text, params)
                [[[plan]]] = cr.fetchall()
                execute(cr, "ROLLBACK TO SAVEPOINT explained")
                found.append((_rows_read(plan["Plan"]), text))
            return execute(cr, query, params, log_exceptions)

        with patch.object(cursor, "execute", counting):
            work()
            self.env["base"].flush()
        return found

    def test_clock__of_one_lesson_reads_at_most_1000_rows_of_a_table(self):
        rooms = self.keep(1, 40, people=20)
        self.env.cr.execute(_OLD)
        self.env.cr.execute(_MANY)
        self.env.cr.execute(
            "UPDATE res_partner SET telegram_private_kinds = 'reminder' WHERE name = 'Kept 7'"
        )
        self.env.cr.execute("ANALYZE")
        self.env.cr.execute("SELECT count(*) FROM telegram_outbox")
        self.assertGreater(self.env.cr.fetchone()[0], 100000)
        now = fields.Datetime.now()
        lesson = self.env["small_school.lesson"].create(
            {
                "name": "Now",
                "classroom_id": rooms[7].id,
                "start": now - timedelta(minutes=20),
                "stop": now + timedelta(minutes=20),
            }
        )
        call = self.env["telegram.call"]._opened(
            rooms[7].telegram_chat_id, 4711, lesson.start, LessonClock(lesson).key("open")
        )
        self.assertTrue(call)
        self.env["base"].flush()
        self.env.cache.invalidate()
        clock = LessonClock(lesson.sudo())
        statements = self.explained(clock.look)
        self.assertGreater(len(statements), 20, "they were seen")
        self.assertEqual([one for one in statements if one[0] > MOST], [])
        self.assertEqual(self.env["telegram.lesson"]._of(lesson).sheet_state, "live")
