"""Reads the outbox rows of lessons, and what all lessons of a class have in common, in one go for
as many lessons as are looked at together."""

from ...rules import commands as rules

#: Beginnings of the keys of a lesson's rows: of its clock, of its messages to single people, of
#: requests to teachers.
CLOCK, PRIVATE, BY_HAND = "", "private:", "by_hand:"

#: The parts of the clock's keys; others tell of what has happened.
_OF_CLOCK = (":remind", ":announce", ":withdraw", ":open", ":close")

# compared by bytes, as the index is: a key that begins with "…:" comes before "…;"
_BY_PREFIX = """
SELECT o.id, p.head, p.lesson_id
FROM unnest(%(heads)s::varchar[], %(ids)s::int[], %(prefixes)s::varchar[])
    AS p (head, lesson_id, prefix)
JOIN telegram_outbox o ON o.key ~>=~ p.prefix AND o.key ~<~ (left(p.prefix, -1) || ';')
ORDER BY o.id DESC
"""


class Written:
    """The rows of the outbox of some lessons of one model, by lesson and key."""

    def __init__(self, lessons):
        self.env, self._lessons = lessons.env, lessons
        self._rows, self._memory = None, {}
        #: Rows that are to be written for these lessons, as for `telegram.outbox._enqueue`.
        self.to_write = []

    def rows(self, lesson, head):
        """{key: row} of a lesson; head: of which kind, see above."""
        if self._rows is None:
            self._rows = self._read()
        return self._rows.get((lesson.id, head), {})

    def write(self):
        """Write what is to be written, in one statement."""
        rows, self.to_write = self.to_write, []
        self.env["telegram.outbox"].sudo()._enqueue(rows)

    def once(self, question, answer):
        """Return what `answer()` gives; asked once for all the lessons. question: names it."""
        if question not in self._memory:
            self._memory[question] = answer()
        return self._memory[question]

    def _read(self):
        outbox = self.env["telegram.outbox"].sudo()
        outbox.flush()
        wanted = [
            (head, lesson.id, head + rules.prefix(lesson._name, lesson.id))
            for lesson in self._lessons
            for head in (CLOCK, PRIVATE, BY_HAND)
        ]
        heads, ids, prefixes = (list(part) for part in zip(*wanted)) if wanted else ([], [], [])
        self.env.cr.execute(_BY_PREFIX, {"heads": heads, "ids": ids, "prefixes": prefixes})
        found = self.env.cr.fetchall()
        rows = {}
        for row, (_id, head, lesson_id) in zip(outbox.browse([one[0] for one in found]), found):
            if head != CLOCK or row.key.endswith(_OF_CLOCK):
                rows.setdefault((lesson_id, head), {})[row.key] = row
        return rows
