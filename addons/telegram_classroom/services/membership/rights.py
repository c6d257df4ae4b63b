"""Rights on our tables at this moment: which chats, lessons and lines a user may see, in SQL.

They follow from the roster, whose rows keep when a place ends, and from the people whom a lesson
names; no cron has to run first. `ir.rule` asks them through `may_see`: the domain of a rule is
cached per user, with the dates and ids in it, and its leaves over a one2many are independent of
each other.
"""

from ..messages.announcements import VISITOR


def chats_taught(user):
    """Return (query, parameters) of the ids of the chats where the user teaches or supervises now.

    A teacher of one lesson only sees that lesson, not what else happens in the group."""
    user.env["telegram.roster"].flush()
    query = """
        SELECT chat_id FROM telegram_roster
        WHERE partner_id = %s AND role IN ('teacher', 'supervisor') AND status = 'in'
        AND (valid_until IS NULL OR valid_until > now() AT TIME ZONE 'UTC')
        AND reason IS DISTINCT FROM %s
    """
    return query, [user.partner_id.id, VISITOR]


def lessons_seen(user):
    """Return (query, parameters) of the ids of the `telegram.lesson` that the user may see: of
    chats where they teach or supervise, and those that name them (a substitute)."""
    chats, parameters = chats_taught(user)
    user.env[
        "telegram.lesson"
    ].flush()  # Odoo flushes what it searches itself, not a subquery's table
    query = "SELECT id FROM telegram_lesson WHERE chat_id IN (%s) OR teacher_id = %%s" % chats
    return query, parameters + [user.partner_id.id]


def lines_seen(user):
    """Return (query, parameters) of the ids of the `telegram.attendance` that the user may see: of
    the lessons they may see, and of final sheets their own lines and those of their wards."""
    user.env["telegram.attendance"].flush()
    lessons, parameters = lessons_seen(user)
    family = user.partner_id | user.partner_id._telegram_wards()
    query = (
        """
        SELECT line.id FROM telegram_attendance AS line
        JOIN telegram_lesson AS lesson ON lesson.id = line.lesson_id
        WHERE line.lesson_id IN (%s)
        OR (line.partner_id = ANY (%%s) AND lesson.sheet_state = 'final')
    """
        % lessons
    )
    return query, parameters + [family.ids]


def leaf(query, operator, value):
    """Return the domain of records that are among those of the query, or are not."""
    is_wanted = bool(value) == (operator == "=")
    return [("id", "inselect" if is_wanted else "not inselect", query)]
