"""Reads the outbox rows of lessons, and what all lessons of a class have in common, in one go for
as many lessons as are looked at together."""

from ...rules import commands as rules

#: Beginnings of the keys of a lesson's rows: of its clock, of its messages to single people, of
#: requests to teachers.
CLOCK, PRIVATE, BY_HAND = "", "private:", "by_hand:"

#: The parts of the clock's keys; others tell of what has happened.
_OF_CLOCK = (":remind", ":announce", ":withdraw", ":open", ":close")

# Compared by bytes, as the index is: a key that begins with "…:" comes before "…;". Each prefix is
# written out: of a joined one the database cannot guess how few rows it finds, and reads them all.
_ALL = "SELECT id, key FROM telegram_outbox WHERE {} ORDER BY id DESC"
_BY_PREFIX = "(key ~>=~ %s AND key ~<~ %s)"


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
        heads = {
            head + rules.prefix(lesson._name, lesson.id): (lesson.id, head)
            for lesson in self._lessons
            for head in (CLOCK, PRIVATE, BY_HAND)
        }
        if not heads:
            return {}
        bounds = [bound for prefix in heads for bound in (prefix, prefix[:-1] + ";")]
        # pylint: disable=sql-injection  # both are constants
        self.env.cr.execute(_ALL.format(" OR ".join([_BY_PREFIX] * len(heads))), bounds)
        found = self.env.cr.fetchall()
        rows = {}
        for row, (_id, key) in zip(outbox.browse([one[0] for one in found]), found):
            lesson_id, head = heads[rules.prefix_of(key)]
            if head != CLOCK or key.endswith(_OF_CLOCK):
                rows.setdefault((lesson_id, head), {})[key] = row
        return rows
