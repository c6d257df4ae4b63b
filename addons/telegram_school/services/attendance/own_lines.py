"""A person's attendance as the portal shows it: lines of final sheets, and what they add up to."""

from datetime import datetime

from ..calls.own_lessons import on_our_portal

_FINAL = """
SELECT line.id, line.status, chat.name FROM telegram_attendance AS line
JOIN telegram_lesson AS lesson ON lesson.id = line.lesson_id
LEFT JOIN telegram_chat AS chat ON chat.id = lesson.chat_id
WHERE line.id = ANY (%(ids)s) AND lesson.sheet_state = 'final'
AND lesson.res_model = ANY (%(models)s) AND lesson.start >= %(since)s
ORDER BY lesson.start DESC, line.id DESC
"""


class OwnLines:
    """The lines about one person, a res.partner, that the user may see by the record rules: those
    about oneself, and about one's wards."""

    def __init__(self, env, partner, since=None):
        lines = env["telegram.attendance"].search([("partner_id", "=", partner.id)])
        env["base"].flush()
        env.cr.execute(
            _FINAL,
            {
                "ids": lines.ids,
                "models": on_our_portal(env),
                "since": since or datetime(1970, 1, 1),
            },
        )
        self.env, self._rows = env, env.cr.fetchall()

    def __len__(self):
        return len(self._rows)

    def page(self, offset, limit):
        """Return some of the lines, that of the latest lesson first; as superuser, since families
        may read their lines and not the lessons."""
        ids = [row[0] for row in self._rows[offset : offset + limit]]
        return self.env["telegram.attendance"].sudo().browse(ids)

    def totals(self):
        """Return [(name of a class, [(status, its word, number)])] by the classes' names."""
        words = self.env["telegram.attendance"]._fields["status"]._description_selection(self.env)
        counts = {}
        for _line, status, name in self._rows:
            of_class = counts.setdefault(name or "", {})
            of_class[status] = of_class.get(status, 0) + 1
        return [
            (
                name,
                [(code, word, counts[name][code]) for code, word in words if code in counts[name]],
            )
            for name in sorted(counts)
        ]
