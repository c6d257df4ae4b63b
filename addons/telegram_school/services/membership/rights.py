"""Rights on our tables at this moment: which chats, lessons and lines a user may see or change, in
SQL.

They follow from the roster, whose rows keep when a place ends, from planned places, which say when
one begins, and from the people whom a lesson names; no cron has to run first. `ir.rule` asks them
through `may_see`: the domain of a rule is cached per user, with the dates and ids in it, and its
leaves over a one2many are independent of each other.
"""

from ..messages.announcements import VISITOR

#: The roles that see what happens in a class.
TAUGHT_BY = ("teacher", "supervisor")


def chats_of(partner, roles):
    """Return (query, parameters) of the ids of the chats where this person has one of these roles
    now.

    A teacher of one lesson only sees that lesson, not what else happens in the group."""
    # Odoo flushes what it searches itself, not the tables of a subquery
    partner.env["telegram.roster"].flush()
    partner.env["telegram.planned.place"].flush()
    query = """
        SELECT chat_id FROM telegram_roster
        WHERE partner_id = %s AND role = ANY (%s) AND status = 'in'
        AND (valid_until IS NULL OR valid_until > now() AT TIME ZONE 'UTC')
        AND reason IS DISTINCT FROM %s
        UNION SELECT chat_id FROM telegram_planned_place
        WHERE partner_id = %s AND role = ANY (%s) AND valid_from <= now() AT TIME ZONE 'UTC'
        AND is_barred IS NOT TRUE
        AND (valid_until IS NULL OR valid_until > now() AT TIME ZONE 'UTC')
    """
    who = [partner.id, list(roles)]
    return query, who + [VISITOR] + who


def chats_taught(user, roles=TAUGHT_BY):
    """Return (query, parameters) of the ids of the chats where the user has one of these roles
    now."""
    return chats_of(user.partner_id, roles)


def managed_models(user):
    """Return the names of the models of classes of which the user is one of the school's managers
    (`_telegram_managers`)."""
    models = user.sudo().env["telegram.classroom.mixin"]._telegram_models()
    return [model._name for model in models if user in model.sudo()._telegram_managers()]


def chats_managed(user, roles=()):
    """Return (query, parameters) of the ids of the chats of classes that the school has the user
    manage, and of those where they have one of these roles now."""
    taught, parameters = chats_taught(user, roles)
    query = "SELECT id FROM telegram_chat WHERE res_model = ANY (%%s) UNION %s" % taught
    return query, [managed_models(user)] + parameters


def chats_set_up(user):
    """Return (query, parameters) of the ids of the chats whose settings the user may change: those
    that they supervise now, those of classes that they manage; all, for administrators of
    Telegram."""
    if user.has_group("telegram_base.group_manager"):
        return "SELECT id FROM telegram_chat", []
    return chats_managed(user, ("supervisor",))


def lessons_seen(user):
    """Return (query, parameters) of the ids of the `telegram.lesson` that the user may see, and
    whose questions they may answer: of chats where they teach or supervise, of classes that they
    manage, and those that name them (a substitute)."""
    chats, parameters = chats_managed(user, TAUGHT_BY)
    user.env["telegram.lesson"].flush()
    query = "SELECT id FROM telegram_lesson WHERE chat_id IN (%s) OR teacher_id = %%s" % chats
    return query, parameters + [user.partner_id.id]


def lines_corrected(user):
    """Return (query, parameters) of the ids of the `telegram.attendance` that the user may correct:
    of lessons whose school has no sheet of its own, by whoever may see these lessons."""
    models = user.env["telegram.lesson.mixin"]._telegram_models()
    ours = [model._name for model in models if not model._telegram_sheet_field]
    user.env["telegram.attendance"].flush()
    lessons, parameters = lessons_seen(user)
    query = (
        """
        SELECT line.id FROM telegram_attendance AS line
        JOIN telegram_lesson AS lesson ON lesson.id = line.lesson_id
        WHERE lesson.res_model = ANY (%%s) AND line.lesson_id IN (%s)
    """
        % lessons
    )
    return query, [ours] + parameters


def lessons_attended(partner, since):
    """Return (query, parameters) of the ids of the `telegram.lesson` that this person attends and
    that end after `since` (naive UTC): of classes with a group in which they have a place at this
    moment, and those that name them.

    No right to the rows follows from it: the bot and the portal show name, time and link."""
    for name in ("telegram.chat", "telegram.lesson"):
        partner.env[name].flush()
    chats, parameters = chats_of(partner, ("student", *TAUGHT_BY))
    query = (
        """
        SELECT lesson.id FROM telegram_lesson AS lesson
        JOIN telegram_chat AS chat ON chat.id = lesson.chat_id AND chat.active
        WHERE lesson.stop > %%s AND (lesson.teacher_id = %%s OR lesson.chat_id IN (%s))
    """
        % chats
    )
    return query, [since, partner.id] + parameters


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


def is_concerned(user):
    """Return whether there is a class or a lesson that the user may see."""
    for query, parameters in (lessons_seen(user), chats_managed(user, TAUGHT_BY)):
        user.env.cr.execute("SELECT EXISTS (%s)" % query, parameters)
        if user.env.cr.fetchone()[0]:
            return True
    return False


def questions_seen(user):
    """Return (query, parameters) of the ids of the `telegram.question` that the user may see: about
    students, also former ones, of the classes that they supervise."""
    for name in ("telegram.question", "telegram.contact"):
        user.env[name].flush()
    chats, parameters = chats_taught(user, ["supervisor"])
    query = (
        """
        SELECT question.id FROM telegram_question AS question
        JOIN telegram_contact AS contact ON contact.id = question.contact_id
        JOIN telegram_roster AS place ON place.partner_id = contact.partner_id
        WHERE place.role = 'student' AND place.chat_id IN (%s)
    """
        % chats
    )
    return query, parameters


def leaf(query, operator, value):
    """Return the domain of records that are among those of the query, or are not."""
    is_wanted = bool(value) == (operator == "=")
    return [("id", "inselect" if is_wanted else "not inselect", query)]
