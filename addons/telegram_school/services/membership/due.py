"""Finds the classes whose roster the cron has to compute, without reading the others."""

from datetime import datetime, time, timedelta

import pytz
from psycopg2 import sql
from psycopg2.extensions import TransactionRollbackError

from odoo import fields

from odoo.addons.telegram_base.beside import each

from ..messages.group_texts import GroupTexts
from .roster import ClassRoster

#: So many further rosters are computed in each run, those first that were not for the longest time:
#: what changed in a way that no hook saw is found, too.
IN_TURN = 25

# A roster is due when the class's dates bring a change, and when the class, its settings, or one of
# its people was written since it was computed; 10 minutes are for who commits late.
_DUE = """
WITH person AS (
    SELECT r.chat_id, max(p.write_date) AS written_at
    FROM res_partner AS p JOIN telegram_roster AS r ON r.partner_id = p.id
    WHERE p.write_date > (SELECT min(roster_at) - interval '10 minutes' FROM telegram_chat
                          WHERE res_model = %(model)s)
    GROUP BY r.chat_id
), judged AS (
    SELECT class.id, chat.roster_at,
           (chat.roster_at IS NULL OR chat.roster_due <= %(now)s
            OR greatest({write_date}, chat.write_date, person.written_at)
               > chat.roster_at - interval '10 minutes') IS TRUE AS is_due
    FROM {classes} AS class
    LEFT JOIN telegram_chat AS chat ON chat.res_model = %(model)s AND chat.res_id = class.id
    LEFT JOIN person ON person.chat_id = chat.id
)
SELECT id, true FROM judged WHERE is_due
UNION ALL
(SELECT id, false FROM judged WHERE NOT is_due ORDER BY roster_at, id LIMIT %(in_turn)s)
"""


_COMPUTED = """
UPDATE telegram_chat AS chat SET roster_at = %(now)s, roster_due = least(
    %(midnight)s::timestamp,
    (SELECT min(valid_from) FROM telegram_planned_place
     WHERE chat_id = chat.id AND valid_from > %(now)s),
    (SELECT min(valid_until) FROM telegram_roster
     WHERE chat_id = chat.id AND valid_until > %(now)s))
WHERE id IN (SELECT id FROM telegram_chat WHERE res_model = %(model)s AND res_id = %(id)s
             FOR NO KEY UPDATE SKIP LOCKED)
"""


class RostersDue:
    """The classes of one model whose roster has to be computed. model: as superuser."""

    def __init__(self, model):
        self.env, self.model = model.env, model

    def compute(self):
        """Cron: compute them, each in a transaction of its own; together those in which presumably
        nothing is to be done."""
        due, others = self.find()
        message = "Roster of %s could not be computed"
        each(due, self._compute, message)
        each(others, self._compute, message, together=True)

    def find(self, in_turn=IN_TURN):
        """Return the classes that are due, archived ones too, and `in_turn` others."""
        self.env["base"].flush()
        self.env.cr.execute(
            sql.SQL(_DUE).format(
                classes=sql.Identifier(self.model._table),
                write_date=sql.SQL("class.write_date" if self.model._log_access else "NULL"),
            ),
            {"model": self.model._name, "now": fields.Datetime.now(), "in_turn": in_turn},
        )
        found = self.env.cr.fetchall()
        return tuple(
            self.model.browse([row[0] for row in found if row[1] == is_due])
            for is_due in (True, False)
        )

    def _compute(self, classroom):
        now = fields.Datetime.now()
        # where the database can tell, nobody else of a class is read, nor its former students
        own = ClassRoster(classroom).in_company().classroom
        ClassRoster(own).sync(partners=own._telegram_changed_people())
        self._computed(classroom, now)

    def _computed(self, classroom, now):
        """Store when the roster was computed, and when time alone may change it: when a known place
        begins or ends, else at the class's midnight. A chat that another transaction writes at this
        moment is left as it is: its roster is computed once more."""
        self.env["base"].flush()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    _COMPUTED,
                    {
                        "model": classroom._name,
                        "id": classroom.id,
                        "now": now,
                        "midnight": next_midnight(classroom),
                    },
                    log_exceptions=False,
                )
        except TransactionRollbackError:
            return
        self.env["telegram.chat"].invalidate_cache(["roster_at", "roster_due"])


def next_midnight(classroom):
    """Return when the class's next day begins, by its clock (naive UTC)."""
    zone = GroupTexts(classroom).zone()
    today = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()
    midnight = zone.localize(datetime.combine(today + timedelta(days=1), time()))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)
