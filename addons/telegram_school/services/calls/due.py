"""Finds the lessons at which the clock's cron has to look, without reading the others."""

from psycopg2 import sql
from psycopg2.extensions import TransactionRollbackError

from odoo import fields

from odoo.addons.telegram_base.beside import commit, each, slices

from .clock import LessonClock
from .written import Written

#: Number of further lessons that are looked at in each run, the longest unvisited first: finds what
#: changed in a way that nothing shows.
IN_TURN = 25

#: A change that was written before a look, and committed after it.
_LATE_COMMIT = "interval '10 minutes'"

# Stands for what the clock reads of a school: its name, its hour, and whether and how lessons are
# reminded of. Whatever else is saved there, no lesson is due because of it.
_SAID = """
    SELECT company.id AS company_id, md5(concat_ws(E'\\n', company.name, partner.tz,
        'reminder' = ANY (string_to_array(coalesce(company.telegram_notices_off, ''), ' ')),
        (SELECT string_agg(text.lang || ' ' || text.own_text, E'\\n' ORDER BY text.lang)
         FROM telegram_notice_template AS text
         WHERE text.company_id = company.id AND text.kind = 'reminder'))) AS mark
    FROM res_company AS company LEFT JOIN res_partner AS partner ON partner.id = company.partner_id
"""

# A lesson is due when its time comes, and when it, its class, its group, somebody on the roster or
# what the school says of lessons was written since it was looked at.
_DUE = """
WITH known AS (
    SELECT lesson.id, row.looked_at, row.look_at, row.chat_id, row.has_group, row.said_mark,
           greatest(lesson.write_date, {class_write_date}, teacher.write_date) AS written_at
    FROM {lessons} AS lesson
    LEFT JOIN telegram_lesson AS row ON row.res_model = %(model)s AND row.res_id = lesson.id
    LEFT JOIN res_partner AS teacher ON teacher.id = row.teacher_id
    {class_join}
    WHERE lesson.id = ANY (%(ids)s)
), first AS (
    SELECT min(looked_at) - {late} AS at FROM known
), person AS (
    SELECT chat_id, max(at) AS written_at FROM (
        SELECT chat_id, write_date AS at FROM telegram_roster, first WHERE write_date > first.at
        UNION ALL
        SELECT r.chat_id, p.write_date FROM first, res_partner AS p
            JOIN telegram_roster AS r ON r.partner_id = p.id WHERE p.write_date > first.at
        UNION ALL
        SELECT r.chat_id, c.write_date FROM first, telegram_contact AS c
            JOIN telegram_roster AS r ON r.partner_id = c.partner_id WHERE c.write_date > first.at
    ) AS change GROUP BY chat_id
), judged AS (
    SELECT known.id, known.looked_at,
           (known.looked_at IS NULL OR known.look_at <= %(now)s
            OR known.has_group IS DISTINCT FROM (state.tg_chat_id IS NOT NULL)
            OR known.said_mark IS DISTINCT FROM said.mark
            OR greatest(known.written_at, chat.write_date, person.written_at)
               > known.looked_at - {late}) IS TRUE AS is_due
    FROM known
    LEFT JOIN telegram_chat AS chat ON chat.id = known.chat_id
    LEFT JOIN telegram_chat_state AS state ON state.chat_id = known.chat_id
    LEFT JOIN ({said}) AS said ON said.company_id = chat.company_id
    LEFT JOIN person ON person.chat_id = known.chat_id
)
SELECT id FROM judged WHERE is_due
UNION ALL
(SELECT id FROM judged WHERE NOT is_due ORDER BY looked_at, id LIMIT %(in_turn)s)
"""

_LOOKED = """
UPDATE telegram_lesson AS row
SET looked_at = %(now)s, look_at = new.look_at,
    said_mark = (SELECT said.mark FROM telegram_chat AS chat JOIN ({said}) AS said USING (company_id)
                 WHERE chat.id = row.chat_id),
    has_group = EXISTS (SELECT 1 FROM telegram_chat_state AS state
                        WHERE state.chat_id = row.chat_id AND state.tg_chat_id IS NOT NULL)
FROM unnest(%(ids)s::int[], %(look_ats)s::timestamp[]) AS new (id, look_at)
WHERE row.res_model = %(model)s AND row.res_id = new.id AND row.id IN (
    SELECT id FROM telegram_lesson
    WHERE res_model = %(model)s AND res_id = ANY (%(ids)s) FOR UPDATE SKIP LOCKED)
"""


class LessonsDue:
    """The lessons of one model at which the clock has to look. model: as superuser."""

    def __init__(self, model):
        self.env, self.model = model.env, model

    def look(self):
        """Cron: look at them, some at a time, so that nobody waits for all of them."""
        for part in slices(self.find()):
            looks, now = {}, fields.Datetime.now()
            each(
                part,
                self._look_with(part, looks),
                "Clock of %s could not be looked at",
                together=True,
            )
            self._looked(looks, now)
            commit(self.env)

    def _look_with(self, part, looks):
        """Return the work on one lesson of `part`, which notes into `looks` when it is next."""
        first = dict.fromkeys(part.ids, Written(part))

        def look(lesson):
            # what is done again must see what others wrote meanwhile
            written = first.pop(lesson.id, None)
            looks[lesson.id] = LessonClock(lesson).in_company().look(written)

        return look

    def find(self, in_turn=IN_TURN):
        """Return the lessons within the horizon that are due, and `in_turn` others."""
        lessons = self.model.search(self.model._telegram_horizon())
        self.env["base"].flush()
        self.env.cr.execute(
            self._query(),
            {
                "model": self.model._name,
                "ids": lessons.ids,
                "now": fields.Datetime.now(),
                "in_turn": in_turn,
            },
        )
        return self.model.browse([row[0] for row in self.env.cr.fetchall()])

    def _query(self):
        """The statement that finds them, for the school's own tables."""
        field = self.model._fields.get(self.model._telegram_classroom_field)
        has_class = field is not None and field.type == "many2one" and field.store
        classes = self.env[field.comodel_name] if has_class else None
        class_join, class_write_date = sql.SQL(""), sql.SQL("NULL")
        if has_class and classes._log_access:
            class_join = sql.SQL("LEFT JOIN {} AS class ON class.id = lesson.{}").format(
                sql.Identifier(classes._table), sql.Identifier(field.name)
            )
            class_write_date = sql.SQL("class.write_date")
        lessons = sql.Identifier(self.model._table)
        if not self.model._log_access:
            lessons = sql.SQL("(SELECT *, NULL::timestamp AS write_date FROM {})").format(lessons)
        return sql.SQL(_DUE).format(
            lessons=lessons,
            class_join=class_join,
            class_write_date=class_write_date,
            late=sql.SQL(_LATE_COMMIT),
            said=sql.SQL(_SAID),
        )

    def _looked(self, looks, now):
        """Store when each of these was looked at, and when it is next.

        looks: {id: naive UTC or None}. A row that another transaction writes at this moment is left
        as it is: that lesson is looked at again.
        """
        if not looks:
            return
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    sql.SQL(_LOOKED).format(said=sql.SQL(_SAID)),
                    {
                        "model": self.model._name,
                        "ids": list(looks),
                        "look_ats": list(looks.values()),
                        "now": now,
                    },
                    log_exceptions=False,
                )
        except TransactionRollbackError:
            return
        self.env["telegram.lesson"].invalidate_cache()
